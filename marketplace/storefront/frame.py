"""What stands around a shop's goods: who looks, where they are, the shop, their basket."""

from collections.abc import Hashable, Mapping
from urllib.parse import quote
from uuid import UUID

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from marketplace.core.stencils import fill
from marketplace.core.templatetags.nukkad import localised
from marketplace.storefront.addresses import shop_path
from marketplace.storefront.area import read_area
from marketplace.storefront.baskets import find_owner, make_bar, read_basket
from marketplace.storefront.hours import opening
from marketplace.storefront.theme import read_theme
from marketplace.storefront.times import read_times
from stores.shops.models import Store


def shop_frame(request: HttpRequest, store: Store) -> tuple[Mapping[UUID, int], dict[str, str]]:
    """Base units wanted of each listing, and what `storefront/shop_base.html` says around a page."""
    basket = read_basket(find_owner(request), store.pk)
    notices = get_messages(request)
    return basket.wanted, {
        "store_name": localised(store),
        "shop_url": shop_path(store.slug),
        "search_url": f"/shops/{store.slug}/search/",
        "bar": render_to_string("storefront/bar.html", {"bars": [make_bar(store, basket)]}),
        "notices": render_to_string("components/messages.html", {"messages": notices})
        if notices
        else "",
    }


def show(
    request: HttpRequest,
    template: str,
    *,
    store: Store,
    words: dict[str, str],
    **shape: Hashable,
) -> HttpResponse:
    """A whole page of a shop from a stencil: what differs between two visitors is words, like the
    goods; a template that asks for more than it is handed here finds nothing."""
    place = read_area(request)
    here = request.get_full_path()
    hours = opening(store)
    frame = {
        "csrf_token": get_token(request),
        "request.get_full_path": here,
        "return_to": quote(here),
        "area.name": place.name if place else "",
        "area.pincode": place.pincode if place else "",
        "store.name": store.name,
        "store.locality": store.locality,
        "store.city": store.city,
        "opening.words": hours.words,
    }
    forms = {
        "user.is_authenticated": request.user.is_authenticated,
        "opening.is_open": hours.is_open,
        "for_later": is_for_later(store),
        "theme": read_theme(request),
    }
    return HttpResponse(fill(template, frame | words, **forms, **shape))


def is_for_later(store: Store) -> bool:
    """Whether a shop that takes no orders now takes some for a later time."""
    return not store.is_open() and read_times(store).for_later
