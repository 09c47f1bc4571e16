"""Searching around, and what to suggest while somebody types."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from marketplace.core.requests import Visit
from marketplace.core.templatetags.nukkad import localised
from marketplace.storefront.addresses import absolute, search_path
from marketplace.storefront.area import read_area, shops_around
from marketplace.storefront.baskets import Basket, find_owner, make_bars, read_baskets
from marketplace.storefront.cards import PAGE, Card, make_cards, next_skip, read_skip
from marketplace.storefront.origins import (
    imported_everywhere,
    origin_filter,
    origins_on,
    read_origin,
)
from marketplace.storefront.signposts import shops_called
from marketplace.storefront.views.shops import find_store, typed
from stores.inventory.finding import find_in_stores
from stores.inventory.window import Shown
from stores.shops.models import Store

SUGGESTED = 6
# so many shops may have the same
LOOKED_AT = 4 * SUGGESTED


@require_safe
def search_everywhere(request: Visit) -> HttpResponse:
    """Who around here has it: the shops that deliver to the visitor's area, and what is in the baskets
    there."""
    place, text, origin = read_area(request), typed(request), read_origin(request)
    shops = list(shops_around(place)) if place and text else []
    baskets = read_baskets(find_owner(request), [store.pk for store in shops])
    skip = read_skip(request.GET.get("after", ""))
    found = (
        imported_everywhere(text, origin, store_ids=[store.pk for store in shops])
        if origin
        else find_in_stores(text, store_ids=[store.pk for store in shops], most=PAGE + 1, skip=skip)
    )
    cards = _cards(found.rows[:PAGE], shops, baskets)
    after = next_skip(len(found.rows), skip)
    context = {
        "cards": cards,
        "next_page": f"?q={quote(text)}&after={after}" if after else "",
        "q": text,
        "place": place,
        "instead": found.instead,
        "guessed": found.guessed,
        "signposts": shops_called(shops, text),
        "origins": origin_filter(request.path, origins_on(cards), chosen=origin, q=text),
        "findable": bool(cards) and not (skip or origin or found.guessed),
        "address": absolute(search_path(text)),
        "bars": make_bars(shops, baskets),
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
@vary_on_cookie
def suggest_everywhere(request: Visit) -> HttpResponse:
    """The same from the shops that deliver to the visitor's area."""
    place, text = read_area(request), typed(request)
    if not (place and text):
        return HttpResponse(status=204)
    shops = list(shops_around(place))
    found = find_in_stores(
        text, store_ids=[store.pk for store in shops], most=LOOKED_AT, unfinished=True
    )
    cards = _cards(_once_each(found.rows)[:SUGGESTED], shops, {})
    return _suggestions(request, cards, found.instead)


def _suggestions(request: Visit, cards: list[Card], instead: str) -> HttpResponse:
    """The options of the list below a search box; nothing where there are none."""
    if not (cards or instead):
        return HttpResponse(status=204)
    context = {"cards": cards, "instead": instead, "count": len(cards) + bool(instead)}
    return render(request, "storefront/suggestions.html", context)


def _cards(
    rows: Iterable[tuple[UUID, Shown]], shops: Iterable[Store], baskets: Mapping[UUID, Basket]
) -> list[Card]:
    """Each with its shop's name, and with what is wanted of it."""
    names = {store.pk: (store.slug, localised(store)) for store in shops}
    cards: list[Card] = []
    for store_id, row in rows:
        slug, name = names[store_id]
        wanted = baskets[store_id].wanted if store_id in baskets else {}
        cards += make_cards([row], slug=slug, wanted=wanted, shop=name)
    return cards


def _once_each(rows: list[tuple[UUID, Shown]]) -> list[tuple[UUID, Shown]]:
    """Every product once, from the shop where it fits best: somebody who types does not compare yet."""
    first: dict[tuple[str, int | None, str], tuple[UUID, Shown]] = {}
    for store_id, row in rows:
        first.setdefault((row.name, row.content, row.content_unit), (store_id, row))
    return list(first.values())
