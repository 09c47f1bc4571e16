"""A substitute is offered: what comes of yes, no and silence, and of money."""

import pytest
from django.db.models import Sum

from marketplace.core.clock import travel
from orders import services
from orders.errors import (
    ProposalClosed,
)
from orders.models import Order, OrderFlag, Proposal
from payments.upi.models import PaymentAttempt, Receipt, Refund
from payments.upi.services import apply_bank_event
from stores.inventory.models import Hold, Listing
from stores.inventory.services import count_stock, set_on_shelf, set_price, set_shown
from tests.orders.asking import ASHA, SHOP, about, answer, capture, confirmed, goods, held, offer
from tests.upi.words import balances, payment_word

pytestmark = pytest.mark.django_db


def test_an_offered_substitute_is_set_aside_and_changes_nothing_yet(store, tea, other_tea):
    order = confirmed("cash", {tea.pk: 2}, store)
    proposal = offer(order, tea, other_tea)
    assert (proposal.state, proposal.extra) == ("open", 0)
    assert (held(tea), held(other_tea)) == (2, 2)
    assert Hold.objects.open().get(listing=other_tea).reference == proposal.pk
    order.refresh_from_db()
    assert (order.total, order.version, order.lines.count()) == (20000, 1, 1)


def test_a_yes_in_a_cash_order_swaps_line_stock_and_bill(store, tea, other_tea, salt):
    order = confirmed("cash", {tea.pk: 2, salt.pk: 1}, store)
    proposal = answer("accept", offer(order, tea, other_tea))
    order.refresh_from_db()
    assert (proposal.state, proposal.answered_by) == ("applied", ASHA)
    assert (order.items_total, order.total, order.agreed_total) == (28000, 28000, 28000)
    assert goods(order) == {
        tea.pk: ("replaced", 2, 0),
        salt.pk: ("wanted", 1, 2000),
        other_tea.pk: ("wanted", 2, 26000),
    }
    new = order.lines.get(listing=other_tea)
    assert (new.n, new.ordered, new.replaces_id, new.gst_bps) == (3, 0, tea.pk, 500)
    assert new.taxable + new.cgst + new.sgst == 26000
    assert (held(tea), held(other_tea)) == (0, 2)
    assert Hold.objects.open().get(listing=other_tea).reference == order.pk
    event = order.events.last()
    assert (order.version, event.before, event.after, event.actor, event.reason) == (
        2, "confirmed", "confirmed", ASHA, "The customer agreed",
    )  # fmt: skip


def test_the_price_offered_is_the_price_charged(store, tea, other_tea):
    order = confirmed("cash", {tea.pk: 1}, store)
    proposal = offer(order, tea, other_tea, 1)
    set_price(store_id=store.pk, listing_id=other_tea.pk, price=20000, actor=SHOP)
    answer("accept", proposal)
    order.refresh_from_db()
    assert order.total == 13000


def test_a_substitute_already_in_the_order_adds_to_its_line_at_its_price(store, tea, salt):
    order = confirmed("cash", {tea.pk: 1, salt.pk: 3}, store)
    set_price(store_id=store.pk, listing_id=salt.pk, price=9900, actor=SHOP)
    answer("accept", offer(order, tea, salt, 2))
    line = order.lines.get(listing=salt)
    assert (line.quantity, line.ordered, line.amount, line.replaces_id) == (5, 3, 10000, None)
    assert held(salt) == 5


def test_a_yes_on_the_telephone_is_recorded_as_such(store, tea, salt):
    order = confirmed("cash", {tea.pk: 1}, store)
    proposal = answer("accept", offer(order, tea, salt, 1), actor=SHOP)
    assert proposal.answered_by == SHOP
    assert order.events.last().reason == "The customer agreed on the telephone"


def test_a_cheaper_substitute_of_a_prepaid_order_sends_the_difference_back(store, tea, salt):
    order = confirmed("upi", {tea.pk: 2}, store)
    answer("accept", offer(order, tea, salt, 2))
    order.refresh_from_db()
    assert (order.total, order.captured, order.refunded) == (4000, 20000, 16000)
    assert Refund.objects.get().amount == 16000
    assert balances(store.pk) == {
        "psp_clearing": 20000, "customer_deposit": -4000, "refund_in_transit": -16000,
    }  # fmt: skip


def test_an_offer_also_asks_about_what_weighs_more_than_was_paid_for(store, tea, salt, loose):
    """Else ₹180 would go back, and the scale then ask for ₹10 of it again."""
    order = confirmed("upi", {tea.pk: 2, loose.pk: 1000}, store)
    services.accept(**about(order), actor=SHOP)
    dal = order.lines.get(listing=loose)
    services.pick_line(**about(order), line_id=dal.pk, packed=1100)
    proposal = offer(order, tea, salt, 1)
    assert sorted(proposal.lines.values_list("listing", "quantity")) == sorted(
        [(tea.pk, 0), (salt.pk, 1), (loose.pk, 1100)]
    )
    assert held(loose) == 1100
    answer("accept", proposal)
    order.refresh_from_db()
    assert (order.total, order.refunded, held(loose)) == (13000, 17000, 1100)
    assert services.pack(**about(order), actor=SHOP).total == 13000
    assert Refund.objects.aggregate(n=Sum("amount"))["n"] == 17000


def test_a_no_to_it_leaves_the_weight_to_a_question_of_its_own(store, tea, salt, loose):
    order = confirmed("upi", {tea.pk: 2, loose.pk: 1000}, store)
    services.accept(**about(order), actor=SHOP)
    dal = order.lines.get(listing=loose)
    services.pick_line(**about(order), line_id=dal.pk, packed=1100)
    answer("decline", offer(order, tea, salt, 1))
    order.refresh_from_db()
    assert (order.total, order.refunded, held(loose)) == (10000, 20000, 1000)
    asked = services.propose_weight(**about(order), weights={dal.pk: 1100}, actor=SHOP)
    assert answer("accept", asked).extra == 1000


def test_a_dearer_prepaid_substitute_waits_for_exactly_the_difference(store, tea, other_tea):
    order = confirmed("upi", {tea.pk: 2}, store)
    proposal = answer("accept", offer(order, tea, other_tea))
    order.refresh_from_db()
    assert (proposal.state, proposal.extra) == ("agreed", 6000)
    assert (order.total, order.captured, order.version) == (20000, 20000, 2)
    attempt = PaymentAttempt.objects.latest("id")
    assert (attempt.reference, attempt.purpose, attempt.amount) == (order.pk, "order", 6000)
    assert proposal.due_at > attempt.expires_at
    capture(order)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.extra) == ("applied", 6000)
    assert (order.state, order.total, order.captured, order.refunded) == (
        "confirmed", 26000, 26000, 0,
    )  # fmt: skip
    assert order.events.last().actor == "bank"
    assert balances(store.pk) == {"psp_clearing": 26000, "customer_deposit": -26000}
    assert (held(tea), held(other_tea)) == (0, 2)
    services.cancel(**about(order), actor=ASHA, reason="changed my mind")
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [6000, 20000]


def test_the_same_word_of_the_bank_twice_pays_once(store, tea, other_tea):
    order = confirmed("upi", {tea.pk: 2}, store)
    answer("accept", offer(order, tea, other_tea))
    capture(order)
    attempt = PaymentAttempt.objects.latest("id")
    apply_bank_event(word=payment_word(attempt, payment_id="NKBAGAIN"))
    order.refresh_from_db()
    assert (order.captured, order.refunded, order.total) == (26000, 0, 26000)
    assert Receipt.objects.filter(outcome="returned").get().reason == "paid twice"


@pytest.mark.parametrize("ends", ["decline", "withdraw", "lapse", "cancel", "reject"])
def test_money_for_what_has_ended_goes_back(store, tea, other_tea, salt, ends):
    order = confirmed("upi", {tea.pk: 2, salt.pk: 1}, store)
    services.accept(**about(order), actor=SHOP)
    proposal = answer("accept", offer(order, tea, other_tea))
    if ends == "lapse":
        order.refresh_from_db()
        end_by_timer(proposal)
    elif ends in ("cancel", "reject"):
        getattr(services, ends)(**about(order), actor=SHOP, reason="no rider")
    else:
        answer(ends, proposal)
    before = Order.objects.get(pk=order.pk)
    capture(order)
    proposal.refresh_from_db()
    assert proposal.state not in Proposal.LIVE
    assert (order.version, order.total, order.captured) == (
        before.version, before.total, before.captured,
    )  # fmt: skip
    late = Receipt.objects.get(amount=6000)
    assert (late.outcome, late.refunded) == ("returned", 6000)
    assert held(other_tea) == 0
    if order.state == "accepted":
        assert order.captured - order.refunded == order.total


def end_by_timer(proposal: Proposal) -> None:
    """As the sweep does where the bank knows of no payment."""
    from orders.services.consent import end
    from orders.services.transitions import locked_order

    with locked_order(proposal.store_id, proposal.order_id) as order:
        end(order, proposal, Proposal.State.LAPSED, actor="system", reason="no answer")


def test_another_amount_than_the_difference_goes_back(store, tea, other_tea):
    order = confirmed("upi", {tea.pk: 2}, store)
    answer("accept", offer(order, tea, other_tea))
    attempt = PaymentAttempt.objects.latest("id")
    apply_bank_event(word=payment_word(attempt, amount=5900))
    order.refresh_from_db()
    assert (order.total, order.captured) == (20000, 20000)
    assert Receipt.objects.get(amount=5900).outcome == "returned"


@pytest.mark.parametrize("gone", ["hidden", "sold out"])
def test_what_is_set_aside_for_a_yes_stays_so_when_the_window_no_longer_shows_it(
    store, tea, other_tea, gone
):
    """The shop puts the last packet into this customer's bag, and marks it as sold out."""
    if gone == "sold out":
        Listing.objects.filter(pk=other_tea.pk).update(policy="on_shelf", on_shelf=True, on_hand=0)
    order = confirmed("upi", {tea.pk: 1}, store)
    proposal = answer("accept", offer(order, tea, other_tea, 1))
    assert proposal.state == "agreed"
    held_since = Hold.objects.get(reference=proposal.pk).created_at
    if gone == "sold out":
        set_on_shelf(store_id=store.pk, listing_id=other_tea.pk, on_shelf=False, actor=SHOP)
    else:
        set_shown(store_id=store.pk, listing_id=other_tea.pk, shown=False, actor=SHOP)
    capture(order)
    order.refresh_from_db()
    proposal.refresh_from_db()
    assert (proposal.state, order.state) == ("applied", "confirmed")
    hold = Hold.objects.open().get(reference=order.pk)
    assert (hold.listing_id, hold.created_at) == (other_tea.pk, held_since)
    assert held(other_tea) == 1


def test_stock_gone_at_the_capture_sends_the_money_back_and_leaves_the_line_out(
    store, tea, other_tea, salt
):
    order = confirmed("upi", {tea.pk: 2, salt.pk: 1}, store)
    proposal = answer("accept", offer(order, tea, other_tea))
    count_stock(store_id=store.pk, listing_id=other_tea.pk, counted=1, actor=SHOP)
    assert not OrderFlag.objects.exists(), "a proposal is no order to be flagged"
    capture(order)
    proposal.refresh_from_db()
    assert proposal.state == "lapsed"
    assert goods(order) == {tea.pk: ("removed", 2, 0), salt.pk: ("wanted", 1, 2000)}
    assert (order.total, order.captured, order.refunded) == (2000, 22000, 20000)
    assert Receipt.objects.get(amount=6000).reason == "out_of_stock"
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [6000, 20000]


def test_a_no_leaves_the_line_out_and_refunds_it(store, tea, other_tea, salt):
    order = confirmed("upi", {tea.pk: 2, salt.pk: 1}, store)
    proposal = answer("decline", offer(order, tea, other_tea))
    order.refresh_from_db()
    assert proposal.state == "declined"
    assert goods(order) == {tea.pk: ("removed", 2, 0), salt.pk: ("wanted", 1, 2000)}
    assert (order.total, order.refunded) == (2000, 20000)
    assert (held(tea), held(other_tea), held(salt)) == (0, 0, 1)


def test_a_no_to_the_only_item_calls_the_order_off(store, tea, other_tea):
    order = confirmed("upi", {tea.pk: 2}, store)
    answer("decline", offer(order, tea, other_tea))
    order.refresh_from_db()
    assert (order.state, order.refunded) == ("cancelled", 20000)
    assert order.events.last().reason == "nothing was left of the order"
    assert (held(tea), held(other_tea)) == (0, 0)


def test_a_withdrawn_offer_leaves_the_order_as_it_was(store, tea, other_tea):
    order = confirmed("cash", {tea.pk: 2}, store)
    proposal = answer("withdraw", offer(order, tea, other_tea), actor=SHOP)
    order.refresh_from_db()
    assert (proposal.state, order.version, order.total) == ("withdrawn", 1, 20000)
    assert (held(tea), held(other_tea)) == (2, 0)
    offer(order, tea, other_tea)


def test_silence_leaves_the_line_out_once(store, tea, other_tea, salt):
    order = confirmed("cash", {tea.pk: 2, salt.pk: 1}, store)
    proposal = offer(order, tea, other_tea)
    with travel(seconds=590):
        assert services.lapse_due() == 0
    with travel(seconds=601):
        with pytest.raises(ProposalClosed):
            answer("accept", proposal)
        assert (services.lapse_due(), services.lapse_due()) == (1, 0)
    order.refresh_from_db()
    proposal.refresh_from_db()
    assert (proposal.state, order.total, order.agreed_total) == ("lapsed", 2000, 2000)
    assert (held(tea), held(other_tea)) == (0, 0)
    assert order.events.last().actor == "system"
