"""Changing an order before it is packed: by its customer, or by the shop with the customer's yes."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_noop

from marketplace.core.clock import business_date
from marketplace.core.errors import InvalidInput
from marketplace.core.money import rupees
from orders.errors import BelowMinimum, NothingChanges, OrderChanged, TotalChanged
from orders.models import Order, OrderLine, Proposal
from orders.services.billing import bill_order, check_total, paid
from orders.services.changes import (
    Change,
    Lines,
    apply_changes,
    held_now,
    lines_of,
    preview,
    read_listings,
)
from orders.services.closing import close, lock_live
from orders.services.consent import agree, ask, check_can_change, extra_for, hold_extra, make
from orders.services.placing import MOST_LINES
from orders.services.quoting import price_lines
from orders.services.transitions import locked_order
from stores.inventory.holds import lock_listings
from stores.inventory.models import Listing

BY_CUSTOMER = gettext_noop("The customer changed the order")
BY_SHOP = gettext_noop("The shop changed the order")


@dataclass(frozen=True, slots=True)
class Edit:
    """An order as an edit would leave it: its bill, all its lines, and what is then due, in paise.

    `extra` is to be paid now by UPI, `back` is refunded; a bill that is not prepaid has neither.
    """

    order: Order
    lines: list[OrderLine]
    extra: int
    back: int


def edit_order(
    *,
    store_id: UUID,
    order_id: UUID,
    actor: str,
    quantities: Mapping[UUID, int],
    by_customer: bool = False,
    expected_version: int | None = None,
    expected_total: int | None = None,
) -> Proposal:
    """Let the order hold these base units of each listing from now on; zero takes one out.

    The edit `by_customer` is done at once, or once the difference of a prepaid bill is paid. The
    shop's is done at once where there is less of everything, and else asks the customer. Goods in
    the order keep their price. `expected_version` and `expected_total` (paise) are what the person
    saw. Raises UnknownOrder, TooLateToChange, OrderChanged, TotalChanged, NothingChanges,
    NothingLeft, BelowMinimum, BillTooHigh, BadQuantity, UnknownListing, OutOfStock, BeingAsked,
    PaymentPending, InvalidInput, Busy; then nothing has changed.
    """
    with locked_order(store_id, order_id) as order:
        lock_live(order)
        check_can_change(order)
        if expected_version not in (None, order.version):
            raise OrderChanged
        lines = lines_of(order)
        changes = _changes(order, lines, quantities)
        would_be, _lines = _would_be(order, lines_of(order), changes, by_customer=by_customer)
        check_total(would_be.total, order.payment_method)
        if expected_total not in (None, would_be.total):
            raise TotalChanged(total=would_be.total, expected=expected_total)
        if by_customer:
            return _edit_own(order, lines, changes, would_be, actor=actor)
        more = [each for each in changes if each.quantity > held_now(lines, each.listing_id)]
        if more:
            listings = _lock(order, more)
            return ask(order, Proposal.Kind.EDIT, changes, actor=actor, listings=listings)
        proposal = make(order, lines, Proposal.Kind.EDIT, changes, actor=actor)
        close(proposal, Proposal.State.APPLIED)
        apply_changes(order, changes, actor=actor, reason=BY_SHOP, agreed=False, proposal=proposal)
        return proposal


def preview_edit(*, order: Order, quantities: Mapping[UUID, int]) -> Edit:
    """What the customer's edit would cost as things stand; nothing is held or changed.

    Raises UnknownListing, BadQuantity, InvalidInput.
    """
    as_it_is = lines_of(order)
    try:
        changes = _changes(order, as_it_is, quantities)
    except NothingChanges:
        changes = []
    would_be, lines = _would_be(order, as_it_is, changes, by_customer=True)
    difference = would_be.total - paid(order) if order.prepaid else 0
    return Edit(would_be, lines, extra=max(difference, 0), back=max(-difference, 0))


def _would_be(
    order: Order, lines: Lines, changes: list[Change], *, by_customer: bool
) -> tuple[Order, list[OrderLine]]:
    """As `preview`, which changes these lines; for the customer the delivery fee comes or goes as the
    goods cross the shop's mark for free delivery."""
    would_be, drafted = preview(order, changes, lines=lines)
    if by_customer and order.fulfilment == Order.Fulfilment.DELIVERY:
        fee = order.store.fee_for(would_be.items_total)
        if fee != order.store.fee_for(order.items_total):
            would_be.delivery_fee = fee
            bill_order(would_be, drafted)
    return would_be, drafted


def _edit_own(
    order: Order, lines: Lines, changes: list[Change], would_be: Order, *, actor: str
) -> Proposal:
    """The customers' own edit needs nobody's yes but their own, and the money."""
    store = order.store
    too_small = would_be.items_total < min(store.minimum_order, order.items_total)
    if too_small and order.fulfilment == Order.Fulfilment.DELIVERY:
        missing = store.minimum_order - would_be.items_total
        raise BelowMinimum(
            minimum=rupees(store.minimum_order), missing=rupees(missing), missing_paise=missing
        )
    proposal = make(
        order,
        lines,
        Proposal.Kind.EDIT,
        changes,
        actor=actor,
        delivery_fee=would_be.delivery_fee,
    )
    if extra_for(order, proposal, changes):
        hold_extra(proposal, lines, changes, _lock(order, changes))
    return agree(order, proposal, changes, actor=actor, reason=BY_CUSTOMER)


def _changes(order: Order, lines: Lines, quantities: Mapping[UUID, int]) -> list[Change]:
    """What differs from the order as it stands. Raises NothingChanges, UnknownListing, BadQuantity,
    InvalidInput."""
    if any(quantity < 0 for quantity in quantities.values()):
        raise InvalidInput(field="quantity", why=str(min(quantities.values())))
    differing = {
        key: quantity for key, quantity in quantities.items() if quantity != held_now(lines, key)
    }
    if not differing:
        raise NothingChanges
    if len(lines.keys() | differing.keys()) > MOST_LINES:
        raise InvalidInput(field="lines", why=f"> {MOST_LINES}")
    listings = read_listings(order.store_id, differing.keys())
    price_lines(listings, {key: quantity for key, quantity in differing.items() if quantity})
    return [
        Change(key, quantity, listings[key].price, listings[key].per)
        for key, quantity in differing.items()
    ]


def _lock(order: Order, changes: list[Change]) -> dict[UUID, Listing]:
    return lock_listings(
        store_id=order.store_id,
        listing_ids=[change.listing_id for change in changes],
        on=business_date(),
    )
