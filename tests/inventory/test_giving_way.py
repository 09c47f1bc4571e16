"""When the shelf has less than is set aside, the newest holds give way, and no more than needed."""

import pytest

from orders import services as orders
from orders.models import Order, OrderFlag
from stores.inventory.errors import OutOfStock
from stores.inventory.models import Hold, Listing
from stores.inventory.services import (
    count_stock,
    set_on_shelf,
    write_off_batch,
    write_off_stock,
)
from tests.factories import make_listing, make_store
from tests.inventory.shelf import figures, in_days, receive
from tests.orders.building import place_order

SHOP = "person:shop"


def about(listing: Listing) -> dict:
    return {"store_id": listing.store_id, "listing_id": listing.pk, "actor": SHOP}


def held_by(*placed: Order) -> list[bool]:
    return [Hold.objects.open().filter(reference=order.pk).exists() for order in placed]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("counted", "kept", "held"),
    [
        (9, [True, True, True], 9),
        (8, [True, True, False], 5),
        (5, [True, True, False], 5),
        (4, [True, False, False], 2),
        (1, [False, False, False], 0),
    ],
)
def test_a_count_releases_the_newest_holds_and_stops_at_enough(counted, kept, held):
    store = make_store()
    listing = make_listing(store, on_hand=12)
    placed = [place_order(store, {listing.pk: quantity}) for quantity in (2, 3, 4)]
    count_stock(**about(listing), counted=counted)
    assert held_by(*placed) == kept
    assert figures(listing) == (counted, held, 0)
    lost = [order for order, stays in zip(placed, kept, strict=True) if not stays]
    flags = OrderFlag.objects.open().order_by("order_id").values_list("order_id", "quantity")
    assert list(flags) == [(order.pk, order.lines.get().quantity) for order in lost]


@pytest.mark.django_db
def test_breakage_of_one_batch_releases_holds_of_the_listing():
    store = make_store()
    listing = make_listing(store, on_hand=1)
    batch = receive(listing, 5, expires_on=in_days(9))
    first, second = (place_order(store, {listing.pk: 2}) for _ in range(2))
    write_off_batch(**about(listing), batch_id=batch.pk, quantity=3)
    assert held_by(first, second) == [True, False]
    assert figures(listing) == (3, 2, 0)


@pytest.mark.django_db(transaction=True)
def test_counting_buying_and_packing_at_once_lose_nothing(concurrently):
    store = make_store()
    listing = make_listing(store, on_hand=20)
    accepted = [place_order(store, {listing.pk: 3}) for _ in range(5)]
    for order in accepted:
        orders.accept(store_id=store.pk, order_id=order.pk, actor=SHOP)

    def pack(order: Order) -> str:
        return str(orders.pack(store_id=store.pk, order_id=order.pk, actor=SHOP).state)

    concurrently(
        [
            *[lambda order=order: pack(order) for order in accepted],
            *[lambda: str(place_order(store, {listing.pk: 1}).state) for _ in range(4)],
            lambda: count_stock(**about(listing), counted=7).on_hand,
            lambda: write_off_stock(**about(listing), quantity=1, reason="").on_hand,
        ]
    )
    on_hand, held, _ = figures(listing)
    assert 0 <= held <= on_hand
    for order in Order.objects.filter(state__in=["confirmed", "accepted"]):
        # whoever lost the stock is flagged, and nobody else is
        assert held_by(order) == [not order.flags.open().exists()]


@pytest.mark.django_db
def test_what_is_marked_gone_is_not_sold_any_more_but_stays_sold():
    store = make_store()
    listing = make_listing(store, policy="on_shelf", on_hand=0, on_shelf=True)
    order = place_order(store, {listing.pk: 2})
    set_on_shelf(**about(listing), on_shelf=False)
    with pytest.raises(OutOfStock):
        place_order(store, {listing.pk: 1})
    assert held_by(order) == [True]
    assert OrderFlag.objects.count() == 0
    key = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    orders.accept(**key)
    assert orders.pack(**key).state == "packed"
    assert figures(listing) == (0, 0, 0)
