"""The difference, asked for and paid at the bank, and what the timer does about it."""

from typing import Any

import pytest

from marketplace.core.clock import travel
from orders import services
from orders.models import Order, Proposal
from payments.upi.models import PaymentAttempt, Receipt, Refund
from payments.upi.services import intent_uri
from stores.inventory.models import Listing
from tests.factories import make_listing, make_store
from tests.orders.asking import answer, held, offer
from tests.orders.building import place_order
from tests.upi.words import balances

pytestmark = pytest.mark.django_db(transaction=True)

QUARTER, HOURS = 16 * 60, 3 * 3600


@pytest.fixture
def goods(live_bank) -> tuple[Any, Listing, Listing, Listing]:
    store = make_store(delivery_fee=0)
    return (
        store,
        make_listing(store, price=10000, mrp=None),
        make_listing(store, price=13000, mrp=None),
        make_listing(store, price=2000, mrp=None),
    )


@pytest.fixture
def agreed(live_bank, eventually, goods) -> Proposal:
    """A prepaid order of two packets of tea, whose customer agreed to pay ₹60 more for others."""
    store, tea, other, salt = goods
    order = place_order(store, {tea.pk: 2, salt.pk: 1}, payment_method="upi")
    pay(live_bank, order)
    eventually(lambda: Order.objects.get(pk=order.pk).state == "confirmed")
    return answer("accept", offer(order, tea, other))


def pay(bank: Any, order: Order) -> None:
    attempt = PaymentAttempt.objects.filter(reference=order.pk).latest("id")
    bank.pay(intent_uri(attempt), bank.open_payer())


def test_the_second_payment_changes_the_order_and_a_cancellation_returns_both(
    live_bank, eventually, deliver_due, goods, agreed
):
    store, _tea, other, _salt = goods
    pay(live_bank, agreed.order)
    eventually(lambda: Proposal.objects.get(pk=agreed.pk).state == "applied")
    order = Order.objects.get(pk=agreed.order_id)
    assert (order.total, order.captured, order.refunded) == (28000, 28000, 0)
    assert balances(store.pk) == {"psp_clearing": 28000, "customer_deposit": -28000}
    assert held(other) == 2
    services.cancel(store_id=store.pk, order_id=order.pk, actor=order.actor, reason="")
    while deliver_due():
        pass
    eventually(lambda: set(Refund.objects.values_list("state", flat=True)) == {"done"})
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [6000, 22000]
    assert balances(store.pk) == {}


def test_what_is_not_paid_in_time_lapses_and_the_item_is_left_out(goods, agreed):
    _store, tea, other, _salt = goods
    with travel(seconds=14 * 60):
        assert services.lapse_due() == 0
    with travel(seconds=QUARTER):
        assert (services.lapse_due(), services.lapse_due()) == (1, 0)
    order = Order.objects.get(pk=agreed.order_id)
    assert (order.total, order.captured, order.refunded) == (2000, 22000, 20000)
    assert (held(tea), held(other)) == (0, 0)


def test_a_payment_whose_webhook_was_lost_is_found_before_it_lapses(live_bank, goods, agreed):
    attempt = PaymentAttempt.objects.latest("id")
    live_bank.next("webhook_lost", match=attempt.tr)
    pay(live_bank, agreed.order)
    with travel(seconds=QUARTER):
        assert services.lapse_due() == 0
    agreed.refresh_from_db()
    assert agreed.state == "applied"
    assert Order.objects.get(pk=agreed.order_id).total == 28000


def test_a_payment_under_way_is_waited_for_and_comes_back_when_late(
    live_bank, eventually, goods, agreed
):
    attempt = PaymentAttempt.objects.latest("id")
    live_bank.next("pending", match=attempt.tr, seconds=3)
    pay(live_bank, agreed.order)
    with travel(seconds=QUARTER):
        assert services.lapse_due() == 0
    with travel(seconds=HOURS):
        assert services.lapse_due() == 1
    late = eventually(lambda: Receipt.objects.filter(attempt=attempt).first())
    assert (late.outcome, late.refunded) == ("returned", 6000)
    order = Order.objects.get(pk=agreed.order_id)
    assert (order.total, order.captured - order.refunded) == (2000, 2000)


def test_a_bank_that_is_down_lets_nothing_lapse(settings, goods, agreed):
    settings.BANK_URL = "http://127.0.0.1:9"
    with travel(seconds=QUARTER):
        assert services.lapse_due() == 0
    agreed.refresh_from_db()
    assert agreed.state == "agreed"


def test_one_that_the_bank_cannot_decide_keeps_no_other_waiting(live_bank, goods, agreed):
    live_bank.next("pending", match=PaymentAttempt.objects.latest("id").tr, seconds=3600)
    pay(live_bank, agreed.order)
    with travel(seconds=QUARTER):
        assert Proposal.objects.overdue().count() == 1
        assert services.lapse_due() == 0
        assert not Proposal.objects.overdue().exists()
    with travel(seconds=QUARTER + 301):
        assert Proposal.objects.overdue().count() == 1
    with travel(seconds=HOURS):
        assert services.lapse_due() == 1
