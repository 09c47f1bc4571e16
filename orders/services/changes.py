"""What an order holds changes: one way for substitutes, weights and edits alike.

The caller has locked the order. Whatever waits for the customer's yes holds its extra stock under
its own id; here that stock becomes the order's, or goes back to the shelf.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from uuid import UUID

from marketplace.core.clock import business_date, now
from orders.errors import NothingLeft, NotPaidFor, PaymentPending
from orders.models import Order, OrderLine, Proposal
from orders.services.billing import (
    LINE_BILL,
    ORDER_BILL,
    bill_line,
    bill_order,
    paid,
    refund_surplus,
)
from orders.services.closing import close
from orders.services.credit import promise_bill
from orders.services.placing import make_line
from orders.services.transitions import note_change
from stores.inventory.errors import UnknownListing
from stores.inventory.holds import (
    adjust_holds,
    hand_over_holds,
    lock_listings,
    release_stock,
)
from stores.inventory.models import Hold, Listing, ListingQuerySet


@dataclass(frozen=True, slots=True)
class Change:
    """The order is to hold `quantity` base units of a listing; zero takes it out.

    `price` paise for `per` base units are asked where it comes in anew: what is in the order keeps
    its price. `replaces` names the listing that it stands in for; `weighed` goods lie in the bag.
    """

    listing_id: UUID
    quantity: int
    price: int
    per: int
    replaces: UUID | None = None
    weighed: bool = False


Lines = dict[UUID, OrderLine]


def lines_of(order: Order) -> Lines:
    """Every line of the order by its listing, those left out included."""
    return {line.listing_id: line for line in order.lines.all()}


def held_now(lines: Lines, listing_id: UUID) -> int:
    """Base units of a listing that the order is to supply as it stands."""
    line = lines.get(listing_id)
    return 0 if line is None or line.out else line.quantity


def draft_changes(
    order: Order,
    lines: Lines,
    changes: Sequence[Change],
    listings: Mapping[UUID, Listing],
    *,
    fee: int | None = None,
) -> list[OrderLine]:
    """Make the order and its lines what they would be; returns the lines that differ. Not saved.

    `listings` holds those that come in anew, with product and tax; `fee` is the delivery fee from
    then on, in paise, else it stays.
    """
    replaced = {change.replaces for change in changes}
    differing = []
    for change in changes:
        line = lines.get(change.listing_id)
        if line is None:
            line = make_line(
                order,
                order.store,
                max((each.n for each in lines.values()), default=0) + 1,
                listings[change.listing_id],
                change.quantity,
                0,
            )
            line.ordered = 0
            lines[change.listing_id] = line
        if line._state.adding or (line.out and change.quantity):
            line.price, line.per, line.replaces_id = change.price, change.per, change.replaces
        _set_quantity(line, change, replaced=change.listing_id in replaced)
        bill_line(line)
        differing.append(line)
    if fee is not None:
        order.delivery_fee = fee
    bill_order(order, lines.values())
    return differing


def preview(
    order: Order,
    changes: Sequence[Change],
    *,
    fee: int | None = None,
    lines: Lines | None = None,
    listings: Mapping[UUID, Listing] | None = None,
) -> tuple[Order, list[OrderLine]]:
    """The order and all its lines as the changes would leave them, nothing locked or written.

    `lines` are the order's, and `listings` to sell, if they have been read; lines are changed.
    """
    lines, would_be = lines_of(order) if lines is None else lines, copy(order)
    if listings is None:
        new = [change.listing_id for change in changes if change.listing_id not in lines]
        listings = read_listings(order.store_id, new)
    draft_changes(would_be, lines, changes, listings, fee=fee)
    return would_be, list(lines.values())


def listings_to_sell(store_id: UUID) -> ListingQuerySet:
    """A shop's listings with all that a line of an order is made of."""
    return Listing.objects.of_store(store_id).select_related("product").with_tax(business_date())


def read_listings(store_id: UUID, ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Listings with product and tax, not locked. Raises UnknownListing."""
    listings = listings_to_sell(store_id).in_bulk(list(ids)) if ids else {}
    if len(listings) != len(set(ids)):
        raise UnknownListing
    return listings


def _set_quantity(line: OrderLine, change: Change, *, replaced: bool) -> None:
    """What was picked for another quantity is to be picked again."""
    line.packed = change.quantity if change.weighed else None
    if not change.quantity:
        line.state = OrderLine.State.REPLACED if replaced else OrderLine.State.REMOVED
        return
    line.quantity = change.quantity
    line.state = OrderLine.State.PICKED if change.weighed else OrderLine.State.WANTED


def apply_changes(
    order: Order,
    changes: Sequence[Change],
    *,
    actor: str,
    reason: str,
    agreed: bool,
    proposal: Proposal | None = None,
) -> Order:
    """Change goods, holds and bill of an order, locked with its live proposals (`lock_live`), and
    owe a prepaid surplus back.

    `agreed`: the customer has said yes to the bill that results. The stock held for `proposal`
    becomes the order's, and its fee the fee; other offers about the same goods are withdrawn. Raises OutOfStock,
    UnknownListing, NothingLeft, PaymentPending, NotPaidFor, OverLimit: the caller then rolls back.
    """
    others = _others_about(order, changes, proposal)
    for other in others:
        close(other, Proposal.State.WITHDRAWN)
    listings = _lock(order, {change.listing_id for change in changes}, others, proposal)
    lines = lines_of(order)
    fee = proposal.delivery_fee if proposal else None
    differing = draft_changes(order, lines, changes, listings, fee=fee)
    if all(line.out for line in lines.values()) and not _still_asking(order, proposal):
        raise NothingLeft
    if order.prepaid and order.total > paid(order):
        raise NotPaidFor(extra=order.total - paid(order))
    promise_bill(order)
    adjust_holds(
        store_id=order.store_id,
        reference=order.pk,
        wanted={change.listing_id: change.quantity for change in changes},
        listings=listings,
    )
    _save_lines(differing)
    order.flags.open().filter(listing_id__in=[line.listing_id for line in differing]).update(
        cleared_at=now()
    )
    # Unasked a bill only falls, and from then on the lower one counts as agreed.
    order.agreed_total = order.total if agreed else min(order.agreed_total, order.total)
    refund_surplus(order, reason="the order has changed")
    return note_change(
        order, actor=actor, reason=reason, also=[*ORDER_BILL, "agreed_total", "captured"]
    )


def _still_asking(order: Order, proposal: Proposal | None) -> bool:
    return order.proposals.live().exclude(pk__in=[proposal.pk] if proposal else []).exists()


def _others_about(
    order: Order, changes: Sequence[Change], proposal: Proposal | None
) -> list[Proposal]:
    """The other live proposals that say something about the same listings. Raises PaymentPending."""
    others = list(
        order.proposals.live()
        .filter(lines__listing_id__in=[change.listing_id for change in changes])
        .exclude(pk__in=[proposal.pk] if proposal else [])
        .distinct()
    )
    for other in others:
        if other.state == Proposal.State.AGREED:
            raise PaymentPending(extra=other.extra)
    return others


def _lock(
    order: Order, ids: set[UUID], withdrawn: Sequence[Proposal], proposal: Proposal | None
) -> dict[UUID, Listing]:
    """The listings of a change, locked in one go with all that is held for these proposals: what was
    held for this one becomes the order's where it is part of the change, all else goes back to the
    shelf."""
    references = [each.pk for each in withdrawn] + ([proposal.pk] if proposal else [])
    holds = Hold.objects.open().filter(store_id=order.store_id, reference__in=references)
    every = ids | set(holds.values_list("listing_id", flat=True))
    listings = lock_listings(store_id=order.store_id, listing_ids=every, on=business_date())
    if proposal is not None:
        hand_over_holds(store_id=order.store_id, giver=proposal.pk, taker=order.pk, listing_ids=ids)
    if not (left := set(holds.values_list("reference", flat=True))):
        return listings
    for reference in left:
        release_stock(store_id=order.store_id, reference=reference)
    return lock_listings(store_id=order.store_id, listing_ids=every, on=business_date())


def _save_lines(lines: list[OrderLine]) -> None:
    new = [line for line in lines if line._state.adding]
    OrderLine.objects.bulk_update(
        [line for line in lines if not line._state.adding],
        [*LINE_BILL, "price", "per", "replaces"],
    )
    OrderLine.objects.bulk_create(new)
