"""The documents that the tax law asks for: invoices, bills of supply, credit notes."""
