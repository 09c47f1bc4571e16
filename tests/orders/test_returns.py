"""Goods that come back after delivery: in time, at most what was packed, paid back to the paisa."""

import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.clock import business_date, travel
from marketplace.core.errors import InvalidInput
from marketplace.core.money import apply_bps
from orders import services
from orders.errors import (
    EmptyReturn,
    NotRestockable,
    NotReturnable,
    ReturnAlreadyOpen,
    ReturnDecided,
    ReturnWindowOver,
    TooMuchReturned,
    UnknownOrder,
    UnknownReturn,
)
from orders.models import Order, Return, ReturnLine
from payments.ledger.models import Leg
from payments.ledger.selectors import balance
from payments.ledger.verify import verify
from payments.settlement.selectors import statement
from payments.settlement.services import settle_store
from payments.upi.models import Refund
from stores.inventory.models import Listing, StockMovement
from tests.factories import make_listing, make_product, make_store
from tests.invariants import broken_invariants
from tests.orders.building import deliver_order, place_order
from tests.upi.words import balances

pytestmark = pytest.mark.django_db

SHOP, ASHA = "person:shopkeeper", "person:asha"


@pytest.fixture
def store() -> Any:
    return make_store(delivery_fee=2000, return_days=2)


def ask(order: Order, quantities: list[int], **changes: Any) -> Return:
    """Ask for so many base units of each line, in their order; nothing where it is zero."""
    lines = {
        line.pk: quantity
        for line, quantity in zip(order.lines.all(), quantities, strict=True)
        if quantity
    }
    values = {"actor": ASHA, "reason": "not_needed", "lines": lines}
    return services.ask_return(store_id=order.store_id, order_id=order.pk, **values | changes)


def take(asked: Return, **changes: Any) -> Return:
    values = {"store_id": asked.store_id, "order_id": asked.order_id, "return_id": asked.pk}
    return services.take_return(**{**values, "actor": SHOP, **changes})


def books(store: Any) -> dict[str, int]:
    assert verify() == []
    return balances(store.pk)


def test_the_days_to_return_are_those_of_the_sale(store):
    order = deliver_order(store, {make_listing(store).pk: 1})
    store.return_days = 0
    store.save()
    with travel(days=2):
        assert ask(Order.objects.get(pk=order.pk), [1]).state == "asked"
    with travel(days=3), pytest.raises(ReturnWindowOver):
        ask(order, [1])


def test_a_quarter_of_a_prepaid_order_comes_back(store):
    """₹1,000 of goods at 3 %: 7.50 + 1.35 + 1.19 of charges go back to the shop, the TDS does not."""
    listing = make_listing(store, price=25000, on_hand=10)
    order = deliver_order(store, {listing.pk: 4}, payment_method="upi")
    before = books(store)
    asked = ask(order, [1], note="One too many")
    assert (asked.state, asked.amount, asked.asked_by) == ("asked", 25000, ASHA)
    assert books(store) == before
    taken = take(asked, restock=[order.lines.get().pk])
    order.refresh_from_db()
    assert (taken.state, taken.decided_by) == ("taken", SHOP)
    assert (order.state, order.total, order.captured, order.refunded) == (
        "delivered",
        102000,
        102000,
        25000,
    )
    assert (order.lines.get().packed, order.lines.get().returned) == (4, 1)
    after = books(store)
    assert {key: after.get(key, 0) - before.get(key, 0) for key in after | before} == {
        "psp_clearing": 0,
        "refund_in_transit": -25000,
        "payable": 25000 - 750 - 135 - 119,
        "commission": 750,
        "gst_on_commission": 135,
        "tcs_payable": 119,
        "tds_payable": 0,
    }
    refund = Refund.objects.get()
    assert (refund.amount, refund.source, refund.key) == (25000, "payable", f"return:{asked.pk}")
    listing.refresh_from_db()
    assert listing.on_hand == 7
    movement = listing.movements.latest("id")
    assert (movement.kind, movement.delta, movement.reference) == ("return", 1, order.pk)
    assert list(order.events.order_by("version").values_list("version", "after", "reason"))[
        -2:
    ] == [
        (7, "delivered", "return asked for"),
        (8, "delivered", "goods taken back"),
    ]


def test_goods_that_cannot_be_sold_again_move_no_stock(store):
    listing = make_listing(store, on_hand=10)
    order = deliver_order(store, {listing.pk: 2})
    asked = ask(order, [1], reason="damaged")
    with pytest.raises(NotRestockable):
        take(asked, restock=[order.lines.get().pk])
    asked.refresh_from_db()
    assert asked.state == "asked"
    take(asked)
    listing.refresh_from_db()
    assert listing.on_hand == 8
    assert not listing.movements.filter(kind=StockMovement.Kind.RETURN).exists()
    assert not ReturnLine.objects.get().restock


def test_the_shop_pays_a_cash_customer_back_in_rupees_and_owes_us_less(store):
    """₹75.55 x 2 + ₹20 = 171.10, paid as 171; one comes back for ₹76, both for ₹151 in all."""
    listing = make_listing(store, price=7555, mrp=None)
    order = deliver_order(store, {listing.pk: 2})
    assert (order.total, order.rounding) == (17100, -10)
    owed = books(store)["payable"]
    first = take(ask(order, [1]))
    assert (first.amount, first.lines.get().amount) == (7600, 7555)
    assert not Refund.objects.exists()
    # commission 4.53 -> 2.27, GST on it .82 -> .41, TCS .81 -> .45 (0.5 % of 143.90 and 19.04);
    # the rupee cost the shop 45 paise
    assert books(store)["payable"] - owed == -(226 + 41 + 36) - 45
    second = take(ask(order, [1]))
    assert (second.amount, second.lines.get().amount) == (7500, 7555)
    order.refresh_from_db()
    assert (order.captured, order.refunded) == (0, 0)
    # only the TDS on the sale and the TCS on the delivery, of which ₹20 were kept
    assert books(store) == {"payable": 17 + 10, "tds_payable": -17, "tcs_payable": -10}


def test_the_delivery_fee_goes_back_when_all_was_the_shops_fault(store):
    listing, other = make_listing(store), make_listing(store)
    order = deliver_order(store, {listing.pk: 2, other.pk: 1}, payment_method="upi")
    assert take(ask(order, [2, 0], reason="wrong_item")).amount == 50000
    assert take(ask(order, [0, 1], reason="expired")).amount == 25000 + 2000
    order.refresh_from_db()
    assert order.refunded == order.captured == 77000
    # the money is on its way back, and the shop owes the TDS on a sale that it made
    assert books(store) == {
        "psp_clearing": 77000,
        "refund_in_transit": -77000,
        "payable": 77,
        "tds_payable": -77,
    }


def test_the_delivery_fee_stays_when_something_was_just_not_needed(store):
    listing = make_listing(store)
    order = deliver_order(store, {listing.pk: 2}, payment_method="upi")
    take(ask(order, [1], reason="not_needed"))
    assert take(ask(order, [1], reason="damaged")).amount == 25000
    order.refresh_from_db()
    assert order.captured - order.refunded == 2000


def test_loose_goods_come_back_by_weight(store):
    listing = make_listing(
        store,
        product=make_product(packed=False, base_unit="g", pack_quantity=None, pack_unit=""),
        price=6050,
        per=1000,
        mrp=None,
        step=250,
        minimum=250,
        on_hand=5000,
    )
    order = deliver_order(store, {listing.pk: 1500}, payment_method="upi")
    amounts = [take(ask(order, [grams])).amount for grams in (333, 333, 834)]
    # 60.50 a kilo: 90.75 for 1.5 kg
    assert amounts == [2015, 2014, 5046]
    assert sum(amounts) == order.items_total == 9075


def test_the_window_closes_after_its_last_day(store):
    order = deliver_order(store, {make_listing(store).pk: 1})
    last_day = business_date(order.delivered_at) + timedelta(days=2)
    assert services.last_return_day(order) == last_day
    with travel(days=3):
        assert not services.can_be_returned(order)
        with pytest.raises(ReturnWindowOver) as refused:
            ask(order, [1])
    assert refused.value.params["last_day"] == last_day.isoformat()
    assert str(last_day.day) in str(refused.value)
    assert not Return.objects.exists()
    with travel(days=2):
        assert services.can_be_returned(order)
        ask(order, [1])
    with travel(days=9):
        assert take(Return.objects.get()).state == "taken"


def test_only_what_was_delivered_and_not_yet_returned_comes_back(store):
    listing = make_listing(store)
    with pytest.raises(NotReturnable):
        ask(place_order(store, {listing.pk: 1}), [1])
    order = deliver_order(store, {listing.pk: 3})
    with pytest.raises(TooMuchReturned) as refused:
        ask(order, [4])
    assert "3 pc" in str(refused.value)
    take(ask(order, [2]))
    with pytest.raises(TooMuchReturned) as refused:
        ask(order, [2])
    assert "1 pc" in str(refused.value)
    with pytest.raises(EmptyReturn):
        ask(order, [0])
    with pytest.raises(EmptyReturn):
        ask(order, [0], lines={order.lines.get().pk: -1})
    with pytest.raises(InvalidInput):
        ask(order, [1], reason="bored")
    with pytest.raises(InvalidInput):
        ask(order, [0], lines={uuid4(): 1})
    with pytest.raises(UnknownOrder):
        services.ask_return(
            store_id=make_store().pk,
            order_id=order.pk,
            actor=ASHA,
            reason="damaged",
            lines={order.lines.get().pk: 1},
        )
    assert Return.objects.count() == 1
    assert order.lines.get().returned == 2


def test_one_return_waits_at_a_time(store):
    order = deliver_order(store, {make_listing(store).pk: 3})
    first = ask(order, [1])
    with pytest.raises(ReturnAlreadyOpen):
        ask(order, [1])
    services.withdraw_return(store_id=store.pk, order_id=order.pk, return_id=first.pk, actor=ASHA)
    assert ask(order, [3]).amount == 75000
    assert order.lines.get().returned == 0


def test_a_declined_return_says_why_and_moves_nothing(store):
    listing = make_listing(store)
    order = deliver_order(store, {listing.pk: 1}, payment_method="upi")
    before, legs = books(store), Leg.objects.count()
    asked = ask(order, [1])
    which = {"store_id": store.pk, "order_id": order.pk, "return_id": asked.pk, "actor": SHOP}
    with pytest.raises(InvalidInput):
        services.decline_return(**which, reason=" ")
    assert services.decline_return(**which, reason="It was opened").answer == "It was opened"
    for again in (services.take_return, services.withdraw_return):
        with pytest.raises(ReturnDecided):
            again(**which)
    with pytest.raises(UnknownReturn):
        take(asked, return_id=uuid4())
    order.refresh_from_db()
    listing.refresh_from_db()
    assert (order.refunded, order.lines.get().returned, listing.on_hand) == (0, 0, 9)
    assert (books(store), Leg.objects.count()) == (before, legs)


def test_a_return_after_the_payout_is_carried_forward_and_explained(store):
    listing = make_listing(store, price=25000)
    today = business_date()
    order = deliver_order(store, {listing.pk: 2}, payment_method="upi")
    assert settle_store(store_id=store.pk, upto=today).net == 52000 - 1500 - 270 - 52 - 248
    take(ask(order, [2]))
    # 500.00 went to the customer; 15.00 + 2.70 + 2.38 came back to the shop
    assert balance(store.pk, "payable") == 50000 - 2008
    assert settle_store(store_id=store.pk, upto=today) is None
    deliver_order(store, {listing.pk: 4}, payment_method="upi")
    settlement = settle_store(store_id=store.pk, upto=today)
    told = statement(settlement)
    assert {row.kind for row in told.rows} == {"delivery", "refund_started", "goods_returned"}
    assert (told.totals.gross, told.totals.refunds, told.totals.other) == (102000, -50000, 0)
    assert told.totals.commission == -3000 + 1500
    assert told.totals.tds == -102
    assert told.totals.net == settlement.net == balance(store.pk, "payout_in_transit") * -1 - 49930
    assert balance(store.pk, "payable") == 0


def test_a_statement_calls_cash_paid_back_a_refund(store):
    listing = make_listing(store, price=25000)
    deliver_order(store, {listing.pk: 4}, payment_method="upi")
    order = deliver_order(store, {listing.pk: 2})
    take(ask(order, [1]))
    rows = {
        row.kind: row.amounts
        for row in statement(settle_store(store_id=store.pk, upto=business_date())).rows
    }
    row = rows["cash_goods_returned"]
    assert (row.gross, row.refunds, row.cash_set_off) == (0, -25000, 25000)
    assert (row.commission, row.gst_on_commission, row.tcs, row.tds) == (750, 135, 119, 0)
    assert (row.net, row.other) == (750 + 135 + 119, 0)


def test_what_a_return_is_made_of_adds_up_with_the_fee_and_the_rupees(store):
    listing = make_listing(store, price=7555, mrp=None)
    order = deliver_order(store, {listing.pk: 2})
    fault, other = services.rest_back(order, order.lines.all())
    assert (fault.total, fault.delivery_fee, other.total) == (17100, 2000, 15100)
    for _ in range(2):
        take(ask(order, [1], reason="expired"))
    made = [back for _, back in services.itemise(order, order.returns.all())]
    assert [(back.goods, back.delivery_fee, back.rounding) for back in made] == [
        (7555, 0, 45),
        (7555, 2000, -55),
    ]
    assert [back.total for back in made] == [each.amount for each in order.returns.all()]


@settings(max_examples=15)
@given(
    goods=st.lists(st.tuples(st.integers(10, 99_999), st.integers(1, 6)), min_size=1, max_size=3),
    method=st.sampled_from(["upi", "cash"]),
    seed=st.integers(0, 9999),
)
def test_returns_of_any_sizes_pay_back_exactly_the_lines(store, goods, method, seed):
    chance = random.Random(seed)
    wanted = {
        # the line's amount does not divide by its quantity
        make_listing(store, price=price, per=3, mrp=None, on_hand=50).pk: quantity
        for price, quantity in goods
    }
    order = deliver_order(store, wanted, payment_method=method)
    left = [quantity for _, quantity in goods]
    while any(left):
        part = [chance.randint(0, most) for most in left]
        if any(part):
            take(ask(order, part))
            left = [most - some for most, some in zip(left, part, strict=True)]
    for line in order.lines.all():
        paid = ReturnLine.objects.filter(line=line).aggregate(paid=Sum("amount"))["paid"]
        assert (paid, line.returned) == (line.amount, line.packed)
    paid = order.returns.aggregate(paid=Sum("amount"))["paid"]
    order.refresh_from_db()
    assert paid == order.total - order.delivery_fee
    assert order.refunded == (paid if method == "upi" else 0)
    undone = Leg.objects.filter(store_id=store.pk, txn__reference=order.pk)
    for account in ("commission", "gst_on_commission", "rounding"):
        assert undone.filter(account=account).balance() == 0
    kept = apply_bps(order.fee_taxable, order.tcs_bps)
    assert undone.filter(account="tcs_payable").balance() == -kept
    assert broken_invariants(connection) == []


@pytest.mark.django_db(transaction=True)
def test_two_takes_at_once_are_one_refund(two_connections):
    store = make_store(delivery_fee=0)
    listing = make_listing(store, on_hand=10)
    order = deliver_order(store, {listing.pk: 2}, payment_method="upi")
    asked, line = ask(order, [2]), order.lines.get()
    outcomes = two_connections(lambda: str(take(asked, restock=[line.pk]).state))
    assert sorted(outcomes) == ["return_decided", "taken"]
    order.refresh_from_db()
    assert (order.refunded, Refund.objects.count()) == (50000, 1)
    assert Listing.objects.get(pk=listing.pk).on_hand == 10
    assert broken_invariants(connection) == []


@pytest.mark.django_db(transaction=True)
def test_asking_twice_at_once_is_one_return(two_connections):
    store = make_store()
    order = deliver_order(store, {make_listing(store).pk: 2})
    outcomes = two_connections(lambda: str(ask(order, [1]).state))
    assert sorted(outcomes) == ["asked", "return_already_open"]
    assert Return.objects.count() == 1
