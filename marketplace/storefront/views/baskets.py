"""The basket: what is in it, what it would cost, and every tap on + and −."""

from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit, whole_number
from marketplace.core.templatetags.nukkad import localised
from marketplace.storefront.area import read_area, shops_around
from marketplace.storefront.baskets import (
    Bar,
    find_owner,
    make_bar,
    make_bars,
    new_guest,
    read_basket,
    read_baskets,
    remember_guest,
)
from marketplace.storefront.cards import Card, show_wanted
from marketplace.storefront.hours import opening
from marketplace.storefront.offline import kept_offline
from marketplace.storefront.times import read_times
from marketplace.storefront.views.language import back_to
from marketplace.storefront.views.shops import card_of, find_store
from orders import carts
from orders.models import FINISHED, CartLine, Order
from orders.services import Quote, QuoteLine, quote
from stores.inventory.models import Listing
from stores.shops.models import Store

# The page of a search around: what the field `on` says there.
AROUND = "around"


class BasketLine(NamedTuple):
    card: Card
    quote: QuoteLine


def read_lines(owner: carts.Owner | None, store: Store) -> list[tuple[Listing, int]]:
    """Listings in the basket with what is wanted of each, in the order they were put in."""
    if owner is None:
        return []
    lines = (
        CartLine.objects.filter(
            cart__store_id=store.pk,
            **{f"cart__{key}": value for key, value in owner.key.items()},
        )
        .select_related("listing__product__brand", "listing__category")
        .order_by("id")
    )
    return [(line.listing, line.quantity) for line in lines]


def fulfilment_of(request: Visit, store: Store) -> str:
    """Home delivery unless the customer chose otherwise or the shop only hands over."""
    wanted = request.GET.get("fulfilment") or request.POST.get("fulfilment")
    if not store.offers_delivery:
        return Order.Fulfilment.PICKUP
    if wanted == Order.Fulfilment.PICKUP and store.offers_pickup:
        return Order.Fulfilment.PICKUP
    return Order.Fulfilment.DELIVERY


def _basket_context(request: Visit, store: Store) -> dict[str, Any]:
    fulfilment = fulfilment_of(request, store)
    # Whether it can be had later matters only while it cannot be had now.
    for_later = not store.is_open() and read_times(store).for_later
    priced: Quote = quote(
        store=store,
        lines=read_lines(find_owner(request), store),
        fulfilment=fulfilment,
        payment_method=Order.PaymentMethod.UPI,
        for_later=for_later,
    )
    return {
        "store": store,
        "opening": opening(store),
        "for_later": for_later,
        "fulfilment": fulfilment,
        "quote": priced,
        "lines": [
            BasketLine(card_of(line.listing, store, line.quantity), line) for line in priced.lines
        ],
        "just_ordered": None if priced.lines else _just_ordered(request, store),
        "shop_problems": [
            problem
            for problem in priced.problems
            if problem not in [line.problem for line in priced.lines]
        ],
    }


def _just_ordered(request: Visit, store: Store) -> Order | None:
    """What somebody who finds the basket empty has just bought with it."""
    if not request.user.is_authenticated:
        return None
    mine = Order.objects.of_person(request.user.pk).of_store(store.pk).just_placed()
    return mine.exclude(state__in=FINISHED).first()


@require_safe
@kept_offline
def basket(request: Visit, slug: str) -> HttpResponse:
    context = _basket_context(request, find_store(slug))
    return render(request, "storefront/basket.html", context)


@require_POST
def change(request: Visit) -> HttpResponse:
    """One tap: `more` or `less` names a listing; `set` with a `quantity` says how much."""
    action = next((name for name in ("more", "less", "set", "remove") if name in request.POST), "")
    listing = _listing(request.POST.get(action, ""))
    owner = find_owner(request) or new_guest()
    said = ""
    try:
        wanted = carts.change_quantity(
            store_id=listing.store_id,
            owner=owner,
            listing_id=listing.pk,
            to=partial(_wanted, listing, action, request.POST.get("quantity", "")),
        )
    except DomainError as error:
        said = str(error)
        wanted = read_basket(owner, listing.store_id).wanted.get(listing.pk, 0)
    if request.htmx:
        response = _changed(request, listing, owner, wanted, said)
    else:
        if said:
            messages.warning(request, said)
        response = redirect(
            back_to(request, f"/shops/{listing.store.slug}/basket/") + f"#l-{listing.pk}"
        )
    remember_guest(response, owner)
    return response


def _listing(raw: str) -> Listing:
    try:
        listing_id = UUID(raw)
    except ValueError:
        raise Http404 from None
    listing = (
        Listing.objects.select_related("store", "product__brand", "category")
        .filter(pk=listing_id, store__status=Store.Status.ACTIVE)
        .first()
    )
    if listing is None:
        raise Http404
    return listing


def _wanted(listing: Listing, action: str, quantity: str, before: int) -> int:
    """Base units wanted after the tap, on the listing's steps and within its stock."""
    if action == "more":
        after = before + listing.step if before else listing.minimum
    elif action == "less":
        after = before - listing.step
    elif action == "set":
        asked = whole_number(quantity)
        after = before if asked is None else asked
        after -= after % listing.step
    else:
        return 0
    left = listing.available
    if left is not None and after > max(left, before):
        after = before
    return 0 if after < listing.minimum else after


def _bars_around(request: Visit, owner: carts.Owner) -> list[Bar]:
    """Of every basket in the shops that deliver to the visitor's area."""
    place = read_area(request)
    shops = list(shops_around(place)) if place else []
    return make_bars(shops, read_baskets(owner, [store.pk for store in shops]))


def _changed(
    request: Visit, listing: Listing, owner: carts.Owner, wanted: int, said: str
) -> HttpResponse:
    """What the tap changed on the page it came from: the whole basket, or a card and the bar."""
    store = listing.store
    if not said:
        name = str(card_of(listing, store, wanted).name)
        unit, packed = listing.product.base_unit, listing.product.packed
        said = (
            _("%(name)s: %(quantity)s in the basket")
            % {"name": name, "quantity": show_wanted(wanted, unit, packed=packed)}
            if wanted
            else _("%(name)s: taken out of the basket") % {"name": name}
        )
    if request.htmx.target == "basket":
        context = _basket_context(request, store) | {"said": said}
        return render(request, "storefront/basket_part.html", context)
    page = request.POST.get("on")
    around = page == AROUND
    card = card_of(listing, store, wanted, shop=localised(store) if around else "")
    context = {
        "card": card if page == "product" else None,
        "cards": [card],
        "bars": _bars_around(request, owner)
        if around
        else [make_bar(store, read_basket(owner, store.pk))],
        "named": around,
        "said": said,
        "oob": True,
    }
    return render(request, "storefront/changed.html", context)
