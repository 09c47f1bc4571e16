"""The goods go into the bag, and off the shelf."""

from uuid import UUID

from marketplace.core.clock import now
from orders.models import Order, OrderLine, State
from orders.services.transitions import check, hold_again, lock_goods, locked_order, move
from stores.inventory.holds import take_stock


def pack(*, store_id: UUID, order_id: UUID, actor: str) -> Order:
    """The goods stand packed: what was held leaves the shelf.

    A hold lost to a count is taken again if the shelf has enough; else raises OutOfStock, and
    the shop mends the count or rejects the order. Raises UnknownOrder, IllegalTransition, Busy.
    """
    with locked_order(store_id, order_id) as order:
        check(order, State.PACKED)
        lock_goods(order)
        hold_again(order)
        lines = [line for line in order.lines.all() if not line.out]
        packed = {line.listing_id: line.billed for line in lines}
        take_stock(store_id=store_id, reference=order_id, packed=packed, actor=actor)
        for line in lines:
            line.packed, line.state = line.billed, OrderLine.State.PICKED
        OrderLine.objects.bulk_update(lines, ["packed", "state"])
        order.flags.open().update(cleared_at=now())
        return move(order, State.PACKED, actor=actor)
