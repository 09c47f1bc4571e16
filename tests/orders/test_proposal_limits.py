"""Heavier goods, and what cannot be asked, answered or billed."""

import pytest
from django.db import IntegrityError, transaction

from orders import services
from orders.errors import (
    BeingAsked,
    NothingToAsk,
    PaymentPending,
    ProposalClosed,
    TooLateToChange,
    UnknownLine,
)
from orders.models import Order, Proposal
from payments.upi.models import PaymentAttempt
from stores.inventory.errors import BadQuantity, OutOfStock
from tests.factories import make_listing, make_store
from tests.orders.asking import SHOP, about, answer, capture, confirmed, held, offer

pytestmark = pytest.mark.django_db


def test_heavier_goods_within_a_tenth_need_no_word(store, loose):
    order = confirmed("cash", {loose.pk: 1000}, store)
    line = order.lines.get()
    with pytest.raises(NothingToAsk):
        services.propose_weight(**about(order), weights={line.pk: 1100}, actor=SHOP)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(("method", "extra"), [("cash", 0), ("upi", 2000)])
def test_heavier_goods_are_billed_once_the_customer_agrees(store, loose, method, extra):
    order = confirmed(method, {loose.pk: 1000}, store)
    line = order.lines.get()
    proposal = services.propose_weight(**about(order), weights={line.pk: 1200}, actor=SHOP)
    assert held(loose) == 1200
    proposal = answer("accept", proposal)
    assert proposal.extra == extra
    if extra:
        capture(order)
    order.refresh_from_db()
    line.refresh_from_db()
    assert (line.state, line.ordered, line.packed, line.amount) == ("picked", 1000, 1200, 12000)
    assert (order.total, order.agreed_total, held(loose)) == (12000, 12000, 1200)


def test_a_no_to_heavier_goods_leaves_the_order_as_it_was(store, loose):
    order = confirmed("upi", {loose.pk: 1000}, store)
    proposal = services.propose_weight(
        **about(order), weights={order.lines.get().pk: 1050}, actor=SHOP
    )
    answer("decline", proposal)
    order.refresh_from_db()
    assert (order.total, order.version, held(loose)) == (10000, 2, 1000)


def test_what_cannot_be_offered_is_refused_and_holds_nothing(store, tea, other_tea, salt):
    order = confirmed("cash", {tea.pk: 2}, store)
    elsewhere = make_listing(make_store())
    with pytest.raises(OutOfStock):
        offer(order, tea, other_tea, 11)
    with pytest.raises(BadQuantity):
        offer(order, tea, other_tea, 0)
    for refused, listing in (("unknown_listing", elsewhere), ("invalid", tea)):
        with pytest.raises(Exception) as error:
            offer(order, tea, listing, 1)
        assert error.value.code == refused
    with pytest.raises(UnknownLine):
        services.propose_weight(**about(order), weights={order.lines.get().pk: 3}, actor=SHOP)
    assert not Proposal.objects.exists()
    assert (held(other_tea), held(elsewhere)) == (0, 0)
    offer(order, tea, other_tea)
    with pytest.raises(BeingAsked):
        offer(order, tea, salt)
    assert held(salt) == 0


def test_nothing_is_asked_about_a_packed_order(store, tea, other_tea):
    order = confirmed("cash", {tea.pk: 2}, store)
    services.accept(**about(order), actor=SHOP)
    services.pack(**about(order), actor=SHOP)
    with pytest.raises(TooLateToChange):
        offer(order, tea, other_tea)
    assert held(other_tea) == 0


def test_one_extra_payment_at_a_time(store, tea, other_tea, salt):
    dear_salt = make_listing(store, price=5000, mrp=None)
    order = confirmed("upi", {tea.pk: 1, salt.pk: 1}, store)
    first, second = offer(order, tea, other_tea, 1), offer(order, salt, dear_salt, 1)
    answer("accept", first)
    with pytest.raises(PaymentPending):
        answer("accept", second)
    assert PaymentAttempt.objects.count() == 2
    capture(order)
    answer("accept", second)
    capture(order)
    assert (order.total, order.captured) == (18000, 18000)


def test_packing_waits_for_the_answer(store, tea, other_tea):
    order = confirmed("cash", {tea.pk: 2}, store)
    services.accept(**about(order), actor=SHOP)
    proposal = offer(order, tea, other_tea)
    with pytest.raises(BeingAsked):
        services.pack(**about(order), actor=SHOP)
    answer("withdraw", proposal, actor=SHOP)
    assert services.pack(**about(order), actor=SHOP).state == "packed"


@pytest.mark.parametrize("end", ["cancel", "reject"])
def test_the_end_of_the_order_closes_what_was_asked(store, tea, other_tea, salt, end):
    order = confirmed("upi", {tea.pk: 2, salt.pk: 1}, store)
    services.accept(**about(order), actor=SHOP)
    proposal = offer(order, tea, other_tea)
    getattr(services, end)(**about(order), actor=SHOP, reason="no rider")
    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"
    assert (held(tea), held(other_tea), held(salt)) == (0, 0, 0)
    with pytest.raises(ProposalClosed):
        answer("accept", proposal)


def test_an_answer_given_stays_given(store, tea, other_tea):
    order = confirmed("cash", {tea.pk: 2}, store)
    proposal = answer("accept", offer(order, tea, other_tea))
    for name in ("accept", "decline", "withdraw"):
        with pytest.raises(ProposalClosed):
            answer(name, proposal)
    order.refresh_from_db()
    assert order.version == 2


@pytest.mark.parametrize(
    ("method", "total", "constraint"),
    [
        ("upi", 20001, "order_prepaid_bill_is_paid"),
        ("cash", 22001, "order_cash_at_most_a_tenth_over"),
    ],
)
def test_no_bill_passes_what_was_paid_or_agreed(store, tea, method, total, constraint):
    order = confirmed(method, {tea.pk: 2}, store)
    Order.objects.filter(pk=order.pk).update(total=20000, items_total=20000)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(total=total, items_total=total)
