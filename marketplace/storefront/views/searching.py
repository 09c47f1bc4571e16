"""Searching around, and what to suggest while somebody types."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.core.requests import Visit
from marketplace.storefront.addresses import absolute, search_path
from marketplace.storefront.area import read_area
from marketplace.storefront.cards import PAGE, Card, in_hindi, make_cards
from marketplace.storefront.origins import (
    imported_everywhere,
    origin_filter,
    origins_on,
    read_origin,
)
from marketplace.storefront.views.shops import find_store, typed
from stores.inventory.finding import find_in_stores
from stores.inventory.window import Shown
from stores.shops.models import Store
from stores.shops.places import Place

SUGGESTED = 6
# so many shops may have the same
LOOKED_AT = 4 * SUGGESTED


@require_safe
def search_everywhere(request: Visit) -> HttpResponse:
    """Who around here has it: the shops that deliver to the visitor's area."""
    place, text, origin = read_area(request), typed(request), read_origin(request)
    cards, instead = (
        _find_around(place, text, most=PAGE, origin=origin) if place and text else ([], "")
    )
    context = {
        "cards": cards,
        "q": text,
        "place": place,
        "instead": instead,
        "origins": origin_filter(request.path, origins_on(cards), chosen=origin, q=text),
        "findable": bool(cards) and not origin,
        "address": absolute(search_path(text)),
    }
    return render(request, "storefront/search_everywhere.html", context)


@require_safe
def suggest(request: Visit, slug: str) -> HttpResponse:
    """A few things of a shop that somebody may be typing the name of."""
    store, text = find_store(slug), typed(request)
    found = find_in_stores(text, store_ids=[store.pk], most=SUGGESTED, unfinished=True)
    rows = [row for _store, row in found.rows]
    return _suggestions(request, make_cards(rows, slug=store.slug, wanted={}), found.instead)


@require_safe
def suggest_everywhere(request: Visit) -> HttpResponse:
    """The same from the shops that deliver to the visitor's area."""
    place, text = read_area(request), typed(request)
    if not (place and text):
        return HttpResponse(status=204)
    return _suggestions(request, *_find_around(place, text, most=LOOKED_AT, unfinished=True))


def _suggestions(request: Visit, cards: list[Card], instead: str) -> HttpResponse:
    """The options of the list below a search box; nothing where there are none."""
    if not (cards or instead):
        return HttpResponse(status=204)
    context = {"cards": cards, "instead": instead, "count": len(cards) + bool(instead)}
    return render(request, "storefront/suggestions.html", context)


def _find_around(
    place: Place, text: str, *, most: int, unfinished: bool = False, origin: str = ""
) -> tuple[list[Card], str]:
    """What the shops that deliver to a place have of it, and what was probably meant."""
    stores = Store.objects.delivering_to(
        pincode=place.pincode, latitude=place.latitude, longitude=place.longitude
    )
    hindi = in_hindi()
    shops = {
        store_id: (slug, (hindi and name_hi) or name)
        for store_id, slug, name, name_hi in stores.values_list("id", "slug", "name", "name_hi")
    }
    found = (
        imported_everywhere(text, origin, store_ids=list(shops))
        if origin
        else find_in_stores(text, store_ids=list(shops), most=most, unfinished=unfinished)
    )
    rows = found.rows if not unfinished else _once_each(found.rows)[:SUGGESTED]
    cards: list[Card] = []
    for store_id, row in rows:
        slug, name = shops[store_id]
        cards += make_cards([row], slug=slug, wanted={}, shop=name)
    return cards, found.instead


def _once_each(rows: list[tuple[UUID, Shown]]) -> list[tuple[UUID, Shown]]:
    """Every product once, from the shop where it fits best: somebody who types does not compare yet."""
    first: dict[tuple[str, int | None, str], tuple[UUID, Shown]] = {}
    for store_id, row in rows:
        first.setdefault((row.name, row.content, row.content_unit), (store_id, row))
    return list(first.values())
