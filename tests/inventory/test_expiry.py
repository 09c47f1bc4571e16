"""Nothing that is past its date is sold, whenever the clock passed midnight."""

from datetime import datetime, time, timedelta

import pytest
from django.db.models import Sum

from marketplace.core.clock import INDIA, business_date, travel
from orders import services as orders
from orders.models import Order, OrderFlag
from stores.inventory.errors import OutOfStock
from stores.inventory.expiry import sweep_expired
from stores.inventory.holds import lock_listings
from stores.inventory.models import Hold, Listing
from stores.inventory.services import (
    count_stock,
    receive_stock,
    undo_movement,
    write_off_batch,
    write_off_stock,
)
from tests.factories import make_listing, make_store
from tests.inventory.shelf import bring_back, figures, in_days, left, receive, sell
from tests.orders.building import place_order

SHOP = "person:shop"


@pytest.fixture
def listing(db):
    """Four without a date, and three that are good today and tomorrow."""
    listing = make_listing(make_store(), on_hand=4)
    listing.milk = receive(listing, 3, code="MILK", expires_on=in_days(1))
    return listing


def about(listing: Listing) -> dict:
    return {"store_id": listing.store_id, "listing_id": listing.pk, "actor": SHOP}


def buy(listing: Listing, quantity: int) -> Order:
    order = place_order(listing.store, {listing.pk: quantity})
    orders.accept(store_id=listing.store_id, order_id=order.pk, actor=SHOP)
    return order


def pack(order: Order) -> Order:
    return orders.pack(store_id=order.store_id, order_id=order.pk, actor=SHOP)


def is_held(order: Order) -> bool:
    return Hold.objects.open().filter(reference=order.pk).exists()


def test_the_last_good_day_is_sold_to_its_end_in_india(listing):
    last_minute = datetime.combine(in_days(1), time(23, 59), INDIA)
    with travel(to=last_minute):
        assert sweep_expired() == 0
        assert Listing.objects.get(pk=listing.pk).available == 7
    with travel(to=last_minute + timedelta(minutes=1)):
        assert Listing.objects.get(pk=listing.pk).available == 0
        assert not Listing.objects.sellable().filter(pk=listing.pk).exists()
        assert sweep_expired() == 1
        assert figures(listing) == (7, 0, 3)
        assert listing.available == 4
        assert listing.next_expiry is None
        assert Listing.objects.sellable().filter(pk=listing.pk).exists()
        assert sweep_expired() == 0


def test_what_has_expired_can_no_longer_be_bought_before_any_sweep(listing):
    with travel(days=2):
        with pytest.raises(OutOfStock):
            place_order(listing.store, {listing.pk: 5})
        place_order(listing.store, {listing.pk: 4})
        assert figures(listing) == (7, 4, 3)


def test_a_sweep_releases_only_the_newest_holds_that_are_too_many(listing):
    first, second, third = buy(listing, 2), buy(listing, 2), buy(listing, 2)
    with travel(days=2):
        sweep_expired()
        assert [is_held(each) for each in (first, second, third)] == [True, True, False]
        assert figures(listing) == (7, 4, 3)
        flag = OrderFlag.objects.get()
        assert (flag.order, flag.listing, flag.quantity) == (third, listing, 2)


def test_packing_after_midnight_takes_good_packets_only(listing):
    order = buy(listing, 3)
    with travel(days=2):
        pack(order)
        assert left(listing.milk) == [3]
        assert figures(listing) == (4, 0, 3)


def test_packing_after_midnight_refuses_rather_than_pack_what_expired(listing):
    order = buy(listing, 6)
    with travel(days=2):
        with pytest.raises(OutOfStock) as refused:
            pack(order)
        assert refused.value.params["lines"][0]["available"] == 4
        assert left(listing.milk) == [3]
        order.refresh_from_db()
        assert order.state == "accepted"
        # nothing of the refusal stays; the sweep then sets aside and tells the shop
        assert figures(listing) == (7, 6, 0)
        sweep_expired()
        assert figures(listing) == (7, 0, 3)
        assert order.flags.open().count() == 1


def test_what_is_past_its_date_is_not_packed_even_where_the_listing_does_not_know(listing):
    order = buy(listing, 3)
    Listing.objects.filter(pk=listing.pk).update(next_expiry=None)
    with travel(days=2):
        pack(order)
        assert left(listing.milk) == [3]
        other = buy(listing, 2)
        with pytest.raises(OutOfStock):
            pack(other)
        assert left(listing.milk) == [3]


def test_a_newer_order_gives_way_to_the_one_that_is_packed(listing):
    old, new = buy(listing, 3), buy(listing, 4)
    with travel(days=2):
        pack(old)
        assert not is_held(new)
        assert new.flags.open().count() == 1
        assert figures(listing) == (4, 0, 3)


def test_a_counter_sale_after_midnight_takes_good_packets_only(listing):
    with travel(days=2):
        with pytest.raises(OutOfStock):
            sell(listing, 5)
        sell(listing, 4)
        assert left(listing.milk) == [3]
        assert figures(listing) == (3, 0, 3)


def test_an_expired_batch_is_written_off_and_free_of_its_name(listing):
    with travel(days=2):
        sweep_expired()
        write_off_batch(**about(listing), batch_id=listing.milk.pk, reason="expired")
        assert figures(listing) == (4, 0, 0)
        assert listing.available == 4
        movement = listing.movements.latest("id")
        undo_movement(**about(listing), movement_id=movement.pk)
        assert figures(listing) == (7, 0, 3)
        assert listing.available == 4


def test_a_breakage_or_a_lower_count_takes_the_expired_ones_first(listing):
    with travel(days=2):
        write_off_stock(**about(listing), quantity=1, reason="swollen")
        assert figures(listing) == (6, 0, 2)
        count_stock(**about(listing), counted=5)
        assert figures(listing) == (5, 0, 1)
        assert listing.available == 4


def test_what_comes_back_past_its_date_is_not_sold_again(listing):
    order = buy(listing, 3)
    pack(order)
    assert left(listing.milk) == [0]
    with travel(days=2):
        bring_back(listing, 3, reference=order.pk)
        assert figures(listing) == (7, 0, 3)
        assert listing.available == 4


def test_new_goods_do_not_make_old_ones_sellable(listing):
    with travel(days=2):
        receive_stock(**about(listing), quantity=1)
        assert figures(listing) == (8, 0, 3)
        assert listing.available == 5


@pytest.mark.django_db(transaction=True)
def test_a_sweep_passes_by_a_listing_that_is_locked(concurrently):
    from django.db import transaction

    store = make_store()
    busy, free = make_listing(store), make_listing(store)
    for each in (busy, free):
        receive(each, 2, expires_on=in_days(0))
    with travel(days=1):
        with transaction.atomic():
            lock_listings(store_id=store.pk, listing_ids=[busy.pk], on=business_date())
            assert concurrently(1, sweep_expired) == [1]
        assert figures(busy) == (12, 0, 0)
        assert figures(free) == (12, 0, 2)
        assert sweep_expired() == 1
        assert figures(busy) == (12, 0, 2)


@pytest.mark.django_db(transaction=True)
def test_sweeping_buying_packing_and_counting_at_once_sell_nothing_expired(concurrently):
    """Half of the stock expires at midnight, and then everybody comes at once."""
    store = make_store()
    listing = make_listing(store, on_hand=10)
    milk = receive(listing, 10, expires_on=in_days(0))
    accepted = [buy(listing, 3) for _ in range(4)]
    with travel(days=1):
        concurrently(
            [
                *[lambda order=order: str(pack(order).state) for order in accepted],
                *[lambda: str(place_order(store, {listing.pk: 2}).state) for _ in range(3)],
                sweep_expired,
                sweep_expired,
                lambda: write_off_stock(**about(listing), quantity=1, reason="").on_hand,
            ]
        )
        sweep_expired()
        on_hand, held, expired = figures(listing)
        assert on_hand - expired >= held
        sold = milk.movements.filter(kind="sale").aggregate(n=Sum("delta"))["n"]
        assert sold is None
        flagged = set(OrderFlag.objects.open().values_list("order_id", flat=True))
        for order in Order.objects.filter(state="accepted"):
            assert is_held(order) or order.pk in flagged
