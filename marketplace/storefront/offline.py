"""What a phone may keep to read without a connection, and whose it is.

The service worker (templates/storefront/worker.js) keeps only answers that carry this header, and
of one person at a time: a key that it has not seen throws away what was kept under another.
"""

from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from json import dumps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

HEADER = "Offline-Key"
MOST_PAGES = 30
# What every page of the storefront is made of.
SHELL = (
    "css/base.css",
    "css/components.css",
    "css/storefront.css",
    "js/start.js",
    "django_htmx/htmx-2.min.js",
    "js/nukkad.js",
    "js/offline.js",
    "js/suggestions.js",
    "icons/icons.svg",
    "icons/categories.svg",
    "icons/goods.svg",
    "icons/nukkad.svg",
)
# After these somebody else may hold the phone.
FORGETTING = ("/sign-in/code/", "/sign-out/", "/me/erase/code/", "/staff/login/", "/staff/logout/")
# Other doors: the worker stays out of them.
ELSEWHERE = ("/api/", "/dashboard/", "/staff/", "/messages/")


def kept_offline(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the visitor's phone keep this page; for pages that hold nothing more private than a basket,
    unless they say themselves that nobody may store them."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and "no-store" not in response.get("Cache-Control", ""):
            response[HEADER] = _key_of(request)
        return response

    return answer


def _key_of(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return "guest"
    return salted_hmac("storefront.offline", str(request.user.pk)).hexdigest()[:16]


@cache
def offline_page(language: str) -> str:
    """What stands in for a page that is not kept: the same for everybody."""
    with override(language):
        return render_to_string("storefront/offline.html")


@cache
def worker() -> str:
    """The service worker. Its version follows all it keeps ready, so that a release renews it."""
    shell = [static(name) for name in SHELL]
    words = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            words[language] = _(
                "You are offline. This page is as it was on {at}: prices and stock may have changed."
            )
    made_of = {
        "shell": shell,
        "offline": {
            language: reverse("storefront:offline", args=[language])
            for language, _name in settings.LANGUAGES
        },
        "words": words,
        "most": MOST_PAGES,
        "forgetting": FORGETTING,
        "elsewhere": ELSEWHERE,
        "static": settings.STATIC_URL,
    }
    texts = [offline_page(language) for language, _name in settings.LANGUAGES]
    text = render_to_string("storefront/worker.js", {"made_of": ""})
    version = sha256("".join([dumps(made_of), text, *texts]).encode()).hexdigest()[:12]
    told = dumps(made_of | {"version": version}, ensure_ascii=False)
    return render_to_string("storefront/worker.js", {"made_of": mark_safe(told)})
