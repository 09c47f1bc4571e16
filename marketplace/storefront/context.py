from typing import Any

from django.conf import settings
from django.http import HttpRequest

from marketplace.storefront.area import read_area


def storefront(request: HttpRequest) -> dict[str, Any]:
    """What the header of every page shows, and whether the outside world is simulated."""
    return {"area": read_area(request), "local_messages": settings.LOCAL_MESSAGES}
