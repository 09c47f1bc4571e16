import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.core.clock import travel
from marketplace.core.ids import uuid7
from orders import services as orders
from stores.inventory.errors import (
    AlreadyExpired,
    BadStock,
    PriceAboveMrp,
    UnknownBatch,
)
from stores.inventory.models import Batch, Listing
from stores.inventory.services import (
    Label,
    count_stock,
    receive_stock,
    set_price,
    undo_movement,
    write_off_batch,
    write_off_stock,
)
from tests.factories import make_listing, make_store
from tests.inventory.shelf import bring_back, figures, in_days, left, receive, sell
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db

SHOP = "person:shop"


@pytest.fixture
def listing():
    """Ten pieces without a batch, at ₹250."""
    return make_listing(make_store(), on_hand=10)


def about(listing: Listing) -> dict:
    return {"store_id": listing.store_id, "listing_id": listing.pk, "actor": SHOP}


def pack_order(listing: Listing, quantity: int):
    order = place_order(listing.store, {listing.pk: quantity})
    key = {"store_id": listing.store_id, "order_id": order.pk, "actor": SHOP}
    orders.accept(**key)
    return orders.pack(**key)


def test_goods_come_in_under_their_label(listing):
    batch = receive(listing, 6, code="B1", expires_on=in_days(30), mrp=26000)
    again = receive(listing, 4, code="B1", expires_on=in_days(30), mrp=26000)
    other = receive(listing, 1, code="B1", expires_on=in_days(31), mrp=26000)
    assert again == batch != other
    assert left(batch, other) == [10, 1]
    assert figures(listing) == (21, 0, 0)
    assert listing.next_expiry == in_days(30)
    movement = listing.movements.latest("id")
    assert (movement.kind, movement.delta, movement.batch) == ("receipt", 1, other)


def test_goods_without_a_label_are_in_no_batch(listing):
    receive_stock(**about(listing), quantity=5)
    assert figures(listing) == (15, 0, 0)
    assert Batch.objects.count() == 0


def test_the_same_delivery_comes_in_once(listing):
    delivery = {"quantity": 5, "label": Label(code="B1"), "reference": uuid7()}
    receive_stock(**about(listing), **delivery)
    receive_stock(**about(listing), **delivery)
    assert figures(listing) == (15, 0, 0)


def test_goods_past_their_date_do_not_come_in(listing):
    with pytest.raises(AlreadyExpired):
        receive(listing, 5, expires_on=in_days(-1))
    assert figures(listing) == (10, 0, 0)
    assert Batch.objects.count() == 0
    receive(listing, 5, expires_on=in_days(0))
    assert figures(listing) == (15, 0, 0)


def test_goods_with_an_mrp_below_the_price_do_not_come_in(listing):
    with pytest.raises(PriceAboveMrp) as refused:
        receive(listing, 5, mrp=24999)
    assert str(refused.value) == "The price ₹250 is above the printed MRP of ₹249.99."
    assert figures(listing) == (10, 0, 0)
    receive(listing, 5, mrp=25000)


def test_a_price_does_not_rise_above_the_lowest_mrp_in_stock(listing):
    receive(listing, 5, mrp=25500)
    with pytest.raises(PriceAboveMrp):
        set_price(**about(listing), price=25501)
    with pytest.raises(PriceAboveMrp):
        set_price(**about(listing), price=27000, mrp=28000)
    set_price(**about(listing), price=25500)
    count_stock(**about(listing), counted=0)
    set_price(**about(listing), price=26000)
    listing.refresh_from_db()
    assert (listing.price, listing.mrp) == (26000, 26000)


def test_what_expires_first_is_packed_first_and_what_bears_no_date_last(listing):
    late = receive(listing, 3, expires_on=in_days(60))
    soon = receive(listing, 2, expires_on=in_days(20))
    dateless = receive(listing, 2, code="B9")
    order = pack_order(listing, 4)
    assert left(soon, late, dateless) == [0, 1, 2]
    moved = listing.movements.filter(reference=order.pk).order_by("after")
    assert list(moved.values_list("batch", "delta", "after")) == [
        (late.pk, -2, 13),
        (soon.pk, -2, 15),
    ]
    pack_order(listing, 5)
    assert left(soon, late, dateless) == [0, 0, 0]
    assert figures(listing) == (8, 0, 0)


def test_a_counter_sale_takes_what_expires_first(listing):
    soon = receive(listing, 2, expires_on=in_days(20))
    sell(listing, 3)
    assert left(soon) == [0]
    assert figures(listing) == (9, 0, 0)
    kinds = listing.movements.filter(delta__lt=0).values_list("kind", "delta")
    assert sorted(kinds) == [("counter_sale", -2), ("counter_sale", -1)]


def test_a_count_and_a_breakage_take_what_expires_first(listing):
    soon = receive(listing, 4, expires_on=in_days(20))
    write_off_stock(**about(listing), quantity=1, reason="rats")
    assert left(soon) == [3]
    count_stock(**about(listing), counted=9)
    assert left(soon) == [0]
    count_stock(**about(listing), counted=20)
    assert left(soon) == [3]
    assert figures(listing) == (20, 0, 0)


def test_a_count_that_finds_again_what_one_had_missed_keeps_its_dates(listing):
    soon, late = receive(listing, 4, expires_on=in_days(2)), receive(listing, 3, code="L")
    count_stock(**about(listing), counted=0)
    count_stock(**about(listing), counted=2)
    assert left(soon, late) == [2, 0]
    count_stock(**about(listing), counted=9)
    assert left(soon, late) == [4, 3]
    with travel(days=3):
        count_stock(**about(listing), counted=0)
        count_stock(**about(listing), counted=5)
        # past its date meanwhile, so none of it is for sale
        assert figures(listing) == (5, 0, 4)


def test_a_count_remembers_what_was_missed_for_a_week_and_not_what_was_undone(listing):
    soon = receive(listing, 4, expires_on=in_days(30))
    count_stock(**about(listing), counted=10)
    undo_movement(**about(listing), movement_id=listing.movements.order_by("-id").first().pk)
    assert left(soon) == [4]
    count_stock(**about(listing), counted=16)
    assert left(soon) == [4]
    count_stock(**about(listing), counted=0)
    with travel(days=8):
        count_stock(**about(listing), counted=4)
        assert left(soon) == [0]


def test_goods_of_a_failed_delivery_go_back_to_their_batches(listing):
    soon = receive(listing, 2, expires_on=in_days(20))
    late = receive(listing, 2, expires_on=in_days(40))
    order = pack_order(listing, 5)
    assert left(soon, late) == [0, 0]
    orders.cancel(store_id=listing.store_id, order_id=order.pk, actor=SHOP, reason="nobody home")
    assert left(soon, late) == [2, 2]
    assert figures(listing) == (14, 0, 0)


def test_one_of_several_that_comes_back_counts_as_the_one_that_expires_first(listing):
    soon = receive(listing, 2, expires_on=in_days(20))
    late = receive(listing, 2, expires_on=in_days(40))
    order = pack_order(listing, 5)
    bring_back(listing, 3, reference=order.pk)
    assert left(soon, late) == [2, 1]
    bring_back(listing, 2, reference=order.pk)
    assert left(soon, late) == [2, 2]
    assert figures(listing) == (14, 0, 0)


def test_a_packet_that_comes_back_is_not_sold_above_its_mrp(listing):
    receive(listing, 1, mrp=25000, expires_on=in_days(20))
    order = pack_order(listing, 1)
    set_price(**about(listing), price=26000)
    orders.cancel(store_id=listing.store_id, order_id=order.pk, actor=SHOP, reason="nobody home")
    listing.refresh_from_db()
    assert listing.price == 25000
    change = listing.price_changes.latest("id")
    assert (change.before, change.after, change.reason) == (26000, 25000, "MRP ₹250")


def test_a_batch_is_written_off_whole_once(listing):
    batch = receive(listing, 4, expires_on=in_days(20))
    write_off_batch(**about(listing), batch_id=batch.pk, reason="torn")
    write_off_batch(**about(listing), batch_id=batch.pk, reason="torn")
    assert left(batch) == [0]
    assert figures(listing) == (10, 0, 0)
    movement = listing.movements.latest("id")
    assert (movement.kind, movement.delta, movement.batch) == ("damage", -4, batch)


def test_no_more_of_a_batch_is_written_off_than_there_is(listing):
    batch = receive(listing, 4, expires_on=in_days(20))
    for quantity in (0, 5, -1):
        with pytest.raises(BadStock):
            write_off_batch(**about(listing), batch_id=batch.pk, quantity=quantity)
    foreign = receive(make_listing(make_store()), 4, code="X")
    with pytest.raises(UnknownBatch):
        write_off_batch(**about(listing), batch_id=foreign.pk)
    assert left(batch, foreign) == [4, 4]
    assert figures(listing) == (14, 0, 0)


def test_a_count_over_several_batches_is_undone_together(listing):
    soon = receive(listing, 2, expires_on=in_days(20))
    late = receive(listing, 2, expires_on=in_days(40))
    count_stock(**about(listing), counted=9)
    assert left(soon, late) == [0, 0]
    undo_movement(**about(listing), movement_id=listing.movements.latest("id").pk)
    assert left(soon, late) == [2, 2]
    assert figures(listing) == (14, 0, 0)


def test_a_receipt_is_undone_out_of_its_own_batch(listing):
    soon = receive(listing, 2, expires_on=in_days(20))
    late = receive(listing, 5, expires_on=in_days(40))
    receipt = listing.movements.latest("id")
    sell(listing, 4)
    assert left(soon, late) == [0, 3]
    undo_movement(**about(listing), movement_id=receipt.pk)
    assert left(soon, late) == [0, 0]
    assert figures(listing) == (8, 0, 0)


def test_packing_costs_the_same_for_one_batch_and_for_eight():
    costs = []
    for batches in (1, 8):
        listing = make_listing(make_store(), on_hand=1)
        for day in range(batches):
            receive(listing, 1, expires_on=in_days(day))
        order = place_order(listing.store, {listing.pk: batches + 1})
        key = {"store_id": listing.store_id, "order_id": order.pk, "actor": SHOP}
        orders.accept(**key)
        with CaptureQueriesContext(connection) as queries:
            orders.pack(**key)
        costs.append(len(queries))
        assert figures(listing) == (0, 0, 0)
    assert costs[0] == costs[1]
