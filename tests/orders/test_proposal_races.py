"""Answers, timers and packing at the same instant: exactly one of them happens."""

from typing import Any

import pytest

from orders import services
from orders.models import Order, Proposal
from payments.upi.models import PaymentAttempt, Receipt
from payments.upi.services import apply_bank_event
from stores.inventory.models import Listing
from tests.factories import make_listing, make_store
from tests.orders.asking import ASHA, SHOP, answer, capture, confirmed, held, offer
from tests.upi.words import payment_word

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4


@pytest.fixture
def shelf() -> tuple[Any, Listing, Listing, Listing]:
    store = make_store(delivery_fee=0)
    return (
        store,
        make_listing(store, price=10000, mrp=None, on_hand=99),
        make_listing(store, price=13000, mrp=None, on_hand=99),
        make_listing(store, price=2000, mrp=None, on_hand=99),
    )


def is_whole(order: Order) -> None:
    """Bill, money and history agree, and whatever is held is held for a line."""
    order.refresh_from_db()
    assert order.events.count() == order.version
    assert order.items_total == sum(line.amount for line in order.lines.all())
    if order.payment_method == "upi" and order.state != "cancelled":
        assert order.captured - order.refunded == order.total
    if order.state == "cancelled":
        assert order.captured == order.refunded


@pytest.mark.parametrize("method", ["cash", "upi"])
def test_every_end_of_an_offer_at_once_is_one_end(concurrently, shelf, method):
    store, tea, other, salt = shelf

    def one_round() -> None:
        order = confirmed(method, {tea.pk: 2, salt.pk: 1}, store)
        about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
        services.accept(**about)
        proposal = offer(order, tea, other)
        outcomes = concurrently(
            [
                lambda: str(answer("accept", proposal).state),
                lambda: str(answer("decline", proposal).state),
                lambda: str(answer("withdraw", proposal, SHOP).state),
                lambda: str(services.pack(**about).state),
                lambda: str(services.cancel(**about, reason="no rider").state),
            ]
        )
        proposal.refresh_from_db()
        answers = [word for word in outcomes[:3] if word not in REFUSED]
        one_end = ([], ["agreed"], [proposal.state], ["agreed", proposal.state])
        assert answers in one_end, outcomes
        assert set(outcomes) - REFUSED - {*Proposal.State.values, "packed", "cancelled"} == set()
        is_whole(order)
        if proposal.state not in Proposal.LIVE:
            extra = 2 if (proposal.state, order.state) == ("applied", "accepted") else 0
            assert held(other) == extra
        services.cancel(**about, reason="end of the round") if order.state != "cancelled" else None
        assert (held(tea), held(other), held(salt)) == (0, 0, 0)

    for _ in range(ROUNDS):
        one_round()


REFUSED = {"proposal_closed", "too_late_to_change", "illegal_transition", "being_asked", "busy"}


def test_yes_and_the_timer_at_once_are_one_answer(concurrently, shelf):
    store, tea, other, salt = shelf

    def one_round() -> None:
        order = confirmed("cash", {tea.pk: 2, salt.pk: 1}, store)
        proposal = offer(order, tea, other)
        outcomes = concurrently(
            [
                lambda: str(answer("accept", proposal).state),
                lambda: str(answer("accept", proposal).state),
                lambda: end_overdue(proposal),
            ]
        )
        proposal.refresh_from_db()
        assert sorted(outcomes) in (
            ["applied", "proposal_closed", "proposal_closed"],
            ["lapsed", "proposal_closed", "proposal_closed"],
        )
        is_whole(order)
        assert order.version == 2
        assert order.lines.get(listing=tea).state in ("replaced", "removed")
        services.cancel(store_id=store.pk, order_id=order.pk, actor=ASHA, reason="")
        assert (held(tea), held(other)) == (0, 0)

    for _ in range(ROUNDS):
        one_round()


def end_overdue(proposal: Proposal) -> str:
    """As the sweep, for one proposal, as if its time were up."""
    from orders.errors import ProposalClosed
    from orders.services.closing import lock_live
    from orders.services.consent import end
    from orders.services.transitions import locked_order

    with locked_order(proposal.store_id, proposal.order_id) as order:
        mine = next((each for each in lock_live(order) if each.pk == proposal.pk), None)
        if mine is None:
            raise ProposalClosed(state="", state_words="")
        end(order, mine, Proposal.State.LAPSED, actor="system", reason="no answer")
        return "lapsed"


@pytest.mark.parametrize("rival", ["lapse", "pack", "cancel", "edit", "withdraw"])
def test_the_extra_money_and_its_end_at_once_lose_nothing(concurrently, shelf, rival):
    store, tea, other, salt = shelf

    def one_round() -> None:
        order = confirmed("upi", {tea.pk: 2, salt.pk: 2}, store)
        about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
        services.accept(**about)
        proposal = answer("accept", offer(order, tea, other))
        attempt = PaymentAttempt.objects.latest("id")
        rivals = {
            "lapse": lambda: end_overdue(proposal),
            "pack": lambda: str(services.pack(**about).state),
            "cancel": lambda: str(services.cancel(**about, reason="no rider").state),
            "withdraw": lambda: str(answer("withdraw", proposal, SHOP).state),
            "edit": lambda: str(
                services.edit_order(
                    store_id=store.pk,
                    order_id=order.pk,
                    actor=ASHA,
                    by_customer=True,
                    quantities={salt.pk: 1},
                ).state
            ),
        }
        concurrently([lambda: apply_bank_event(word=payment_word(attempt)), rivals[rival]])
        proposal.refresh_from_db()
        receipt = Receipt.objects.get(attempt=attempt)
        assert (receipt.outcome == "applied") == (proposal.state == "applied")
        is_whole(order)
        if order.state == "accepted":
            assert held(other) == (2 if proposal.state == "applied" else 0)
            services.cancel(**about, reason="end of the round")
        assert held(other) == 0

    for _ in range(ROUNDS):
        one_round()


def test_two_customers_offered_the_last_packet_get_it_once(concurrently, shelf):
    store, tea, _other, salt = shelf
    last = make_listing(store, price=1000, mrp=None, on_hand=2)
    orders = [confirmed("cash", {tea.pk: 1, salt.pk: 1}, store) for _ in range(4)]
    outcomes = concurrently(
        [lambda order=order: str(offer(order, tea, last, 2).state) for order in orders]
    )
    assert sorted(outcomes) == ["open", "out_of_stock", "out_of_stock", "out_of_stock"]
    assert held(last) == 2


def test_the_customer_and_the_shop_editing_at_once_are_taken_in_turn(concurrently, shelf):
    store, tea, other, salt = shelf

    def one_round() -> None:
        order = confirmed("upi", {tea.pk: 3, salt.pk: 3}, store)

        def edit(actor: str, quantities: dict[Any, int]) -> str:
            return str(
                services.edit_order(
                    store_id=store.pk,
                    order_id=order.pk,
                    actor=actor,
                    by_customer=actor == ASHA,
                    quantities=quantities,
                ).state
            )

        outcomes = concurrently(
            [
                lambda: edit(ASHA, {tea.pk: 2}),
                lambda: edit(SHOP, {salt.pk: 1}),
                lambda: edit(ASHA, {other.pk: 1}),
            ]
        )
        assert outcomes[:2] == ["applied", "applied"]
        if outcomes[2] == "agreed":
            capture(order)
        is_whole(order)
        assert order.total == 20000 + 2000 + 13000
        services.cancel(store_id=store.pk, order_id=order.pk, actor=ASHA, reason="")
        assert (held(tea), held(other), held(salt)) == (0, 0, 0)

    for _ in range(ROUNDS):
        one_round()
