"""A shop's pages: its window, an aisle, what it has of something, one product."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace.core.quantity import Unit, show_quantity
from marketplace.core.requests import Visit
from marketplace.core.saying import say_distance
from marketplace.core.templatetags.nukkad import localised
from marketplace.core.whatsapp import chat_with
from marketplace.storefront import structured
from marketplace.storefront.addresses import (
    absolute,
    aisle_path,
    product_path,
    search_path,
    shop_path,
)
from marketplace.storefront.aisles import find_aisle, origins_of, top_aisles
from marketplace.storefront.area import read_area
from marketplace.storefront.cards import (
    Card,
    Page,
    found_page,
    make_cards,
    window_page,
)
from marketplace.storefront.frame import is_for_later, shop_frame, show
from marketplace.storefront.hours import opening, week
from marketplace.storefront.offline import kept_offline
from marketplace.storefront.origins import (
    imported_found_page,
    imported_page,
    origin_filter,
    origins_on,
    read_origin,
)
from marketplace.storefront.signposts import aisles_called
from marketplace.storefront.templatetags import storefront as tags
from stores.catalogue.countries import country_name
from stores.inventory.models import Listing
from stores.inventory.window import FIELDS, Shown
from stores.shops.models import Store, metres_between

SIMILAR = 6
WEIGHTS = 8
LONGEST_QUERY = 80


def find_store(slug: str) -> Store:
    store = Store.objects.active_at(slug)
    if store is None:
        raise Http404
    return store


def typed(request: Visit) -> str:
    """What somebody searches for."""
    return request.GET.get("q", "").strip()[:LONGEST_QUERY]


@require_safe
@kept_offline
def shop(request: Visit, slug: str) -> HttpResponse:
    store = find_store(slug)
    wanted, words = shop_frame(request, store)
    place = read_area(request)
    after = request.GET.get("after", "")
    origin, distance = read_origin(request), None
    page = (
        imported_page(store, origin, after=after, wanted=wanted)
        if origin
        else window_page(store, after=after, wanted=wanted)
    )
    whole = not after and not origin
    if place and place.latitude is not None and place.longitude is not None:
        distance = metres_between(place.latitude, place.longitude, store.latitude, store.longitude)
    return show(
        request,
        "storefront/shop.html",
        store=store,
        words=words
        | _goods(page, origin=origin)
        | {
            "head": tags.shop_head(store, opening(store), week(store), say_distance(distance)),
            "address": absolute(shop_path(store.slug)),
            "structured": structured.block(structured.grocery_store(store)),
            "tiles": tags.aisle_tiles(store.slug, top_aisles(store.pk)) if whole else "",
            # on the first page, where the aisles have been read anyway
            "origins": origin_filter(request.path, origins_of(store.pk), chosen=origin)
            if whole or origin
            else "",
        },
        first=not after,
        narrowed=bool(origin),
        too_far=place is not None
        and not store.delivers_to(
            pincode=place.pincode, latitude=place.latitude, longitude=place.longitude
        ),
        offers_pickup=store.offers_pickup,
    )


@require_safe
@kept_offline
def aisle(request: Visit, slug: str, category: str) -> HttpResponse:
    store = find_store(slug)
    current = find_aisle(store.pk, category)
    if current is None:
        raise Http404
    wanted, words = shop_frame(request, store)
    after = request.GET.get("after", "")
    above = current.above
    origin = read_origin(request)
    page = (
        imported_page(store, origin, after=after, wanted=wanted, aisle=current.whole)
        if origin
        else window_page(store, aisle=current.whole, after=after, wanted=wanted)
    )
    path = aisle_path(store.slug, current.here.slug)
    trail = [
        (localised(one), aisle_path(store.slug, one.slug)) for one in (above, current.here) if one
    ]
    return show(
        request,
        "storefront/aisle.html",
        store=store,
        words=words
        | _goods(page, origin=origin)
        | {
            "origins": origin_filter(path, current.origins, chosen=origin),
            "address": absolute(path),
            "structured": structured.block(structured.way_to(store, *trail)),
            "aisle_name": localised(current.here),
            "above_name": localised(above) if above else "",
            "above_url": aisle_path(store.slug, above.slug) if above else "",
            "narrower": format_html_join(
                "",
                '<a href="{}">{}</a>',
                [(aisle_path(store.slug, one.slug), localised(one)) for one in current.below],
            ),
        },
        first=not after,
    )


@require_safe
def search(request: Visit, slug: str) -> HttpResponse:
    """What this shop has of something."""
    store = find_store(slug)
    wanted, words = shop_frame(request, store)
    text = typed(request)
    origin, after = read_origin(request), request.GET.get("after", "")
    page = (
        imported_found_page(store, text, origin, after=after, wanted=wanted)
        if origin
        else found_page(store, text, after=after, wanted=wanted)
    )
    return show(
        request,
        "storefront/search.html",
        store=store,
        words=words
        | _goods(page, f"q={quote(text)}&", origin=origin)
        | {
            "q": text,
            "instead": page.instead,
            "address": absolute(search_path(text, slug=store.slug)),
            "origins": origin_filter(request.path, origins_on(page.cards), chosen=origin, q=text),
            "signposts": aisles_called(store, text),
            "help": _other_ways(store, text) if text and (page.guessed or not page.cards) else "",
        },
        findable=bool(page.cards) and not (after or origin or page.guessed),
        guessed=page.guessed,
    )


def _other_ways(store: Store, text: str) -> str:
    """What to do where a shop has nothing of it: ask the shopkeeper, or look into the aisles."""
    question = _("Do you have “%(wanted)s”?") % {"wanted": text}
    return render_to_string(
        "storefront/other_ways.html",
        {
            "phone": store.phone,
            "whatsapp": chat_with(question, phone=store.phone),
            "tiles": tags.aisle_tiles(store.slug, top_aisles(store.pk)),
        },
    )


def _goods(page: Page, asked: str = "", *, origin: str = "") -> dict[str, str]:
    """The words of `storefront/page.html`; `asked` is the query that every page of them repeats, and
    so is the country."""
    asked += f"origin={origin}&" if origin else ""
    return {
        "items": tags.cards(page.cards),
        "next_page": f"?{asked}after={page.next}" if page.next else "",
    }


@require_safe
@kept_offline
def product(request: Visit, slug: str, listing_id: UUID, name: str = "") -> HttpResponse:
    store = find_store(slug)
    listing = (
        Listing.objects.of_store(store.pk)
        .shown()
        .select_related("product__brand", "category__parent")
        .filter(pk=listing_id)
        .first()
    )
    if listing is None:
        raise Http404
    path = product_path(store.slug, listing.pk, listing.product.name)
    if request.path != path:
        moved = redirect(path, permanent=True)
        # A product may be renamed, and back: nobody keeps the way from one name to another.
        moved["Cache-Control"] = "no-cache"
        return moved
    aisle = listing.category
    in_basket, words = shop_frame(request, store)
    rows = (
        Listing.objects.of_store(store.pk)
        .sellable()
        .filter(category_id=listing.category_id)
        .exclude(pk=listing.pk)
        .order_by("-rank", "id")
        .values_list(*FIELDS)[:SIMILAR]
    )
    wanted = in_basket.get(listing.pk, 0)
    context: dict[str, Any] = {
        **words,
        "store": store,
        "address": absolute(path),
        "photograph": structured.photograph(listing),
        "structured": structured.block(
            structured.product(listing, store),
            structured.way_to(
                store,
                (localised(aisle), aisle_path(store.slug, aisle.slug)),
                (localised(listing.product), path),
            ),
        ),
        "opening": opening(store),
        "for_later": is_for_later(store),
        "listing": listing,
        "card": card_of(listing, store, wanted),
        "origin": country_name(listing.product.country_of_origin),
        "unit_price": listing.unit_price_words,
        "weights": _weights(listing),
        "wanted": wanted,
        "similar": make_cards(map(Shown._make, rows), slug=store.slug, wanted=in_basket),
    }
    return render(request, "storefront/product.html", context)


def card_of(listing: Listing, store: Store, wanted: int, *, shop: str = "") -> Card:
    """The card of a listing at hand (with its product, brand and category)."""
    cards = make_cards([Shown.of(listing)], slug=store.slug, wanted={listing.pk: wanted}, shop=shop)
    return cards[0]


def _weights(listing: Listing) -> list[tuple[int, str, int]]:
    """(base units, in words, paise) of the usual amounts of loose goods: the first steps, doubling."""
    if listing.product.packed or listing.product.base_unit == Unit.PIECE:
        return []
    left = listing.available
    choices: list[tuple[int, str, int]] = []
    quantity = listing.minimum
    while len(choices) < WEIGHTS and (left is None or quantity <= left):
        unit = listing.product.base_unit
        choices.append((quantity, show_quantity(quantity, unit), listing.amount_for(quantity)))
        quantity += listing.step if len(choices) < 4 else quantity
    return choices
