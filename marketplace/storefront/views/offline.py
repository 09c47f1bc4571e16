"""Nukkad on the home screen, and without a connection."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from marketplace.storefront import offline

ICONS = (("any", "nukkad"), ("maskable", "nukkad-maskable"))
SIZES = (192, 512)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "name": _("Nukkad: the shops around you"),
            "short_name": _("Nukkad"),
            "description": _(
                "Order from the kirana shops of your own neighbourhood. Pay by UPI or cash."
            ),
            "lang": get_language(),
            "display": "standalone",
            # as in static/css/base.css
            "background_color": "#faf6ee",
            "theme_color": "#8a1a2b",
            "categories": ["shopping", "food"],
            "icons": [
                {
                    "src": static(f"icons/{name}-{size}.png"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for purpose, name in ICONS
                for size in SIZES
            ],
            "shortcuts": [{"name": _("My orders"), "url": "/orders/"}],
        },
        content_type="application/manifest+json",
    )


# The browser looks for a new one at every visit: once an hour is enough on slow data.
@require_safe
@cache_control(max_age=3600)
def worker(request: HttpRequest) -> HttpResponse:
    return HttpResponse(offline.worker(), content_type="text/javascript; charset=utf-8")


@require_safe
def offline_page(request: HttpRequest, language: str) -> HttpResponse:
    if language not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponse(offline.offline_page(language))
    response["Content-Language"] = language
    return response
