"""The shop is told once when it falls to its level, and again only after it has been above it."""

import pytest
from django.db import transaction

from marketplace.core.clock import travel
from marketplace.core.errors import InvalidInput
from marketplace.core.models import OutboxEntry
from orders import services as orders
from stores.inventory.expiry import sweep_expired
from stores.inventory.holds import release_stock
from stores.inventory.models import Listing
from stores.inventory.services import (
    add_listing,
    count_stock,
    receive_stock,
    set_reorder_level,
    write_off_stock,
)
from tests.factories import make_listing, make_product, make_store
from tests.inventory.shelf import in_days, receive, sell
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db

SHOP = "person:shop"


@pytest.fixture
def listing():
    """Ten pieces, to be reordered at five."""
    return make_listing(make_store(), on_hand=10, reorder_level=5)


def about(listing: Listing) -> dict:
    return {"store_id": listing.store_id, "listing_id": listing.pk, "actor": SHOP}


def told(listing: Listing) -> int:
    """How often the shop was told, after proving that the listing knows whether it was."""
    listing.refresh_from_db()
    low = listing.reorder_level is not None and listing.available <= listing.reorder_level
    assert (listing.low_stock_told_at is not None) == low
    assert Listing.objects.running_low().filter(pk=listing.pk).exists() == low
    return OutboxEntry.objects.filter(
        event="stock.low", payload__listing_id=str(listing.pk)
    ).count()


def buy(listing: Listing, quantity: int):
    return place_order(listing.store, {listing.pk: quantity})


def test_an_order_that_sets_aside_down_to_the_level_tells_the_shop_once(listing):
    buy(listing, 4)
    assert told(listing) == 0
    order = buy(listing, 1)
    assert told(listing) == 1
    buy(listing, 1)
    key = {"store_id": listing.store_id, "order_id": order.pk, "actor": SHOP}
    orders.accept(**key)
    orders.pack(**key)
    assert told(listing) == 1


def test_a_counter_sale_a_breakage_and_a_count_tell_too(listing):
    sell(listing, 5)
    assert told(listing) == 1
    receive_stock(**about(listing), quantity=10)
    assert told(listing) == 1
    write_off_stock(**about(listing), quantity=10, reason="rats")
    assert told(listing) == 2
    count_stock(**about(listing), counted=6)
    count_stock(**about(listing), counted=5)
    assert told(listing) == 3


def test_packets_no_count_knew_of_do_not_tell_twice(listing):
    sell(listing, 6)
    assert told(listing) == 1
    sell(listing, 7)
    assert told(listing) == 1


def test_what_expires_tells_too(listing):
    count_stock(**about(listing), counted=5)
    receive(listing, 1, expires_on=in_days(0))
    assert told(listing) == 1
    with travel(days=1):
        sweep_expired()
        assert told(listing) == 2


def test_goods_that_come_back_reset_it(listing):
    order = buy(listing, 5)
    key = {"store_id": listing.store_id, "order_id": order.pk, "actor": SHOP}
    orders.accept(**key)
    orders.pack(**key)
    orders.cancel(**key, reason="nobody home")
    assert told(listing) == 1
    order = buy(listing, 5)
    with transaction.atomic():
        release_stock(store_id=listing.store_id, reference=order.pk)
    assert told(listing) == 2
    buy(listing, 5)
    assert told(listing) == 3


def test_a_level_set_above_what_is_left_tells_at_once(listing):
    set_reorder_level(**about(listing), level=9)
    assert told(listing) == 0
    set_reorder_level(**about(listing), level=10)
    set_reorder_level(**about(listing), level=11)
    assert told(listing) == 1
    set_reorder_level(**about(listing), level=None)
    assert told(listing) == 1
    set_reorder_level(**about(listing), level=10)
    assert told(listing) == 2


@pytest.mark.parametrize("level", [-1, 2**31])
def test_a_level_that_cannot_be_is_refused(listing, level):
    with pytest.raises(InvalidInput):
        set_reorder_level(**about(listing), level=level)
    listing.refresh_from_db()
    assert listing.reorder_level == 5


def test_a_new_listing_below_its_level_tells_at_once():
    store = make_store()
    listing = add_listing(
        store_id=store.pk,
        product=make_product(),
        price=100,
        on_hand=2,
        reorder_level=5,
        actor=SHOP,
    )
    assert told(listing) == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_who_cross_the_level_tell_once(concurrently):
    store = make_store()
    listing = make_listing(store, on_hand=20, reorder_level=15)
    concurrently(
        [
            *[lambda: str(buy(listing, 1).state) for _ in range(8)],
            lambda: write_off_stock(**about(listing), quantity=4, reason="").on_hand,
            lambda: write_off_stock(**about(listing), quantity=4, reason="").on_hand,
        ]
    )
    assert told(listing) == 1
