"""The goods go into the bag and off the shelf, and the bill is for what was weighed."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from marketplace.core.clock import now
from marketplace.core.errors import InvalidInput
from marketplace.core.money import rupees
from orders.delivery_fee import share_fee
from orders.errors import BeingAsked, CostsMore, NothingLeft, OrderChanged
from orders.invoicing.services import issue_invoice
from orders.models import Order, OrderLine, State
from orders.services.billing import (
    LINE_BILL,
    ORDER_BILL,
    bill_line,
    bill_order,
    most_without_asking,
    refund_surplus,
)
from orders.services.credit import lock_credit, promise_bill
from orders.services.picking import check_weight, not_weighed
from orders.services.transitions import check, hold_again, lock_goods, locked_order, move
from stores.inventory.holds import take_stock

NOTHING: Mapping[UUID, int] = {}


def pack(
    *,
    store_id: UUID,
    order_id: UUID,
    actor: str,
    weights: Mapping[UUID, int] = NOTHING,
    expected_version: int | None = None,
) -> Order:
    """The goods stand packed: they leave the shelf, and the customer pays for what was weighed.

    `weights` are base units by listing, for goods by weight that were not ticked or are weighed
    anew; packets that nobody ticked are taken as wanted. A prepaid customer gets back at once
    what they paid too much; no bill grows beyond what may be charged without asking (CostsMore).
    A hold lost to a count is taken again if the shelf has enough, else raises OutOfStock, and the
    shop mends the count or leaves the line out. `expected_version` is that of the order which the
    person has in the bag.

    Raises UnknownOrder, IllegalTransition, OrderChanged, BeingAsked, NothingLeft, NotWeighed,
    InvalidInput, UnlikelyWeight, CostsMore, OverLimit, OutOfStock, Busy; then nothing has changed.
    """
    with locked_order(store_id, order_id) as order:
        check(order, State.PACKED)
        if expected_version not in (None, order.version):
            raise OrderChanged
        if order.proposals.live().exists():
            raise BeingAsked
        lock_credit(order)
        lines = list(order.lines.all())
        bagged = [line for line in lines if not line.out]
        if not bagged:
            raise NothingLeft
        _weigh(bagged, weights)
        bill_as_picked(order, lines)
        if (over := order.total - most_without_asking(order)) > 0:
            raise CostsMore(over=rupees(over), over_paise=over, total=order.total)
        promise_bill(order)
        packed = {line.listing_id: line.billed for line in bagged}
        lock_goods(order)
        hold_again(order, packed)
        take_stock(store_id=store_id, reference=order_id, packed=packed, actor=actor)
        refund_surplus(order, reason="weighed less")
        OrderLine.objects.bulk_update(bagged, LINE_BILL)
        order.flags.open().update(cleared_at=now())
        order.fee_taxable = sum(
            share.tax.taxable for share in share_fee(order.delivery_fee, bagged)
        )
        move(order, State.PACKED, actor=actor, also=[*ORDER_BILL, "fee_taxable"])
        issue_invoice(order, bagged)
        return order


def bill_as_picked(order: Order, lines: Sequence[OrderLine]) -> None:
    """The order's bill if it were packed with what has been weighed so far; not saved."""
    for line in lines:
        bill_line(line)
    bill_order(order, lines)


def _weigh(lines: Iterable[OrderLine], weights: Mapping[UUID, int]) -> None:
    """Say of each line what is in the bag; not saved. Raises NotWeighed, InvalidInput."""
    left = dict(weights)
    unweighed = []
    for line in lines:
        if line.by_weight and line.listing_id in left:
            line.packed = check_weight(line, left.pop(line.listing_id))
        elif line.by_weight and line.packed is None:
            unweighed.append(line)
        elif not line.by_weight:
            line.packed = line.quantity
        line.state = OrderLine.State.PICKED
    if left:
        raise InvalidInput(field="weights", why=", ".join(map(str, left)))
    if unweighed:
        raise not_weighed(unweighed)
