"""Orders on khata: credit is set aside with the order, owed with the delivery, given up with a cancel."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from marketplace.core.clock import business_date
from marketplace.core.errors import InvalidInput
from orders import services
from orders.errors import CostsMore
from orders.models import Order, Return
from payments.khata import services as khatas
from payments.khata.errors import (
    KhataClosed,
    OrderOnItsWay,
    OverLimit,
    OverLimitWithOrders,
)
from payments.khata.models import KhataEntry, KhataPromise
from payments.khata.selectors import credit_left, owed_by, promised_by, taken_off
from payments.ledger.models import Leg, Txn
from payments.settlement.selectors import statement
from payments.settlement.services import settle_store
from tests.factories import make_listing, make_store
from tests.invariants import broken_invariants
from tests.orders.building import captured_order, deliver_order, place_order

pytestmark = pytest.mark.django_db

SHOP = "person:shopkeeper"


@pytest.fixture
def khata(store):
    return open_khata(store, limit=1_000_00)


def open_khata(store, *, limit, phone="9810012345"):
    return khatas.open_khata(
        store_id=store.pk, phone=phone, name="Asha", limit=limit, actor="person:owner"
    )


def order_on(khata, store, wanted, **changes):
    return place_order(store, wanted, payment_method="khata", khata_id=khata.pk, **changes)


def delivered_on(khata, store, wanted):
    return deliver_order(store, wanted, payment_method="khata", khata_id=khata.pk)


def carry(khata, amount):
    return khatas.charge(
        store_id=khata.store_id,
        khata_id=khata.pk,
        kind="carried",
        amount=amount,
        key=str(uuid4()),
        actor=SHOP,
    )


def pay_back(khata, amount):
    return khatas.pay_back_cash(
        store_id=khata.store_id, khata_id=khata.pk, amount=amount, key=str(uuid4()), actor=SHOP
    )


def step(act, order, **more):
    return act(store_id=order.store_id, order_id=order.pk, actor=SHOP, **more)


def standing(khata):
    """What is owed, what is promised, and what can still be bought."""
    khata.refresh_from_db()
    return owed_by(khata), promised_by(khata), credit_left(khata)


def test_an_order_sets_credit_aside_and_is_confirmed_at_once(store, tea, khata):
    order = order_on(khata, store, {tea.pk: 3})
    assert (order.state, order.total, order.rounding) == ("confirmed", 300_00, 0)
    assert standing(khata) == (0, 300_00, 700_00)
    assert not Leg.objects.exists()
    assert broken_invariants(connection) == []


def test_delivered_it_is_owed_and_the_shop_owes_us_the_charges_only(store, tea, khata):
    order = delivered_on(khata, store, {tea.pk: 3})
    assert standing(khata) == (300_00, 0, 700_00)
    entry = KhataEntry.objects.get()
    assert (entry.kind, entry.note, entry.reference) == ("order", order.number, order.pk)
    legs = {(leg.txn.kind, leg.account): 0 for leg in Leg.objects.select_related("txn")}
    for leg in Leg.objects.select_related("txn"):
        legs[leg.txn.kind, leg.account] += leg.amount
    # 3 % of 300, and 18 % GST on that; TDS 0.1 %; TCS 0.5 % of the value without GST
    assert legs == {
        ("khata_charged", "khata"): 300_00,
        ("khata_charged", "khata_contra"): -300_00,
        ("khata_delivery", "cash_with_store"): 0,
        ("khata_delivery", "payable"): 9_00 + 1_62 + 30 + 1_43,
        ("khata_delivery", "commission"): -9_00,
        ("khata_delivery", "gst_on_commission"): -1_62,
        ("khata_delivery", "tds_payable"): -30,
        ("khata_delivery", "tcs_payable"): -1_43,
    }
    assert broken_invariants(connection) == []


def test_the_statement_shows_the_sale_and_what_the_shop_holds_of_it(store, tea, khata):
    delivered_on(khata, store, {tea.pk: 3})
    captured = deliver_order(store, {tea.pk: 5}, payment_method="upi")
    settlement = settle_store(store_id=store.pk, upto=business_date())
    rows = {row.kind: row.amounts for row in statement(settlement).rows}
    on_khata = rows["khata_delivery"]
    assert (on_khata.gross, on_khata.cash_set_off, on_khata.khata) == (300_00, -300_00, 0)
    assert on_khata.net == -(9_00 + 1_62 + 30 + 1_43)
    assert rows["delivery"].gross == captured.total


def test_beyond_the_limit_nothing_is_bought(store, tea, khata):
    carry(khata, 750_00)
    with pytest.raises(OverLimit, match="only ₹250 more on khata"):
        order_on(khata, store, {tea.pk: 3})
    assert not Order.objects.exists()
    tea.refresh_from_db()
    assert tea.held == 0
    order_on(khata, store, {tea.pk: 2})
    with pytest.raises(
        OverLimitWithOrders, match="has ordered for ₹200, of at most ₹1,000: only ₹50"
    ):
        order_on(khata, store, {tea.pk: 1})
    with pytest.raises(OverLimitWithOrders):
        carry(khata, 50_01)
    carry(khata, 50_00)
    assert standing(khata) == (800_00, 200_00, 0)


def test_the_counter_does_not_sell_what_an_order_is_promised(store, tea, khata):
    order_on(khata, store, {tea.pk: 9})
    with pytest.raises(OverLimit):
        services.sell_over_counter(
            store_id=store.pk,
            actor=SHOP,
            idempotency_key="till",
            lines=[services.Wanted(make_listing(store, price=101_00, mrp=None).pk, 1)],
            paid_by="khata",
            khata_id=khata.pk,
        )


def test_called_off_nothing_is_owed(store, tea, khata):
    for call_off in (services.cancel, services.reject):
        order = order_on(khata, store, {tea.pk: 2})
        step(call_off, order, reason="no")
        assert standing(khata) == (0, 0, 1_000_00)
    order = order_on(khata, store, {tea.pk: 2})
    step(services.accept, order)
    step(services.pack, order)
    step(services.cancel, order, reason="nobody came")
    assert standing(khata) == (0, 0, 1_000_00)
    assert not Txn.objects.exists()
    assert broken_invariants(connection) == []


def test_a_changed_order_changes_what_is_promised(store, tea, salt, khata):
    order = order_on(khata, store, {tea.pk: 5})
    edit = {"store_id": store.pk, "order_id": order.pk, "actor": "person:asha"}
    services.edit_order(**edit, quantities={tea.pk: 9}, by_customer=True)
    assert promised_by(khata) == 900_00
    with pytest.raises(OverLimit):
        services.edit_order(**edit, quantities={salt.pk: 6}, by_customer=True)
    order.refresh_from_db()
    assert (order.total, promised_by(khata)) == (900_00, 900_00)
    services.edit_order(**edit, quantities={tea.pk: 1}, by_customer=True)
    assert promised_by(khata) == 100_00


def test_what_is_left_out_is_not_promised_any_more(store, tea, salt, khata):
    order = order_on(khata, store, {tea.pk: 2, salt.pk: 1})
    step(services.accept, order)
    line = order.lines.get(listing=tea)
    services.mark_unavailable(
        store_id=store.pk, order_id=order.pk, line_id=line.pk, actor=SHOP, available=1
    )
    assert promised_by(khata) == 120_00
    assert broken_invariants(connection) == []


def test_weighed_a_little_over_it_is_billed_and_promised_within_the_limit(store, loose, khata):
    order = order_on(khata, store, {loose.pk: 2000})
    step(services.accept, order)
    with pytest.raises(CostsMore):
        step(services.pack, order, weights={loose.pk: 2300})
    khatas.change_khata(store_id=store.pk, khata_id=khata.pk, name="Asha", limit=205_00)
    with pytest.raises(OverLimit):
        step(services.pack, order, weights={loose.pk: 2100})
    order.refresh_from_db()
    assert (order.state, promised_by(khata)) == ("accepted", 200_00)
    step(services.pack, order, weights={loose.pk: 2040})
    assert promised_by(khata) == 204_00


def test_what_was_promised_is_delivered_though_the_limit_is_less_by_now(store, tea, khata):
    order = order_on(khata, store, {tea.pk: 8})
    khatas.change_khata(store_id=store.pk, khata_id=khata.pk, name="Asha", limit=100_00)
    for act in (services.accept, services.pack, services.dispatch, services.deliver):
        step(act, order)
    assert standing(khata) == (800_00, 0, 0)
    assert broken_invariants(connection) == []


def test_goods_that_come_back_are_not_owed_and_what_was_paid_is_given_in_cash(store, tea, khata):
    order = delivered_on(khata, store, {tea.pk: 5})
    first = take_back(order, tea, 2)
    assert (standing(khata)[0], taken_off(store_id=store.pk, return_id=first.pk)) == (
        300_00,
        200_00,
    )
    pay_back(khata, 250_00)
    second = take_back(order, tea, 2)
    assert (standing(khata)[0], taken_off(store_id=store.pk, return_id=second.pk)) == (0, 50_00)
    khatas.close_khata(store_id=store.pk, khata_id=khata.pk)
    third = take_back(order, tea, 1)
    assert taken_off(store_id=store.pk, return_id=third.pk) == 0
    # nothing was kept: the shop owes us no charge but TDS
    assert -Leg.objects.of_account(store_id=store.pk, account="payable").balance() == -50
    assert Txn.objects.filter(kind="khata_goods_returned").count() == 3
    assert broken_invariants(connection) == []


def take_back(order, listing, quantity):
    asked = services.ask_return(
        store_id=order.store_id,
        order_id=order.pk,
        actor="person:asha",
        reason=Return.Reason.values[0],
        lines={order.lines.get(listing=listing).pk: quantity},
    )
    return step(services.take_return, order, return_id=asked.pk)


def test_a_khata_with_an_order_on_its_way_is_not_closed(store, tea, khata):
    order = order_on(khata, store, {tea.pk: 1})
    with pytest.raises(OrderOnItsWay, match="₹100"):
        khatas.close_khata(store_id=store.pk, khata_id=khata.pk)
    step(services.reject, order, reason="no")
    khatas.close_khata(store_id=store.pk, khata_id=khata.pk)
    with pytest.raises(KhataClosed):
        order_on(khata, store, {tea.pk: 1})


def test_only_an_order_on_khata_names_one(store, tea, khata):
    for method, whose in (("khata", None), ("cash", khata.pk), ("upi", khata.pk)):
        with pytest.raises(InvalidInput):
            place_order(store, {tea.pk: 1}, payment_method=method, khata_id=whose)
    elsewhere = make_store(phone="+919810000009")
    with pytest.raises(InvalidInput):
        order_on(khata, elsewhere, {make_listing(elsewhere).pk: 1})
    captured_order(store, {tea.pk: 1})
    with pytest.raises(IntegrityError, match="order_on_somebodys_khata"):
        Order.objects.update(khata_id=khata.pk)


def test_the_same_request_orders_once_and_promises_once(store, tea, khata):
    key = {"idempotency_key": "one"}
    assert (
        order_on(khata, store, {tea.pk: 1}, **key).pk
        == order_on(khata, store, {tea.pk: 1}, **key).pk
    )
    assert KhataPromise.objects.get().amount == 100_00


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_do_not_share_the_last_credit(store, tea, two_connections):
    khata = open_khata(store, limit=500_00)
    outcomes = two_connections(lambda: order_on(khata, store, {tea.pk: 3}).state)
    assert sorted(outcomes) == ["confirmed", "over_limit"]
    assert standing(khata) == (0, 300_00, 200_00)
    tea.refresh_from_db()
    assert tea.held == 3


@pytest.mark.django_db(transaction=True)
def test_a_delivery_and_the_counter_at_once_keep_to_the_limit(store, tea, concurrently):
    khata = open_khata(store, limit=500_00)
    order = order_on(khata, store, {tea.pk: 3})
    for act in (services.accept, services.pack, services.dispatch):
        step(act, order)
    outcomes = concurrently(
        [
            lambda: step(services.deliver, order).state,
            lambda: carry(khata, 200_00).kind,
            lambda: carry(khata, 200_00).kind,
            lambda: step(services.deliver, order).state,
        ]
    )
    assert sorted(outcomes) == ["carried", "delivered", "illegal_transition", "over_limit"]
    assert standing(khata) == (500_00, 0, 0)
    assert broken_invariants(connection) == []
