"""Which languages people can choose."""

from django.conf import settings


def offered() -> list[tuple[str, str]]:
    """Codes with their own names. Models ask here, so that one more asks for no migration."""
    return list(settings.LANGUAGES)
