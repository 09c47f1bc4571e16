"""The customer's word on a change of a locked order: asked for, given, refused, overdue.

Asked (`open`) -> answered; a yes to a dearer bill of a prepaid order first waits for exactly the
difference (`agreed`), and its capture changes the order in the same transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop

from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.money import charge
from orders.errors import BeingAsked, PaymentPending, TooLateToChange
from orders.models import Order, OrderLine, Proposal, ProposalLine, State
from orders.services.billing import PURPOSE, paid
from orders.services.changes import (
    Change,
    Lines,
    apply_changes,
    held_now,
    lines_of,
    preview,
)
from orders.services.closing import close
from orders.services.transitions import call_off
from payments.upi.services import start_attempt
from stores.inventory.holds import hold_stock, release_stock
from stores.inventory.models import Listing

MADE, ANSWERED = "proposal.made", "proposal.answered"
CAN_CHANGE = (State.CONFIRMED, State.ACCEPTED)
NOTHING_LEFT = gettext_noop("nothing was left of the order")


def check_can_change(order: Order) -> None:
    """Raises TooLateToChange unless goods and bill of the order may still change."""
    if order.state not in CAN_CHANGE:
        raise TooLateToChange(state=order.state, state_words=State(order.state).label)


def ask(
    order: Order,
    kind: Proposal.Kind,
    changes: Sequence[Change],
    *,
    actor: str,
    listings: Mapping[UUID, Listing],
) -> Proposal:
    """Put a change of a locked order to the customer, and set its extra goods aside meanwhile.

    `listings` are those of which there is to be more, locked. Raises BeingAsked, OutOfStock.
    """
    lines = lines_of(order)
    ids = [change.listing_id for change in changes]
    if order.proposals.live().filter(lines__listing_id__in=ids).exists():
        raise BeingAsked
    proposal = make(order, lines, kind, changes, actor=actor)
    hold_extra(proposal, lines, changes, listings)
    tell(MADE, proposal)
    return proposal


def make(
    order: Order,
    lines: Lines,
    kind: Proposal.Kind,
    changes: Sequence[Change],
    *,
    actor: str,
    delivery_fee: int | None = None,
) -> Proposal:
    """Write a change down as an open proposal; `lines` are the order's as they stand, and
    `delivery_fee` goes with a customer's own edit."""
    proposal = Proposal.objects.create(
        store_id=order.store_id,
        order=order,
        kind=kind,
        made_by=actor,
        delivery_fee=delivery_fee,
        due_at=now() + settings.PROPOSAL_WINDOW,
    )
    ProposalLine.objects.bulk_create(
        _proposal_line(proposal, change, lines.get(change.listing_id)) for change in changes
    )
    return proposal


def hold_extra(
    proposal: Proposal,
    lines: Lines,
    changes: Sequence[Change],
    listings: Mapping[UUID, Listing],
) -> None:
    """Set aside, under the proposal's own id, what it wants beyond the order. Raises OutOfStock."""
    # What is weighed lies before the shop already.
    for in_hand in (False, True):
        more = {
            change.listing_id: change.quantity - held_now(lines, change.listing_id)
            for change in changes
            if change.weighed == in_hand
        }
        more = {key: quantity for key, quantity in more.items() if quantity > 0}
        if more:
            hold_stock(
                store_id=proposal.store_id,
                reference=proposal.pk,
                wanted=more,
                listings=listings,
                in_hand=in_hand,
            )


def agree(
    order: Order, proposal: Proposal, changes: Sequence[Change], *, actor: str, reason: str
) -> Proposal:
    """Do what the customer said yes to, or wait for the payment that it takes.

    Raises PaymentPending, OutOfStock, UnknownListing, NothingLeft.
    """
    proposal.answered_by = actor
    extra = extra_for(order, proposal, changes)
    if not extra:
        carry_out(order, proposal, changes, actor=actor, reason=reason)
        return proposal
    if waiting := order.proposals.filter(state=Proposal.State.AGREED).first():
        raise PaymentPending(extra=waiting.extra)
    attempt = start_attempt(
        store_id=order.store_id,
        purpose=PURPOSE,
        reference=order.pk,
        amount=extra,
        note=f"{order.number} {order.store.name}",
    )
    proposal.state, proposal.extra = Proposal.State.AGREED, extra
    proposal.due_at = attempt.expires_at + settings.HOLD_GRACE
    proposal.save(update_fields=["state", "extra", "answered_by", "due_at"])
    tell(MADE, proposal)
    return proposal


def extra_for(order: Order, proposal: Proposal, changes: Sequence[Change]) -> int:
    """Paise that a prepaid customer would have to add; any other bill is paid at the end anyway."""
    if not order.prepaid:
        return 0
    would_be, _lines = preview(order, changes, fee=proposal.delivery_fee)
    return max(would_be.total - paid(order), 0)


def carry_out(
    order: Order, proposal: Proposal, changes: Sequence[Change], *, actor: str, reason: str
) -> None:
    """Change the order as agreed, with the stock set aside for it. Raises as `apply_changes`."""
    close(proposal, Proposal.State.APPLIED)
    apply_changes(
        order,
        changes,
        actor=actor,
        reason=reason,
        agreed=True,
        proposal=proposal,
    )
    tell(ANSWERED, proposal)


def end(
    order: Order, proposal: Proposal, state: Proposal.State, *, actor: str, reason: str
) -> None:
    """No yes has come: what was to be replaced is left out, anything else stays as it was.

    Where nothing is left to bring, the locked order is called off. Raises PaymentPending.
    """
    close(proposal, state)
    tell(ANSWERED, proposal)
    lines = lines_of(order)
    missing = [each.replaces_id for each in proposal.lines.all() if each.replaces_id is not None]
    if call_off_if_empty(order, actor=actor, without=missing):
        return
    out = [
        Change(key, 0, lines[key].price, lines[key].per) for key in missing if not lines[key].out
    ]
    if out:
        apply_changes(order, out, actor=actor, reason=reason, agreed=False, proposal=proposal)
    else:
        release_stock(store_id=order.store_id, reference=proposal.pk)


def call_off_if_empty(order: Order, *, actor: str, without: Collection[UUID] = ()) -> bool:
    """Call a locked order off if nothing but these listings is left to bring and nothing more may
    come: its last line may be left out while the customer is still being asked."""
    others = [line for key, line in lines_of(order).items() if key not in without and not line.out]
    if others or order.proposals.live().exists():
        return False
    call_off(order, State.CANCELLED, actor=actor, reason=NOTHING_LEFT)
    return True


def changes_of(proposal: Proposal) -> list[Change]:
    """What the customer was asked about."""
    return [
        Change(
            each.listing_id,
            each.quantity,
            each.price,
            each.per,
            replaces=each.replaces_id,
            weighed=each.weighed,
        )
        for each in proposal.lines.all()
    ]


def tell(event: str, proposal: Proposal) -> None:
    payload = {"proposal_id": str(proposal.pk), "store_id": str(proposal.store_id)}
    outbox.publish(event, payload, store_id=proposal.store_id)


def _proposal_line(proposal: Proposal, change: Change, line: OrderLine | None) -> ProposalLine:
    price, per = change.price, change.per
    if line is not None and not line.out:
        price, per = line.price, line.per
    return ProposalLine(
        store_id=proposal.store_id,
        proposal=proposal,
        listing_id=change.listing_id,
        replaces_id=change.replaces,
        quantity=change.quantity,
        price=price,
        per=per,
        amount=charge(price=price, per=per, quantity=change.quantity),
    )
