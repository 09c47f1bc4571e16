"""What a view is handed: the middleware's additions to a request, and fields as our pages fill them in."""

from uuid import UUID

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Visit(HttpRequest):
    htmx: HtmxDetails


def whole_number(raw: str) -> int | None:
    """The number in a field that our own page filled in; None where somebody wrote something else."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else None


def some_id(raw: str) -> UUID | None:
    """The id in a field or an address that our own page filled in; None where it is none."""
    try:
        return UUID(raw)
    except ValueError:
        return None
