"""Substitutes, weights and what the customer says to them."""

from collections.abc import Collection, Mapping
from copy import copy
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from marketplace.core.clock import business_date, now
from marketplace.core.errors import InvalidInput
from orders.errors import (
    NothingLeft,
    NothingToAsk,
    NotPaidFor,
    PaymentPending,
    ProposalClosed,
    UnknownLine,
    UnknownProposal,
)
from orders.models import Order, OrderLine, Proposal
from orders.services.billing import most_without_asking
from orders.services.changes import Change, Lines, held_now, lines_of, preview
from orders.services.closing import close, lock_live
from orders.services.consent import (
    CAN_CHANGE,
    agree,
    ask,
    call_off_if_empty,
    carry_out,
    changes_of,
    check_can_change,
    end,
)
from orders.services.picking import check_weight
from orders.services.quoting import price_lines
from orders.services.transitions import is_buyer, locked_order
from payments.upi.payees import Applied, Outcome, Refund
from payments.upi.services import RefundTooLarge
from stores.inventory.errors import OutOfStock, UnknownListing
from stores.inventory.holds import lock_listings, release_stock

# What the history says of a change; the pages translate it.
SAID_YES = gettext_noop("The customer agreed")
SAID_YES_BY_PHONE = gettext_noop("The customer agreed on the telephone")
SAID_NO = gettext_noop("The customer does not want it")
SAID_NO_BY_PHONE = gettext_noop("The customer said no on the telephone")
PAID_MORE = gettext_noop("The customer paid the difference")
SOLD_OUT = gettext_noop("out of stock")

CANNOT_BE_DONE = (
    OutOfStock,
    UnknownListing,
    NotPaidFor,
    NothingLeft,
    PaymentPending,
    RefundTooLarge,
)


def propose_substitute(
    *, store_id: UUID, order_id: UUID, line_id: UUID, listing_id: UUID, quantity: int, actor: str
) -> Proposal:
    """Offer `quantity` base units of another listing, at today's price, in place of a line.

    They are set aside while the customer thinks it over. Of a prepaid order the question is also
    about what weighs more than was paid for: else a cheaper item would send money back for which the
    scale then asks again. Raises UnknownOrder, TooLateToChange,
    UnknownLine, UnknownListing, BadQuantity, OutOfStock, BeingAsked, InvalidInput, Busy.
    """
    with locked_order(store_id, order_id) as order:
        check_can_change(order)
        lines = lines_of(order)
        line = next((each for each in lines.values() if each.pk == line_id), None)
        if line is None or line.state == OrderLine.State.REPLACED:
            raise UnknownLine
        if line.listing_id == listing_id:
            raise InvalidInput(field="listing", why=_("the same item"))
        weights = _heavier(order, lines, {line.listing_id, listing_id})
        ids = [listing_id, *(change.listing_id for change in weights)]
        listings = lock_listings(store_id=store_id, listing_ids=ids, on=business_date())
        price_lines(listings, {listing_id: quantity})
        offered = listings[listing_id]
        changes = [
            Change(line.listing_id, 0, line.price, line.per),
            Change(
                listing_id,
                held_now(lines, listing_id) + quantity,
                offered.price,
                offered.per,
                replaces=line.listing_id,
            ),
            *weights,
        ]
        return ask(order, Proposal.Kind.SUBSTITUTE, changes, actor=actor, listings=listings)


def _heavier(order: Order, lines: Lines, besides: Collection[UUID]) -> list[Change]:
    """What lies on the scale already and weighs more than a prepaid customer has paid for, unless they
    are being asked about it."""
    if not order.prepaid:
        return []
    asked = set(order.proposals.live().values_list("lines__listing_id", flat=True))
    return [
        Change(key, line.packed, line.price, line.per, weighed=True)
        for key, line in lines.items()
        if line.by_weight and not line.out and key not in asked | set(besides)
        if line.packed is not None and line.packed > line.quantity
    ]


def propose_weight(
    *, store_id: UUID, order_id: UUID, weights: Mapping[UUID, int], actor: str
) -> Proposal:
    """Ask for a yes to what the scales say: base units per line, of goods sold by weight.

    Raises UnknownOrder, TooLateToChange, UnknownLine, InvalidInput, UnlikelyWeight, NothingToAsk
    when the bill stays within what needs no asking, OutOfStock, BeingAsked, Busy.
    """
    with locked_order(store_id, order_id) as order:
        check_can_change(order)
        lines = lines_of(order)
        weighed = {line.pk: line for line in lines.values() if line.by_weight and not line.out}
        if not weights or weights.keys() - weighed.keys():
            raise UnknownLine
        for key, weight in weights.items():
            check_weight(weighed[key], weight)
        changes = [
            Change(
                weighed[key].listing_id,
                weight,
                weighed[key].price,
                weighed[key].per,
                weighed=True,
            )
            for key, weight in weights.items()
        ]
        would_be, _lines = preview(order, changes)
        if would_be.total <= most_without_asking(order):
            raise NothingToAsk
        ids = [change.listing_id for change in changes]
        listings = lock_listings(store_id=store_id, listing_ids=ids, on=business_date())
        return ask(order, Proposal.Kind.WEIGHT, changes, actor=actor, listings=listings)


def accept_proposal(*, store_id: UUID, order_id: UUID, proposal_id: UUID, actor: str) -> Proposal:
    """The customer says yes; or the shop passes on the yes it was given on the telephone.

    A prepaid order that gets dearer waits for the payment of `extra` paise; any other changes at
    once. Raises UnknownOrder, UnknownProposal, ProposalClosed, TooLateToChange, PaymentPending,
    OutOfStock, NothingLeft, Busy; then nothing has changed.
    """
    with locked_order(store_id, order_id) as order:
        proposal = _lock(order, proposal_id)
        if proposal.state != Proposal.State.OPEN or proposal.due_at <= now():
            raise _closed(proposal)
        check_can_change(order)
        reason = SAID_YES if is_buyer(order, actor) else SAID_YES_BY_PHONE
        return agree(order, proposal, changes_of(proposal), actor=actor, reason=reason)


def decline_proposal(*, store_id: UUID, order_id: UUID, proposal_id: UUID, actor: str) -> Proposal:
    """The customer says no, or will not pay for it; or the shop passes that on.

    What was to be replaced is left out and not charged; otherwise the order stays as it was. Where
    nothing is left, the order is called off. Raises UnknownOrder, UnknownProposal, ProposalClosed,
    Busy.
    """
    with locked_order(store_id, order_id) as order:
        proposal = _lock(order, proposal_id)
        proposal.answered_by = actor
        reason = SAID_NO if is_buyer(order, actor) else SAID_NO_BY_PHONE
        end(order, proposal, Proposal.State.DECLINED, actor=actor, reason=reason)
        return proposal


def withdraw_proposal(*, store_id: UUID, order_id: UUID, proposal_id: UUID, actor: str) -> Proposal:
    """The shop takes its question back; the order stays as it was, unless nothing is left of it: then
    it is called off.

    Raises UnknownOrder, UnknownProposal, ProposalClosed, Busy.
    """
    with locked_order(store_id, order_id) as order:
        proposal = _lock(order, proposal_id)
        close(proposal, Proposal.State.WITHDRAWN)
        if not call_off_if_empty(order, actor=actor):
            release_stock(store_id=store_id, reference=proposal_id)
        return proposal


def take_extra_payment(order: Order, amount: int) -> Outcome:
    """Change a locked order as its customer has just paid for, or say why the money must go back.

    Called by the payee of orders, in the transaction of the capture, with the order's live
    proposals locked.
    """
    proposal = order.proposals.filter(state=Proposal.State.AGREED, extra=amount).first()
    if proposal is None or order.state not in CAN_CHANGE:
        return Refund(f"order is {order.state}")
    try:
        with transaction.atomic():
            paid_up = copy(order)
            paid_up.captured += amount
            carry_out(paid_up, proposal, changes_of(proposal), actor="bank", reason=PAID_MORE)
    except CANNOT_BE_DONE as refusal:
        end(order, proposal, Proposal.State.LAPSED, actor="system", reason=SOLD_OUT)
        return Refund(refusal.code)
    return Applied()


def _lock(order: Order, proposal_id: UUID) -> Proposal:
    """A live proposal of a locked order, locked. Raises UnknownProposal, ProposalClosed."""
    live = {each.pk: each for each in lock_live(order)}
    if proposal := live.get(proposal_id):
        return proposal
    closed = order.proposals.filter(pk=proposal_id).first()
    raise _closed(closed) if closed else UnknownProposal


def _closed(proposal: Proposal) -> ProposalClosed:
    over = proposal.state == Proposal.State.OPEN and proposal.due_at <= now()
    state = Proposal.State.LAPSED if over else Proposal.State(proposal.state)
    return ProposalClosed(state=str(state), state_words=state.label)
