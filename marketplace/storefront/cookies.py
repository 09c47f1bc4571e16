"""What a browser keeps for us beside its session."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse

YEAR = timedelta(days=365)


def keep(
    response: HttpResponse,
    name: str,
    value: str,
    *,
    how_long: timedelta = YEAR,
    scripts_read: bool = False,
) -> None:
    """Set a cookie of ours, as safe as the session's."""
    response.set_cookie(
        name,
        value,
        max_age=how_long,
        samesite="Lax",
        httponly=not scripts_read,
        secure=settings.SESSION_COOKIE_SECURE,
    )
