"""An unpaid order gives its stock back, but never before the bank was asked."""

from datetime import timedelta

import pytest

from marketplace.core.clock import now, travel
from orders.models import Order
from orders.services import expire_due, expiry
from payments.upi.models import PaymentAttempt
from payments.upi.services import intent_uri
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = 3600


@pytest.fixture
def order(live_bank) -> Order:
    store = make_store(delivery_fee=0)
    listing = make_listing(store, price=25000, on_hand=10)
    return place_order(store, {listing.pk: 2}, payment_method="upi")


def state_and_held(order: Order) -> tuple[str, int]:
    order.refresh_from_db()
    return order.state, order.lines.get().listing.held


def pay(bank, order: Order) -> None:
    attempt = PaymentAttempt.objects.get(reference=order.pk)
    bank.pay(intent_uri(attempt), bank.open_payer())


def test_nothing_expires_before_its_time(order):
    assert expire_due() == 0
    assert state_and_held(order) == ("awaiting_payment", 2)


def test_what_nobody_paid_expires_once_and_frees_the_stock(order):
    with travel(seconds=HOUR):
        assert (expire_due(), expire_due()) == (1, 0)
    assert state_and_held(order) == ("expired", 0)
    assert order.events.last().actor == "system"


def test_a_payment_whose_webhook_was_lost_confirms_instead(order, live_bank):
    live_bank.next("webhook_lost", match=PaymentAttempt.objects.get().tr)
    pay(live_bank, order)
    with travel(seconds=HOUR):
        assert expire_due() == 0
    assert state_and_held(order) == ("confirmed", 2)
    assert order.captured == 50000


def test_a_payment_under_way_keeps_its_stock_for_two_hours(order, live_bank):
    live_bank.next("pending", match=PaymentAttempt.objects.get().tr, seconds=600)
    pay(live_bank, order)
    with travel(seconds=HOUR):
        assert expire_due() == 0
    assert state_and_held(order) == ("awaiting_payment", 2)
    with travel(seconds=3 * HOUR):
        assert expire_due() == 1
    assert state_and_held(order) == ("expired", 0)


def test_a_bank_that_is_down_expires_nothing(order, settings):
    settings.BANK_URL = "http://127.0.0.1:9"
    with travel(seconds=HOUR):
        assert expire_due() == 0
    assert state_and_held(order) == ("awaiting_payment", 2)


def test_two_beats_at_once_expire_it_once(order, concurrently):
    Order.objects.update(due_at=order.placed_at - timedelta(seconds=1))
    assert sum(concurrently(2, expire_due)) == 1
    assert state_and_held(order) == ("expired", 0)
    assert order.events.count() == 2


def test_payments_under_way_keep_no_other_order_waiting(order, live_bank, monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 1)
    listing = order.lines.get().listing
    live_bank.next("pending", match=PaymentAttempt.objects.get().tr, seconds=600)
    pay(live_bank, order)
    unpaid = place_order(order.store, {listing.pk: 1}, payment_method="upi")
    with travel(seconds=HOUR):
        assert (expire_due(), expire_due()) == (0, 1)
        unpaid.refresh_from_db()
        assert unpaid.state == "expired"
        order.refresh_from_db()
        assert timedelta(minutes=4) < order.due_at - now() <= timedelta(minutes=5)


def test_a_round_ends_when_its_time_is_up(order, monkeypatch):
    monkeypatch.setattr(expiry, "ROUND_SECONDS", -1)
    with travel(seconds=HOUR):
        assert expire_due() == 0
    assert state_and_held(order) == ("awaiting_payment", 2)
