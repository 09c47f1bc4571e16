"""A shop's pages: its window, an aisle, what it has of something, one product."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from marketplace.core.quantity import Unit, show_quantity
from marketplace.core.requests import Visit
from marketplace.storefront.aisles import find_aisle, top_aisles
from marketplace.storefront.area import read_area
from marketplace.storefront.baskets import Basket, find_owner, make_bar, read_basket
from marketplace.storefront.cards import (
    PAGE,
    Card,
    Page,
    in_hindi,
    make_cards,
    window_page,
)
from marketplace.storefront.hours import opening, week
from marketplace.storefront.times import read_times
from marketplace.storefront.views.areas import distance_words
from stores.inventory.models import Listing
from stores.inventory.window import FIELDS, Shown
from stores.shops.models import Store, metres_between

SIMILAR = 6
WEIGHTS = 8
ORIGINS = {
    "IN": _("India"),
    "AE": _("United Arab Emirates"),
    "AU": _("Australia"),
    "BD": _("Bangladesh"),
    "BE": _("Belgium"),
    "CA": _("Canada"),
    "CH": _("Switzerland"),
    "CN": _("China"),
    "DE": _("Germany"),
    "ID": _("Indonesia"),
    "IR": _("Iran"),
    "IT": _("Italy"),
    "LK": _("Sri Lanka"),
    "MY": _("Malaysia"),
    "NP": _("Nepal"),
    "NZ": _("New Zealand"),
    "TH": _("Thailand"),
    "US": _("United States"),
    "VN": _("Vietnam"),
}


def find_store(slug: str) -> Store:
    store = Store.objects.active_at(slug)
    if store is None:
        raise Http404
    return store


def _frame(request: Visit, store: Store) -> tuple[Basket, dict[str, Any]]:
    """The basket, and what every page of a shop shows around its goods."""
    basket = read_basket(find_owner(request), store.pk)
    return basket, {
        "store": store,
        "opening": opening(store),
        "for_later": not store.is_open() and read_times(store).for_later,
        "bar": make_bar(store, basket),
    }


@require_GET
def shop(request: Visit, slug: str) -> HttpResponse:
    store = find_store(slug)
    basket, context = _frame(request, store)
    place = read_area(request)
    page = window_page(
        store,
        after=request.GET.get("after", ""),
        wanted=basket.wanted,
    )
    distance = None
    if place and place.latitude is not None and place.longitude is not None:
        distance = metres_between(place.latitude, place.longitude, store.latitude, store.longitude)
    context |= {
        "page": page,
        "aisles": top_aisles(store.pk),
        "week": week(store),
        "first": not request.GET.get("after"),
        "distance": distance_words(distance),
        "too_far": place is not None
        and not store.delivers_to(
            pincode=place.pincode, latitude=place.latitude, longitude=place.longitude
        ),
    }
    return render(request, "storefront/shop.html", context)


@require_GET
def aisle(request: Visit, slug: str, category: str) -> HttpResponse:
    store = find_store(slug)
    current = find_aisle(store.pk, category)
    if current is None:
        raise Http404
    basket, context = _frame(request, store)
    page = window_page(
        store,
        aisle=current.whole,
        after=request.GET.get("after", ""),
        wanted=basket.wanted,
    )
    context |= {
        "page": page,
        "aisle": current.here,
        "above": current.above,
        "aisles": current.below,
    }
    return render(request, "storefront/aisle.html", context)


@require_GET
def search(request: Visit, slug: str) -> HttpResponse:
    """What this shop has of something; typing asks again and again, for the results alone."""
    store = find_store(slug)
    basket, context = _frame(request, store)
    text = request.GET.get("q", "").strip()[:80]
    page = Page([], "")
    if text:
        after = request.GET.get("after", "")
        page = window_page(store, text=text, after=after, wanted=basket.wanted)
    context |= {"page": page, "q": text}
    if request.htmx and request.htmx.target == "results":
        return render(request, "storefront/results.html", context)
    return render(request, "storefront/search.html", context)


@require_GET
def search_everywhere(request: Visit) -> HttpResponse:
    """Who around here has it: the shops that deliver to the visitor's area."""
    place = read_area(request)
    text = request.GET.get("q", "").strip()[:80]
    cards: list[Card] = []
    if place and text:
        stores = Store.objects.delivering_to(
            pincode=place.pincode, latitude=place.latitude, longitude=place.longitude
        )
        hindi = in_hindi()
        names = {
            slug: (hindi and name_hi) or name
            for slug, name, name_hi in stores.values_list("slug", "name", "name_hi")
        }
        rows = (
            Listing.objects.filter(store__slug__in=names)
            .sellable()
            .matching(text)
            .order_by("-rank", "price", "id")
            .values_list("store__slug", *FIELDS)[:PAGE]
        )
        for slug, *row in rows:
            cards += make_cards([Shown._make(row)], slug=slug, wanted={}, shop=names[slug])
    context = {"cards": cards, "q": text, "place": place}
    if request.htmx and request.htmx.target == "results":
        return render(request, "storefront/results_everywhere.html", context)
    return render(request, "storefront/search_everywhere.html", context)


@require_GET
def product(request: Visit, slug: str, listing_id: UUID) -> HttpResponse:
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
    basket, context = _frame(request, store)
    rows = (
        Listing.objects.of_store(store.pk)
        .sellable()
        .filter(category_id=listing.category_id)
        .exclude(pk=listing.pk)
        .order_by("-rank", "id")
        .values_list(*FIELDS)[:SIMILAR]
    )
    wanted = basket.wanted.get(listing.pk, 0)
    context |= {
        "listing": listing,
        "card": card_of(listing, store, wanted),
        "origin": ORIGINS.get(listing.product.country_of_origin, listing.product.country_of_origin),
        "unit_price": listing.unit_price_words,
        "weights": _weights(listing),
        "wanted": wanted,
        "similar": make_cards(map(Shown._make, rows), slug=store.slug, wanted=basket.wanted),
    }
    return render(request, "storefront/product.html", context)


def card_of(listing: Listing, store: Store, wanted: int) -> Card:
    """The card of a listing at hand (with its product, brand and category)."""
    cards = make_cards([Shown.of(listing)], slug=store.slug, wanted={listing.pk: wanted})
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
