from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest

from marketplace.storefront.area import read_area


def storefront(request: HttpRequest) -> dict[str, Any]:
    """What the header of every page shows, this address to come back to (quoted), and whether the
    outside world is simulated."""
    return {
        "area": read_area(request),
        "return_to": quote(request.get_full_path()),
        "local_messages": settings.LOCAL_MESSAGES,
    }
