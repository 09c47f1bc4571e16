"""Light or dark as the person chose; without a choice pages follow the phone."""

from typing import Literal

from django.http import HttpRequest

# Not HttpOnly: the service worker shows kept pages in the look that was chosen since.
COOKIE = "theme"
AUTO = "auto"

Theme = Literal["", "light", "dark"]


def read_theme(request: HttpRequest) -> Theme:
    """What `<html data-theme>` says: the person's choice, or nothing."""
    match request.COOKIES.get(COOKIE):
        case "light":
            return "light"
        case "dark":
            return "dark"
        case _:
            return ""
