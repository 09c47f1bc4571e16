"""Orders on khata: the shop gives the credit, so its own book is written, in the order's transaction.

The caller has locked the order; all of this does nothing for an order that is paid otherwise.
"""

from uuid import UUID

from orders.models import Order
from payments.khata import services as khata
from payments.khata.models import Khata


def lock_credit(order: Order) -> None:
    """Hold the khata before any listing is held. Raises KhataClosed."""
    if order.khata_id is not None:
        khata.lock_khata(store_id=order.store_id, khata_id=order.khata_id)


def hold_khata(order: Order) -> None:
    """The same, of a khata that may be closed by now."""
    if order.khata_id is not None:
        list(Khata.objects.locked().filter(store_id=order.store_id, pk=order.khata_id))


def promise_bill(order: Order) -> None:
    """Set credit aside for the bill as it stands now. Raises KhataClosed, OverLimit."""
    if order.khata_id is not None:
        khata.promise(
            store_id=order.store_id,
            khata_id=order.khata_id,
            order_id=order.pk,
            amount=order.total,
        )


def give_up_credit(order: Order) -> None:
    """The order is called off."""
    if order.khata_id is not None:
        khata.give_up(store_id=order.store_id, order_id=order.pk)


def write_bill(order: Order, *, actor: str) -> None:
    """The order is delivered: its bill is owed to the shop."""
    if order.khata_id is not None:
        khata.keep_promise(
            store_id=order.store_id,
            khata_id=order.khata_id,
            order_id=order.pk,
            amount=order.total,
            actor=actor,
            note=order.number,
        )


def take_off_bill(order: Order, *, return_id: UUID, amount: int, actor: str) -> None:
    """Goods came back: so much is not owed any more, and what of it was paid already the shop gives
    back in cash."""
    if order.khata_id is not None:
        khata.take_off(
            store_id=order.store_id,
            khata_id=order.khata_id,
            return_id=return_id,
            amount=amount,
            actor=actor,
            note=order.number,
        )
