"""What the shop does while it gathers an order: each line is ticked, weighed, or not to be had.

A tick changes neither the order's state nor its bill, so it is no new version of it: the bill
follows when the order is packed. What is left out changes the bill at once.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F
from django.utils import translation

from marketplace.core.clock import business_date, now
from marketplace.core.errors import InvalidInput
from marketplace.core.quantity import show_quantity
from marketplace.core.templatetags.nukkad import localised
from orders.errors import BeingAsked, NothingLeft, NotWeighed, UnknownLine
from orders.models import Order, OrderLine, Proposal, State
from orders.services.billing import (
    LINE_BILL,
    ORDER_BILL,
    bill_line,
    bill_order,
    refund_surplus,
)
from orders.services.transitions import check, locked_order, note_change
from stores.inventory.holds import adjust_holds, lock_listings
from stores.inventory.models import Listing
from stores.inventory.services import count_stock, set_on_shelf

# Base units: a tonne, or a thousand litres. More is a slip of the finger.
MOST_WEIGHED = 1_000_000


def pick_line(
    *, store_id: UUID, order_id: UUID, line_id: UUID, packed: int | None = None
) -> OrderLine:
    """Tick a line: it lies in the bag. Goods by weight say how much was weighed, in base units.

    Ticked again it takes the new weight. Raises UnknownOrder, UnknownLine, IllegalTransition,
    NotWeighed, InvalidInput, Busy.
    """
    with locked_order(store_id, order_id) as order:
        check(order, State.PACKED)
        line = _find_line(order.lines.all(), line_id)
        if line.by_weight:
            line.packed = check_weight(line, packed)
        elif packed not in (None, line.quantity):
            raise InvalidInput(field="packed", why=f"{packed} != {line.quantity}")
        else:
            line.packed = line.quantity
        line.state = OrderLine.State.PICKED
        line.save(update_fields=["state", "packed"])
        return line


def unpick_line(*, store_id: UUID, order_id: UUID, line_id: UUID) -> OrderLine:
    """Take a tick back. Raises UnknownOrder, UnknownLine, IllegalTransition, Busy."""
    with locked_order(store_id, order_id) as order:
        check(order, State.PACKED)
        line = _find_line(order.lines.all(), line_id)
        line.state, line.packed = OrderLine.State.WANTED, None
        line.save(update_fields=["state", "packed"])
        return line


def mark_unavailable(
    *,
    store_id: UUID,
    order_id: UUID,
    line_id: UUID,
    actor: str,
    available: int = 0,
    stop_selling: bool = False,
) -> Order:
    """Leave a line out, or supply only the `available` base units there are of it.

    The customer pays that much less, and gets back at once what was prepaid for it. With
    `stop_selling` nobody else can buy of it either: the shelf is taken to hold what is set aside
    for orders, and no more. Raises UnknownOrder, UnknownLine, IllegalTransition, BeingAsked,
    InvalidInput, NothingLeft (the shop then declines the whole order), OutOfStock, Busy.
    """
    with locked_order(store_id, order_id) as order:
        check(order, State.PACKED)
        lines = list(order.lines.all())
        line = _find_line(lines, line_id)
        if not 0 <= available < line.quantity:
            raise InvalidInput(field="available", why=f"0 <= {available} < {line.quantity}")
        if not available and all(other.out for other in lines if other is not line):
            raise NothingLeft
        if _asked_about(order, line.listing_id):
            raise BeingAsked
        listings = lock_listings(
            store_id=store_id, listing_ids=[line.listing_id], on=business_date()
        )
        adjust_holds(
            store_id=store_id,
            reference=order_id,
            wanted={line.listing_id: available},
            listings=listings,
        )
        if stop_selling:
            _stop_selling(listings[line.listing_id], order, actor)
        before, line.packed = line.quantity, None
        if available:
            line.state, line.quantity = OrderLine.State.WANTED, available
        else:
            line.state = OrderLine.State.REMOVED
        bill_line(line)
        line.save(update_fields=LINE_BILL)
        order.flags.open().filter(listing_id=line.listing_id).update(cleared_at=now())
        bill_order(order, lines)
        order.agreed_total = min(order.agreed_total, order.total)
        refund_surplus(order, reason="not available")
        return note_change(
            order,
            actor=actor,
            reason=_in_words(order, line, before, available),
            also=[*ORDER_BILL, "agreed_total"],
        )


def check_weight(line: OrderLine, weighed: int | None) -> int:
    """Raises NotWeighed without a weight, InvalidInput where it cannot be right."""
    if weighed is None:
        raise not_weighed([line])
    if not 0 < weighed <= MOST_WEIGHED:
        raise InvalidInput(field="packed", why=f"0 < {weighed} <= {MOST_WEIGHED}")
    return weighed


def not_weighed(lines: Iterable[OrderLine]) -> NotWeighed:
    lines = list(lines)
    return NotWeighed(
        names=", ".join(localised(line) for line in lines),
        lines=[{"listing": str(line.listing_id), "name": line.name} for line in lines],
    )


def _find_line(lines: Iterable[OrderLine], line_id: UUID) -> OrderLine:
    for line in lines:
        if line.pk == line_id and not line.out:
            return line
    raise UnknownLine


def _asked_about(order: Order, listing_id: UUID) -> bool:
    """Whether the customer's answer would meet another line, or another bill, than they were shown."""
    asked = order.proposals.live()
    return (
        asked.filter(state=Proposal.State.AGREED).exists()
        or asked.filter(lines__listing_id=listing_id).exists()
        or asked.filter(lines__replaces_id=listing_id).exists()
    )


def _stop_selling(listing: Listing, order: Order, actor: str) -> None:
    store_id, listing_id = listing.store_id, listing.pk
    if listing.policy == Listing.Policy.ON_SHELF:
        set_on_shelf(store_id=store_id, listing_id=listing_id, on_shelf=False, actor=actor)
        return
    set_aside = (
        Listing.objects.of_store(store_id)
        .values_list(F("held") + F("expired"), flat=True)
        .get(pk=listing_id)
    )
    count_stock(
        store_id=store_id,
        listing_id=listing_id,
        counted=set_aside,
        actor=actor,
        reason=order.number,
    )


def _in_words(order: Order, line: OrderLine, before: int, available: int) -> str:
    """For the order's history, in its language: `Potato: 2 kg → 1.5 kg`."""
    with translation.override(order.language):
        left = show_quantity(available, line.unit) if available else "0"
        return f"{localised(line)}: {show_quantity(before, line.unit)} → {left}"
