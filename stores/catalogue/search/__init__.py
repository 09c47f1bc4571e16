"""Finding a product by whatever people call it, in whatever spelling and script (docs/search.md)."""
