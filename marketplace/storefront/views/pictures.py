"""The shops' photographs, each under an address that never shows another."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from marketplace.core.requests import some_id
from stores.inventory.pictures import WIDTHS, file_of

YEAR = 365 * 24 * 60 * 60


@require_safe
@cache_control(public=True, max_age=YEAR, immutable=True)
@vary_on_headers("Save-Data")
def picture(request: HttpRequest, listing_id: str, name: str, width: str) -> HttpResponseBase:
    """Whoever asks to save data gets one step less than their screen would like."""
    listing, step = some_id(listing_id), WIDTHS.index(int(width)) if int(width) in WIDTHS else None
    if listing is None or step is None:
        raise Http404
    if request.headers.get("Save-Data", "").lower() == "on":
        step = max(step - 1, 0)
    try:
        file = default_storage.open(file_of(listing, name, WIDTHS[step]))
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, content_type="image/webp")
