"""Goods sold over the shop's own counter: the shelf is the truth, and Nukkad's books stay as they are."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from marketplace.core.clock import business_date, travel
from marketplace.core.errors import InvalidInput
from orders import services
from orders.errors import (
    BillTooHigh,
    EmptyOrder,
    HeldForOrders,
    KeyReused,
    RequestInFlight,
    TotalChanged,
    UnknownStore,
)
from orders.models import CounterSale, CounterSaleLine
from orders.services import Wanted
from payments.ledger.models import Txn
from stores.inventory.errors import PastItsDate, UnknownListing
from stores.inventory.models import Listing, StockMovement
from stores.inventory.services import Label, receive_stock, set_shown
from tests.factories import make_listing, make_product, make_store
from tests.invariants import broken_invariants
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db

SHOP = "person:shopkeeper"


@pytest.fixture
def store() -> Any:
    return make_store()


def sell(store: Any, quantities: dict[Any, int], **changes: Any) -> services.Sold:
    values: dict[str, Any] = {
        "store_id": store.pk,
        "actor": SHOP,
        "idempotency_key": str(uuid4()),
        "lines": [Wanted(listing.pk, quantity) for listing, quantity in quantities.items()],
        "paid_by": "cash",
    }
    return services.sell_over_counter(**values | changes)


def figures(listing: Listing) -> tuple[int, int]:
    listing.refresh_from_db()
    assert sum(listing.movements.values_list("delta", flat=True)) == listing.on_hand
    assert sum(listing.holds.open().values_list("quantity", flat=True)) == listing.held
    return listing.on_hand, listing.held


def loose(store: Any, **changes: Any) -> Listing:
    product = make_product(
        name="Arhar dal", packed=False, base_unit="g", pack_quantity=None, pack_unit=""
    )
    values = {"price": 14990, "per": 1000, "mrp": None, "step": 250, "minimum": 250}
    return make_listing(store, product=product, on_hand=5000, **values | changes)


def test_stock_leaves_and_no_money_of_ours_moves(store):
    atta, dal = make_listing(store, price=25000, on_hand=10), loose(store)
    sold = sell(store, {atta: 2, dal: 330})
    sale = sold.sale
    # 149.90 a kilo: 49.467 for 330 g
    assert (sale.items_total, sale.rounding, sale.total) == (54947, -47, 54900)
    assert (sale.paid_by, sale.actor, sold.replayed) == ("cash", SHOP, False)
    lines = list(sale.lines.values_list("n", "name", "quantity", "price", "per", "amount"))
    assert lines[1] == (2, "Arhar dal", 330, 14990, 1000, 4947)
    first = sale.lines.get(n=1)
    assert (first.gst_bps, first.taxable, first.cgst, first.sgst) == (500, 47620, 1190, 1190)
    assert figures(atta) == (8, 0)
    assert figures(dal) == (4670, 0)
    movement = atta.movements.latest("id")
    assert (movement.kind, movement.delta, movement.reference, movement.actor) == (
        "counter_sale",
        -2,
        sale.pk,
        SHOP,
    )
    assert not Txn.objects.exists()


def test_upi_is_taken_to_the_paisa(store):
    sale = sell(store, {loose(store): 330}, paid_by="upi").sale
    assert (sale.rounding, sale.total) == (0, 4947)


def test_a_shop_outside_gst_charges_none(store):
    store = make_store(tax_status="composition")
    line = sell(store, {make_listing(store): 1}).sale.lines.get()
    assert (line.gst_bps, line.taxable, line.cgst) == (0, 25000, 0)


def test_packets_no_count_knew_of_are_found_first(store):
    listing = make_listing(store, on_hand=1)
    sale = sell(store, {listing: 3}).sale
    assert figures(listing) == (0, 0)
    found, gone = listing.movements.order_by("-id")[:2][::-1]
    assert (found.kind, found.delta, found.reason) == ("correction", 2, "found at the counter")
    assert (gone.kind, gone.delta) == ("counter_sale", -3)
    assert found.reference == gone.reference == sale.pk


def test_what_is_set_aside_is_sold_only_on_the_shops_word(store):
    listing = make_listing(store, product=make_product(name="Ghee"), on_hand=4)
    old = place_order(store, {listing.pk: 1})
    new = place_order(store, {listing.pk: 2})
    with pytest.raises(HeldForOrders) as refused:
        sell(store, {listing: 2})
    assert str(refused.value) == f"Set aside for orders: 2 pc Ghee ({new.number})."
    assert refused.value.params["lines"][0]["orders"] == [new.number]
    assert figures(listing) == (4, 3)
    assert not CounterSale.objects.exists()
    sell(store, {listing: 2}, take_held=True)
    assert figures(listing) == (2, 1)
    flag = new.flags.open().get()
    assert (flag.listing_id, flag.quantity) == (listing.pk, 2)
    assert not old.flags.open().exists()


def test_more_than_is_there_and_set_aside_takes_all(store):
    listing = make_listing(store, on_hand=2)
    order = place_order(store, {listing.pk: 2})
    with pytest.raises(HeldForOrders):
        sell(store, {listing: 3})
    assert figures(listing) == (2, 2)
    sell(store, {listing: 3}, take_held=True)
    assert figures(listing) == (0, 0)
    assert order.flags.open().count() == 1
    assert broken_invariants(connection) == []


def test_what_is_not_set_aside_is_free(store):
    listing = make_listing(store, on_hand=4)
    place_order(store, {listing.pk: 3})
    sell(store, {listing: 1})
    assert figures(listing) == (3, 3)


def test_hidden_and_uncounted_goods_are_sold_too(store):
    hidden, bread = (
        make_listing(store, on_hand=2),
        make_listing(store, policy="on_shelf", on_shelf=False, on_hand=0),
    )
    set_shown(store_id=store.pk, listing_id=hidden.pk, shown=False, actor=SHOP)
    sell(store, {hidden: 1, bread: 5})
    assert figures(hidden) == (1, 0)
    bread.refresh_from_db()
    assert (bread.on_hand, bread.on_shelf, bread.movements.count()) == (0, False, 0)


def test_goods_past_their_date_are_refused_and_good_ones_go_first_to_expire(store):
    listing = make_listing(store, on_hand=0)
    today = business_date()
    about = {"store_id": store.pk, "listing_id": listing.pk, "actor": SHOP}
    for code, days, quantity in [("LATE", 60, 3), ("SOON", 20, 2), ("TODAY", 0, 1)]:
        label = Label(code=code, expires_on=today + timedelta(days=days))
        receive_stock(**about, quantity=quantity, label=label)
    sell(store, {listing: 2})
    left = dict(listing.batches.values_list("code", "on_hand"))
    assert left == {"LATE": 3, "SOON": 1, "TODAY": 0}
    with travel(days=30):
        with pytest.raises(PastItsDate):
            sell(store, {listing: 4})
        assert figures(listing) == (4, 0)
        sell(store, {listing: 3})
    assert dict(listing.batches.values_list("code", "on_hand")) == {
        "LATE": 0,
        "SOON": 1,
        "TODAY": 0,
    }


def test_the_same_request_is_one_sale_and_another_body_is_refused(store):
    listing = make_listing(store, on_hand=10)
    first = sell(store, {listing: 2}, idempotency_key="ticket-1")
    again = sell(store, {listing: 2}, idempotency_key="ticket-1")
    assert (again.sale.pk, again.replayed) == (first.sale.pk, True)
    with pytest.raises(KeyReused):
        sell(store, {listing: 3}, idempotency_key="ticket-1")
    with pytest.raises(KeyReused):
        sell(store, {listing: 2}, idempotency_key="ticket-1", paid_by="upi")
    assert sell(store, {listing: 2}, idempotency_key="ticket-1", actor="person:helper").sale.pk
    assert figures(listing) == (6, 0)
    assert CounterSaleLine.objects.count() == 2


def test_nonsense_sells_nothing(store):
    listing = make_listing(store)
    theirs = make_listing(make_store())
    for refusal, changes in [
        (EmptyOrder, {"lines": []}),
        (InvalidInput, {"lines": [Wanted(listing.pk, 0)]}),
        (InvalidInput, {"paid_by": "khata"}),
        (InvalidInput, {"idempotency_key": ""}),
        (UnknownListing, {"lines": [Wanted(theirs.pk, 1)]}),
        (UnknownStore, {"store_id": uuid4()}),
        (TotalChanged, {"expected_total": 24900}),
        (BillTooHigh, {"lines": [Wanted(listing.pk, 800)]}),
    ]:
        with pytest.raises(refusal):
            sell(store, {listing: 1}, **changes)
    assert figures(listing) == (10, 0)
    assert not CounterSale.objects.exists()
    assert sell(store, {listing: 1}, expected_total=25000).sale.total == 25000


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_is_one_sale(two_connections):
    store = make_store()
    listing = make_listing(store, on_hand=1)
    outcomes = two_connections(
        lambda: str(sell(store, {listing: 1}, idempotency_key="ticket-1").sale.pk)
    )
    assert len(set(outcomes)) == 1
    assert figures(listing) == (0, 0)
    assert CounterSale.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_twin_that_is_still_at_work_is_said_to_be(elsewhere):
    store = make_store()
    listing = make_listing(store, on_hand=2)
    with elsewhere(lambda: sell(store, {listing: 1}, idempotency_key="ticket-1")):
        with pytest.raises(RequestInFlight):
            sell(store, {listing: 1}, idempotency_key="ticket-1")
        assert not CounterSale.objects.exists()
    assert sell(store, {listing: 1}, idempotency_key="ticket-1").replayed
    assert figures(listing) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_counter_and_web_never_sell_the_same_packet(concurrently):
    store = make_store()
    listing = make_listing(store, on_hand=5)
    outcomes = concurrently(
        [lambda: str(place_order(store, {listing.pk: 1}).state) for _ in range(4)]
        + [lambda: str(sell(store, {listing: 1}).sale.paid_by) for _ in range(4)]
    )
    on_hand, held = figures(listing)
    sold = StockMovement.objects.filter(listing=listing, kind="counter_sale").count()
    assert held == outcomes.count("confirmed")
    assert sold == outcomes.count("cash")
    assert on_hand == 5 - sold
    assert on_hand >= held
    assert set(outcomes) <= {"confirmed", "cash", "out_of_stock", "held_for_orders"}
    assert broken_invariants(connection) == []


def test_the_same_key_with_another_total_is_refused():
    store = make_store()
    listing = make_listing(store)
    sale = {
        "store_id": store.pk,
        "actor": "key:1",
        "idempotency_key": "bill 7",
        "lines": [services.Wanted(listing.pk, 1)],
        "paid_by": "cash",
    }
    first = services.sell_over_counter(**sale).sale
    assert services.sell_over_counter(**sale, expected_total=first.total).replayed
    with pytest.raises(KeyReused):
        services.sell_over_counter(**sale, expected_total=first.total + 100)
    assert CounterSale.objects.count() == 1
