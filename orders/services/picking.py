"""What the shop does while it gathers an order: each line is ticked, weighed, or not to be had.

A tick changes neither the order's state nor its bill, so it is no new version of it: the bill
follows when the order is packed. What is left out changes the bill at once.
"""

from collections.abc import Iterable
from uuid import UUID

from django.utils import translation

from marketplace.core.errors import InvalidInput
from marketplace.core.quantity import show_quantity
from marketplace.core.saying import say_list
from marketplace.core.templatetags.nukkad import localised
from orders.errors import NotWeighed, OrderChanged, UnknownLine, UnlikelyWeight, WeighedAlready
from orders.models import Order, OrderLine, State
from orders.services.changes import Change, apply_changes
from orders.services.closing import lock_live
from orders.services.transitions import check, locked_order
from stores.inventory.models import Listing
from stores.inventory.services import count_out, set_on_shelf

# Base units: a tonne, or a thousand litres. More is a slip of the finger.
MOST_WEIGHED = 1_000_000
# Times what was ordered: nobody puts in so much for it, but 5.0 is soon typed for 0.5.
FAR_MORE = 5


def pick_line(
    *,
    store_id: UUID,
    order_id: UUID,
    line_id: UUID,
    packed: int | None = None,
    expected: int | None = None,
) -> OrderLine:
    """Tick a line: it lies in the bag. Goods by weight say how much was weighed, in base units.

    Ticked again it takes the new weight. `expected` are the base units that the person read on a
    list with no tick at this line: where more or less is wanted by now that raises OrderChanged,
    where it has been weighed since WeighedAlready. Raises UnknownOrder, UnknownLine,
    IllegalTransition, NotWeighed, InvalidInput, UnlikelyWeight, Busy.
    """
    with locked_order(store_id, order_id) as order:
        check(order, State.PACKED)
        line = _find_line(order.lines.all(), line_id)
        if expected not in (None, line.quantity):
            raise OrderChanged
        if expected is not None and line.packed not in (None, packed or line.quantity):
            raise WeighedAlready(weighed=show_quantity(line.packed, line.unit))
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
    for orders, and no more. An offer to the customer about the same item is withdrawn. Raises
    UnknownOrder, UnknownLine, IllegalTransition, InvalidInput, NothingLeft (the shop then declines
    the whole order), PaymentPending, OutOfStock, Busy.
    """
    with locked_order(store_id, order_id) as order:
        check(order, State.PACKED)
        lock_live(order)
        line = _find_line(order.lines.all(), line_id)
        if not 0 <= available < line.quantity:
            raise InvalidInput(field="available", why=f"0 <= {available} < {line.quantity}")
        apply_changes(
            order,
            [Change(line.listing_id, available, line.price, line.per)],
            actor=actor,
            reason=_in_words(order, line, available),
            agreed=False,
        )
        if stop_selling:
            _stop_selling(line.listing, order, actor)
        return order


def check_weight(line: OrderLine, weighed: int | None) -> int:
    """Raises NotWeighed without a weight, InvalidInput where it cannot be right, UnlikelyWeight where
    it hardly is."""
    if weighed is None:
        raise not_weighed([line])
    if not 0 < weighed <= MOST_WEIGHED:
        raise InvalidInput(field="packed", why=f"0 < {weighed} <= {MOST_WEIGHED}")
    if weighed > FAR_MORE * line.quantity:
        raise UnlikelyWeight(
            weighed=show_quantity(weighed, line.unit),
            ordered=show_quantity(line.quantity, line.unit),
        )
    return weighed


def not_weighed(lines: Iterable[OrderLine]) -> NotWeighed:
    lines = list(lines)
    return NotWeighed(
        names=say_list([localised(line) for line in lines]),
        lines=[{"listing": str(line.listing_id), "name": line.name} for line in lines],
    )


def _find_line(lines: Iterable[OrderLine], line_id: UUID) -> OrderLine:
    for line in lines:
        if line.pk == line_id and not line.out:
            return line
    raise UnknownLine


def _stop_selling(listing: Listing, order: Order, actor: str) -> None:
    store_id, listing_id = listing.store_id, listing.pk
    if listing.policy == Listing.Policy.ON_SHELF:
        set_on_shelf(store_id=store_id, listing_id=listing_id, on_shelf=False, actor=actor)
        return
    count_out(store_id=store_id, listing_id=listing_id, actor=actor, reason=order.number)


def _in_words(order: Order, line: OrderLine, available: int) -> str:
    """For the order's history, in its language: `Potato: 2 kg → 1.5 kg`."""
    with translation.override(order.language):
        left = show_quantity(available, line.unit) if available else "0"
        return f"{localised(line)}: {show_quantity(line.quantity, line.unit)} → {left}"
