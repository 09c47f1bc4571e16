"""Money paid to the QR on the counter, and the order that it may be for."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial

import pytest

from marketplace.accounts.services import register_person
from marketplace.core import outbox
from marketplace.core.clock import now, travel
from marketplace.notifications.models import Message
from orders import services
from orders.models import Order, State
from payments.upi.models import PaymentAttempt, Receipt, Refund, ShopQr
from payments.upi.services import apply_bank_event
from stores.inventory.services import count_stock
from stores.shops.services import add_staff
from tests.invariants import broken_invariants
from tests.orders.building import place_order
from tests.upi.words import balances, counter_word, payment_word

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop_qr(store):
    return ShopQr.objects.create(store_id=store.pk, vpa="nukkad.7f3k92qa@nkbank", opened_at=now())


@pytest.fixture
def order(store, tea):
    """Two packets of tea at ₹100, to be paid by UPI and collected."""
    return collected(store, tea)


def collected(store, tea):
    return place_order(store, {tea.pk: 2}, payment_method="upi", fulfilment="pickup", address=None)


def come(shop_qr, amount=200_00, **changes):
    apply_bank_event(word=counter_word(shop_qr, amount, **changes))
    return Receipt.objects.filter(shop_qr=shop_qr).latest("id")


def test_the_one_order_of_just_this_total_is_paid(shop_qr, order, store):
    receipt = come(shop_qr)
    order.refresh_from_db()
    assert (order.state, order.captured) == (State.CONFIRMED, 200_00)
    assert (receipt.outcome, receipt.attempt.reference) == ("applied", order.pk)
    assert balances(store.pk) == {"psp_clearing": 200_00, "customer_deposit": -200_00}


def test_its_money_goes_back_like_any_other_when_it_is_called_off(shop_qr, order, store):
    come(shop_qr)
    services.cancel(
        store_id=store.pk, order_id=order.pk, actor="person:asha", reason="", by_customer=True
    )
    assert Refund.objects.get().reference == order.pk
    assert balances(store.pk) == {"psp_clearing": 200_00, "refund_in_transit": -200_00}


def test_nobody_pays_for_a_home_delivery_at_the_counter(shop_qr, store, tea):
    order = place_order(store, {tea.pk: 2}, payment_method="upi")
    receipt = come(shop_qr)
    order.refresh_from_db()
    assert (order.state, receipt.outcome) == ("awaiting_payment", "unapplied")


@pytest.mark.parametrize("amount", [199_99, 200_01])
def test_another_amount_is_for_no_order(shop_qr, order, amount):
    assert come(shop_qr, amount).outcome == "unapplied"
    order.refresh_from_db()
    assert order.state == State.AWAITING_PAYMENT


def test_between_two_orders_of_one_total_nothing_is_guessed(shop_qr, order, store, tea):
    other = collected(store, tea)
    assert come(shop_qr).outcome == "unapplied"
    states = Order.objects.filter(pk__in=[order.pk, other.pk]).values_list("state", flat=True)
    assert set(states) == {State.AWAITING_PAYMENT}


def test_an_order_of_another_shop_is_not_paid(order):
    from tests.factories import make_store

    elsewhere = ShopQr.objects.create(store_id=make_store().pk, vpa="nukkad.other000@nkbank")
    assert come(elsewhere).outcome == "unapplied"
    order.refresh_from_db()
    assert order.state == State.AWAITING_PAYMENT


def test_an_order_that_has_waited_longer_than_a_quarter_of_an_hour_is_not_meant(shop_qr, order):
    with travel(seconds=15 * 60 + 1):
        assert come(shop_qr).outcome == "unapplied"


def test_money_of_which_we_hear_late_is_not_for_an_order_placed_meanwhile(shop_qr, order):
    before = (order.placed_at - timedelta(seconds=1)).isoformat()
    assert come(shop_qr, completed_at=before).outcome == "unapplied"


def test_a_paid_order_is_not_paid_again(shop_qr, order, store):
    apply_bank_event(word=payment_word(PaymentAttempt.objects.get()))
    assert come(shop_qr).outcome == "unapplied"
    assert balances(store.pk) == {
        "psp_clearing": 400_00,
        "customer_deposit": -200_00,
        "unapplied_receipts": -200_00,
    }


def test_an_order_whose_goods_are_gone_is_called_off_and_the_money_goes_back(
    shop_qr, order, store, tea
):
    count_stock(store_id=store.pk, listing_id=tea.pk, counted=1, actor="person:shop")
    receipt = come(shop_qr)
    order.refresh_from_db()
    assert (order.state, receipt.outcome) == (State.CANCELLED, "returned")
    assert receipt.reason == "out of stock"


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_owner_hears_of_each_payment(shop_qr, order, store, language):
    owner = register_person(phone="9811111111", name="Gupta", language=language)
    add_staff(store_id=store.pk, person_id=owner.pk, role="owner")
    come(shop_qr, 75_00)
    come(shop_qr)
    for entry in outbox.claim(limit=100):
        outbox.deliver(entry)
    told = Message.objects.filter(template="shop_qr_paid", channel="in_app").order_by("id")
    first, second = told.values_list("body", flat=True)
    assert all(word in first for word in ("₹75", "ravi@nkbank", f"/{store.pk}/counter-qr/"))
    assert order.number not in first
    assert order.number in second


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_the_order_is_paid_at_the_counter_and_by_its_own_link_at_once(
    shop_qr, order, store, concurrently, round
):
    """One of them counts. The order's own payment goes back when it is second; the counter's stays to
    be decided, as nobody can say any more what it was for."""
    by_link = payment_word(PaymentAttempt.objects.get())
    by_qr = counter_word(shop_qr, 200_00)
    concurrently([lambda word=word: apply_bank_event(word=word) for word in (by_link, by_qr)])
    order.refresh_from_db()
    assert (order.state, order.captured) == (State.CONFIRMED, 200_00)
    outcomes = dict(Receipt.objects.values_list("payer_vpa", "outcome"))
    assert outcomes in (
        {"asha@nkbank": "applied", "ravi@nkbank": "unapplied"},
        {"asha@nkbank": "returned", "ravi@nkbank": "applied"},
    )
    assert sum(balances(store.pk).values()) == 0
    assert balances(store.pk)["customer_deposit"] == -200_00
    assert no_invariant_is_broken()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["by its link", "at the counter"])
def test_who_comes_second_waits_and_sees_that_it_is_paid(
    shop_qr, order, elsewhere, concurrently, first
):
    by_link = partial(apply_bank_event, word=payment_word(PaymentAttempt.objects.get()))
    by_qr = partial(apply_bank_event, word=counter_word(shop_qr, 200_00))
    one, other = (by_link, by_qr) if first == "by its link" else (by_qr, by_link)
    with ThreadPoolExecutor(1) as pool:
        with elsewhere(one):
            second = pool.submit(concurrently, 1, other)
            assert not wait([second], timeout=1).done
        assert second.result() == ["applied"]
    outcomes = dict(Receipt.objects.values_list("payer_vpa", "outcome"))
    if first == "by its link":
        assert outcomes == {"asha@nkbank": "applied", "ravi@nkbank": "unapplied"}
    else:
        assert outcomes == {"asha@nkbank": "returned", "ravi@nkbank": "applied"}
    order.refresh_from_db()
    assert (order.state, order.captured) == (State.CONFIRMED, 200_00)
    assert no_invariant_is_broken()


@pytest.mark.django_db(transaction=True)
def test_two_pay_one_order_at_the_counter_at_once(shop_qr, order, store, concurrently):
    words = [counter_word(shop_qr, 200_00) for _ in range(4)]
    concurrently([lambda word=word: apply_bank_event(word=word) for word in words])
    order.refresh_from_db()
    assert (order.state, order.captured) == (State.CONFIRMED, 200_00)
    outcomes = sorted(Receipt.objects.values_list("outcome", flat=True))
    assert outcomes == ["applied", "unapplied", "unapplied", "unapplied"]
    assert balances(store.pk) == {
        "psp_clearing": 800_00,
        "customer_deposit": -200_00,
        "unapplied_receipts": -600_00,
    }
    assert no_invariant_is_broken()


@pytest.mark.django_db(transaction=True)
def test_it_is_called_off_while_it_is_paid_at_the_counter(shop_qr, order, store, concurrently):
    """Whoever is first: the order's money goes back whole, or was never the order's."""
    word = counter_word(shop_qr, 200_00)
    call_off = {"store_id": store.pk, "order_id": order.pk, "actor": "person:asha", "reason": ""}
    concurrently(
        [
            lambda: apply_bank_event(word=word),
            lambda: services.cancel(**call_off, by_customer=True).state,
        ]
    )
    order.refresh_from_db()
    assert (order.state, order.captured) in (
        (State.CANCELLED, order.refunded),
        (State.CONFIRMED, 200_00),
    )
    assert no_invariant_is_broken()


def no_invariant_is_broken():
    from django.db import connection

    broken = broken_invariants(connection)
    assert not broken, "\n".join(broken)
    return True
