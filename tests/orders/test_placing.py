import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from marketplace.core.clock import INDIA, business_date, travel
from marketplace.core.errors import InvalidInput
from marketplace.core.models import OutboxEntry
from orders.carts import Owner
from orders.errors import (
    BelowMinimum,
    BillTooHigh,
    EmptyOrder,
    KeyReused,
    NoPickup,
    NotDelivered,
    SlotFull,
    StoreClosed,
    TotalChanged,
)
from orders.models import Order, OrderEvent, OrderLine, State
from orders.services import DeliveryAddress, Wanted, place
from payments.upi.models import PaymentAttempt
from stores.inventory.errors import BadQuantity, OutOfStock, UnknownListing
from stores.inventory.models import Hold, Listing
from stores.inventory.services import set_price
from stores.shops.models import DeliverySlot, SlotDay
from stores.shops.validators import WEEKDAYS
from tests.factories import make_listing, make_product, make_store, put_in_basket
from tests.orders.building import ASHA, HOME, place_order

pytestmark = pytest.mark.django_db


def nothing_happened() -> bool:
    return not (
        Order.objects.exists()
        or Hold.objects.exists()
        or OutboxEntry.objects.exists()
        or Listing.objects.filter(held__gt=0).exists()
    )


def test_a_cash_order_holds_stock_and_is_confirmed_at_once():
    store = make_store(delivery_fee=2000)
    listing = make_listing(store, price=25050, on_hand=10)
    order = place_order(store, {listing.pk: 3})
    assert (order.state, order.items_total, order.delivery_fee) == ("confirmed", 75150, 2000)
    assert (order.rounding, order.total) == (50, 77200)
    listing.refresh_from_db()
    assert (listing.on_hand, listing.held) == (10, 3)
    assert list(Hold.objects.values_list("reference", "quantity", "state")) == [
        (order.pk, 3, "open")
    ]
    assert list(order.events.values_list("version", "before", "after", "actor")) == [
        (1, "", "confirmed", "person:asha")
    ]
    assert set(OutboxEntry.objects.values_list("event", flat=True)) == {"order.confirmed"}


def test_a_upi_order_awaits_its_payment_and_tells_nobody_yet():
    store = make_store(delivery_fee=0)
    listing = make_listing(store, price=25050)
    order = place_order(store, {listing.pk: 1}, payment_method="upi")
    assert (order.state, order.rounding, order.total) == ("awaiting_payment", 0, 25050)
    attempt = PaymentAttempt.objects.get()
    assert (attempt.reference, attempt.amount) == (order.pk, 25050)
    assert attempt.expires_at < order.due_at, "the hold outlives the payment window"
    assert not OutboxEntry.objects.exists()


def test_gst_is_taken_out_of_each_line():
    store = make_store(delivery_fee=0)
    listing = make_listing(store, price=10500, mrp=None)  # 5 %
    line = place_order(store, {listing.pk: 1}).lines.get()
    assert (line.taxable, line.cgst, line.sgst, line.gst_bps) == (10000, 250, 250, 500)


@pytest.mark.parametrize("status", ["composition", "unregistered"])
def test_a_shop_that_charges_no_gst_has_none_in_its_lines(status):
    store = make_store(tax_status=status, gstin="" if status == "unregistered" else "07X")
    listing = make_listing(store, price=10500, mrp=None)
    line = place_order(store, {listing.pk: 1}).lines.get()
    assert (line.taxable, line.cgst, line.gst_bps) == (10500, 0, 0)


def test_loose_goods_are_charged_by_weight():
    store = make_store(delivery_fee=0)
    loose = make_product(
        packed=False, base_unit="g", pack_quantity=None, pack_unit="", name="Tur dal"
    )
    listing = make_listing(
        store, product=loose, price=16550, mrp=None, per=1000, step=250, minimum=250, on_hand=9000
    )
    line = place_order(store, {listing.pk: 750}).lines.get()
    assert (line.quantity, line.unit, line.amount) == (750, "g", 12413)  # 124.125 half up
    for off in (100, 300):
        with pytest.raises(BadQuantity) as refused:
            place_order(store, {listing.pk: off})
    assert str(refused.value) == "Tur dal is sold from 250 g, in steps of 250 g."


def test_several_lines_of_one_listing_are_summed():
    store = make_store()
    listing = make_listing(store, on_hand=5)
    twice = [Wanted(listing.pk, 3), Wanted(listing.pk, 3)]
    with pytest.raises(OutOfStock):
        place_order(store, {}, lines=twice)
    assert nothing_happened()
    order = place_order(store, {}, lines=[Wanted(listing.pk, 3), Wanted(listing.pk, 2)])
    assert order.lines.get().quantity == 5


def test_every_short_listing_is_named_and_nothing_is_held():
    store = make_store()
    short = [make_listing(store, on_hand=1) for _ in range(2)]
    plenty = make_listing(store, on_hand=10)
    with pytest.raises(OutOfStock) as refused:
        place_order(store, {short[0].pk: 2, plenty.pk: 1, short[1].pk: 2})
    assert {line["listing_id"] for line in refused.value.params["lines"]} == {
        str(listing.pk) for listing in short
    }
    assert refused.value.params["lines"][0]["available"] == 1
    assert nothing_happened()


def test_a_hidden_listing_cannot_be_bought():
    store = make_store()
    listing = make_listing(store)
    Listing.objects.filter(pk=listing.pk).update(shown=False)
    with pytest.raises(OutOfStock):
        place_order(store, {listing.pk: 1})


def test_a_foreign_listing_is_unknown():
    store, other = make_store(), make_store()
    with pytest.raises(UnknownListing):
        place_order(store, {make_listing(other).pk: 1})
    assert nothing_happened()


@pytest.mark.parametrize(
    ("shop", "changes", "error"),
    [
        ({"accepting_orders": False}, {}, StoreClosed),
        ({"hours": {}}, {}, StoreClosed),
        ({"status": "suspended"}, {}, StoreClosed),
        ({"offers_delivery": False}, {}, NotDelivered),
        ({}, {"address": DeliveryAddress("far away", "400001")}, NotDelivered),
        ({}, {"address": DeliveryAddress("far", "400001", 18.93, 72.83)}, NotDelivered),
        ({}, {"address": None}, NotDelivered),
        ({"offers_pickup": False}, {"fulfilment": "pickup"}, NoPickup),
        ({"minimum_order": 30000}, {}, BelowMinimum),
        ({}, {"expected_total": 1}, TotalChanged),
        ({}, {"lines": []}, EmptyOrder),
    ],
)
def test_what_the_shop_does_not_do_is_refused_and_nothing_changes(shop, changes, error):
    store = make_store(**shop)
    listing = make_listing(store)
    with pytest.raises(error):
        place_order(store, {listing.pk: 1}, **changes)
    assert nothing_happened()


def test_an_address_within_the_radius_is_served_whatever_its_pincode():
    store = make_store(delivery_pincodes=[], delivery_radius=3000)
    listing = make_listing(store)
    near = DeliveryAddress("Janpath", "110011", store.latitude + 0.02, store.longitude)
    assert place_order(store, {listing.pk: 1}, address=near).state == State.CONFIRMED


def test_a_minimum_says_what_is_missing():
    store = make_store(minimum_order=30000)
    with pytest.raises(BelowMinimum) as refused:
        place_order(store, {make_listing(store, price=25000).pk: 1})
    assert str(refused.value) == "The smallest order here is ₹300; add ₹50 more."


def test_the_same_key_and_body_is_the_same_order():
    store = make_store()
    listing = make_listing(store, on_hand=10)
    key = str(uuid4())
    first = place_order(store, {listing.pk: 1}, idempotency_key=key)
    # also when the price has moved and the stock has gone meanwhile
    set_price(store_id=store.pk, listing_id=listing.pk, price=100, actor="system")
    Listing.objects.filter(pk=listing.pk).update(shown=False)
    assert place_order(store, {listing.pk: 1}, idempotency_key=key).pk == first.pk
    assert (Order.objects.count(), OrderLine.objects.count(), OrderEvent.objects.count()) == (
        1,
        1,
        1,
    )


def test_the_same_key_with_another_body_is_refused():
    store = make_store()
    listing = make_listing(store)
    key = str(uuid4())
    place_order(store, {listing.pk: 1}, idempotency_key=key)
    with pytest.raises(KeyReused):
        place_order(store, {listing.pk: 2}, idempotency_key=key)
    assert Order.objects.count() == 1


def test_keys_of_others_and_of_other_shops_do_not_clash():
    store, other = make_store(), make_store()
    for shop, actor in [(store, "person:a"), (store, "key:b"), (other, "person:a")]:
        place_order(shop, {make_listing(shop).pk: 1}, idempotency_key="same", actor=actor)
    assert Order.objects.count() == 3


def test_a_short_code_already_taken_is_replaced(monkeypatch):
    store = make_store()
    monkeypatch.setattr("marketplace.core.ids.secrets.choice", lambda _: "A")
    first = place_order(store, {make_listing(store).pk: 1})
    assert first.code == "AAAA-AAAA"
    letters = iter("AAAAAAAABBBBBBBB")
    monkeypatch.setattr("marketplace.core.ids.secrets.choice", lambda _: next(letters))
    assert place_order(store, {make_listing(store).pk: 1}).code == "BBBB-BBBB"


def test_ordering_empties_that_cart_only():
    store, owner = make_store(), Owner(person_id=uuid4())
    listing = make_listing(store)
    cart = put_in_basket(listing, owner, 2)
    place_order(store, {listing.pk: 2}, cart_id=cart.pk)
    assert cart.lines.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["cash", "upi"])
def test_three_statements_however_many_lines(method):
    store = make_store()
    listings = [make_listing(store) for _ in range(50)]
    counts = {}
    for lines in (1, 5, 50):
        owner = Owner(person_id=uuid4())
        for listing in listings[:lines]:
            cart = put_in_basket(listing, owner)
        with CaptureQueriesContext(connection) as queries:
            place_order(
                store,
                {listing.pk: 1 for listing in listings[:lines]},
                payment_method=method,
                cart_id=cart.pk,
            )
        counts[lines] = sum(query["sql"] not in {"BEGIN", "COMMIT"} for query in queries)
    assert counts == {1: 3, 5: 3, 50: 3}
    assert Listing.objects.aggregate(held=Sum("held"))["held"] == 56


def test_place_takes_the_contact_as_it_is():
    store = make_store()
    placed = place(
        store_id=store.pk,
        actor="key:partner",
        idempotency_key="1",
        via="api",
        lines=[Wanted(make_listing(store).pk, 1)],
        fulfilment="delivery",
        payment_method="cash",
        contact=ASHA,
        address=HOME,
    )
    assert not placed.replayed
    assert (placed.order.contact_name, placed.order.person_id) == ("Asha", None)


def test_too_little_to_cost_a_paisa_is_not_sold():
    store = make_store(delivery_fee=0)
    loose = make_listing(
        store, product=make_product(packed=False, base_unit="g"), price=100, per=1000, mrp=None
    )
    for method in ("upi", "cash"):
        with pytest.raises(BadQuantity) as refused:
            place_order(store, {loose.pk: 4}, payment_method=method)
        assert refused.value.params["minimum"] == "5 g"
    assert place_order(store, {loose.pk: 5}, payment_method="upi").total == 1
    assert Order.objects.count() == 1


def test_the_shop_has_its_minutes_from_the_moment_of_a_cash_order():
    order = place_order((store := make_store(accept_minutes=10)), {make_listing(store).pk: 1})
    assert (order.accept_by - order.placed_at).total_seconds() == pytest.approx(600, abs=1)
    unpaid = place_order(store, {make_listing(store).pk: 1}, payment_method="upi")
    assert unpaid.accept_by is None, "nobody can accept what is not paid"


def test_what_is_to_happen_with_goods_that_are_out_is_part_of_the_request():
    store = make_store()
    basket, key = {make_listing(store).pk: 1}, str(uuid4())
    assert place_order(store, basket).if_unavailable == "call"
    order = place_order(store, basket, idempotency_key=key, if_unavailable="remove")
    order.refresh_from_db()
    assert order.if_unavailable == "remove"
    with pytest.raises(KeyReused):
        place_order(store, basket, idempotency_key=key, if_unavailable="replace")
    with pytest.raises(InvalidInput):
        place_order(store, basket, if_unavailable="shrug")


def test_a_key_keeps_its_order_though_requests_can_say_more_now():
    store = make_store()
    listing = make_listing(store)
    order = place_order(store, {listing.pk: 1})
    # as it was written before there were slots and wishes for goods that are out
    before = [
        [(str(listing.pk), 1)],
        ["delivery", "cash", "4 Hailey Road", "110001", ""],
        ["Asha", "+919810012345"],
        None,
    ]
    assert order.request_hash == sha256(json.dumps(before).encode()).hexdigest()


def test_the_customers_language_is_part_of_the_request():
    store, key = make_store(), str(uuid4())
    basket = {make_listing(store).pk: 1}
    order = place_order(store, basket, idempotency_key=key, contact=replace(ASHA, language="en"))
    with pytest.raises(KeyReused):
        place_order(store, basket, idempotency_key=key)
    assert order.language == "en"


@pytest.mark.parametrize(
    ("method", "most"), [("upi", 1_00_000_00), ("cash", 1_99_999_00)], ids=["upi", "cash"]
)
def test_no_more_than_can_be_paid_at_once(method, most):
    store = make_store(delivery_fee=0)
    listing = make_listing(store, price=100, mrp=None, policy="on_shelf", on_shelf=True)
    dear = make_listing(store, price=10**10, mrp=None, policy="on_shelf", on_shelf=True)
    assert place_order(store, {listing.pk: most // 100}, payment_method=method).total == most
    for wanted in ({listing.pk: most // 100 + 1}, {dear.pk: 10**6}):
        with pytest.raises(BillTooHigh):
            place_order(store, wanted, payment_method=method)
    assert Order.objects.count() == 1


def test_an_order_for_a_slot_is_taken_while_the_shop_sleeps():
    store = make_store(hours={day: [["09:00", "12:00"]] for day in WEEKDAYS})
    listing = make_listing(store)
    night = datetime.combine(business_date() + timedelta(days=1), time(3), INDIA)
    slot = DeliverySlot.objects.create(
        store=store, weekday=night.weekday(), starts=time(10), ends=time(11), capacity=1
    )
    with travel(to=night):
        with pytest.raises(StoreClosed):
            place_order(store, {listing.pk: 1})
        about = {"slot_id": slot.pk, "slot_day": night.date()}
        key = str(uuid4())
        order = place_order(store, {listing.pk: 1}, **about, idempotency_key=key)
        order.refresh_from_db()
        assert order.slot_starts_at == datetime.combine(night.date(), time(10), INDIA)
        assert place_order(store, {listing.pk: 1}, **about, idempotency_key=key).pk == order.pk
        with pytest.raises(KeyReused):
            place_order(store, {listing.pk: 1}, idempotency_key=key)
        with pytest.raises(SlotFull):
            place_order(store, {listing.pk: 1}, **about)
        store.accepting_orders = False
        store.save()
        with pytest.raises(StoreClosed):
            place_order(store, {listing.pk: 1}, **about)
    assert (Order.objects.count(), SlotDay.objects.get().taken) == (1, 1)
    with pytest.raises(InvalidInput):
        place_order(store, {listing.pk: 1}, slot_id=slot.pk)
