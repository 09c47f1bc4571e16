"""What still waits for the customer ends when the order is called off."""

from marketplace.core.clock import business_date, now
from orders.models import Order, Proposal
from orders.services.credit import lock_credit
from stores.inventory.holds import lock_listings, release_stock
from stores.inventory.models import Hold


def lock_live(order: Order) -> list[Proposal]:
    """The live proposals of a locked order, locked in key order, and its khata: before any listing is."""
    live = order.proposals.live().order_by("pk").select_for_update(of=("self",), no_key=True)
    found = list(live)
    lock_credit(order)
    return found


def close(proposal: Proposal, state: Proposal.State) -> None:
    """End a live proposal, locked; its stock is the caller's business."""
    proposal.state, proposal.closed_at = state, now()
    proposal.save(update_fields=["state", "closed_at", "answered_by"])


def close_proposals(order: Order) -> None:
    """Withdraw the live proposals of a locked order and give back what is held for them.

    Locks the order's own goods with theirs, in one go, for whoever moves them next.
    """
    proposals = list(order.proposals.values_list("pk", flat=True))
    if not proposals:
        return
    for proposal in lock_live(order):
        close(proposal, Proposal.State.WITHDRAWN)
    held = (
        Hold.objects.open()
        .filter(store_id=order.store_id, reference__in=[*proposals, order.pk])
        .values_list("reference", "listing_id")
    )
    references = {reference for reference, _listing in held} - {order.pk}
    goods = {listing for _reference, listing in held}
    goods.update(order.lines.values_list("listing_id", flat=True))
    lock_listings(store_id=order.store_id, listing_ids=goods, on=business_date())
    for reference in references:
        release_stock(store_id=order.store_id, reference=reference)
