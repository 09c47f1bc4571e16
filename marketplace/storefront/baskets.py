"""Whose basket this visitor fills, and what is in it, in one query."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
    return read_baskets(owner, [store_id]).get(store_id, Basket())


def read_baskets(owner: Owner | None, store_ids: Iterable[UUID]) -> dict[UUID, Basket]:
    """By shop, the owner's baskets with something in them."""
    if owner is None:
        return {}
    rows = CartLine.objects.filter(
        cart__store_id__in=store_ids, **{f"cart__{key}": value for key, value in owner.key.items()}
    ).values_list("cart__store_id", "listing_id", "quantity", "listing__price", "listing__per")
    wanted: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    total: dict[UUID, int] = defaultdict(int)
    for store_id, listing_id, quantity, price, per in rows:
        wanted[store_id][listing_id] = quantity
        total[store_id] += charge(price=price, per=per, quantity=quantity)
    return {store_id: Basket(wanted[store_id], total[store_id]) for store_id in wanted}


def make_bars(stores: Iterable[Store], baskets: Mapping[UUID, Basket]) -> list[Bar]:
    """Of those of these shops in which there is a basket."""
    return [make_bar(store, baskets[store.pk]) for store in stores if store.pk in baskets]


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
