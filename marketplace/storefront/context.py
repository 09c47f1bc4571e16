from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest

from marketplace.storefront.area import read_area
from marketplace.storefront.theme import read_theme


def storefront(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows: where, light or dark, this address to come back to (quoted);
    and whether the outside world is simulated."""
    return {
        "area": read_area(request),
        "theme": read_theme(request),
        "return_to": quote(request.get_full_path()),
        "local_messages": settings.LOCAL_MESSAGES,
    }
