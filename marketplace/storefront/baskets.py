"""Whose basket this visitor fills, and what is in it, in one query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse

from marketplace.core.money import charge
from marketplace.storefront.cookies import keep
from orders.carts import Owner
from orders.models import CartLine
from stores.shops.models import Store

COOKIE = "basket"
KEPT = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Basket:
    """Base units wanted of each listing, and their price today in paise."""

    wanted: Mapping[UUID, int] = field(default_factory=dict)
    total: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """The strip at the foot of a shop's pages: what is in the basket and what delivery adds."""

    store: Store
    count: int
    total: int
    delivery_fee: int
    missing: int
    free_after: int


def guest_token(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.COOKIES.get(COOKIE, ""))
    except ValueError:
        return None


def find_owner(request: HttpRequest) -> Owner | None:
    """The signed-in person, else the guest of the cookie, else nobody yet."""
    if request.user.is_authenticated:
        return Owner(person_id=request.user.pk)
    guest = guest_token(request)
    return Owner(guest=guest) if guest else None


def new_guest() -> Owner:
    # Whoever knows the token owns the basket: random throughout, unlike our time-ordered ids.
    return Owner(guest=uuid4())


def remember_guest(response: HttpResponse, owner: Owner) -> None:
    if owner.guest:
        keep(response, COOKIE, owner.guest.hex, how_long=KEPT)


def read_basket(owner: Owner | None, store_id: UUID) -> Basket:
    if owner is None:
        return Basket()
    rows = CartLine.objects.filter(
        cart__store_id=store_id, **{f"cart__{key}": value for key, value in owner.key.items()}
    ).values_list("listing_id", "quantity", "listing__price", "listing__per")
    wanted, total = {}, 0
    for listing_id, quantity, price, per in rows:
        wanted[listing_id] = quantity
        total += charge(price=price, per=per, quantity=quantity)
    return Basket(wanted, total)


def make_bar(store: Store, basket: Basket) -> Bar:
    fee = store.fee_for(basket.total)
    free_from = store.free_delivery_from
    return Bar(
        store=store,
        count=len(basket.wanted),
        total=basket.total,
        delivery_fee=fee,
        missing=max(store.minimum_order - basket.total, 0),
        free_after=max(free_from - basket.total, 0) if fee and free_from else 0,
    )
