"""How a payment reaches an order: orders registers this as the payee of purpose "order"."""

from uuid import UUID

from orders.models import Order, OrderFlag, State
from orders.services.transitions import hold_again, move
from payments.upi.payees import Applied, Outcome, Refund
from stores.inventory.errors import OutOfStock, UnknownListing
from stores.inventory.holds import release_stock


class OrderPayee:
    def lock(self, *, store_id: UUID, reference: UUID) -> None:
        """First in the lock order: the order, before the attempt that pays it."""
        list(Order.objects.of_store(store_id).locked().filter(pk=reference).values_list("pk"))

    def accept(self, *, store_id: UUID, reference: UUID, amount: int) -> Outcome:
        """Confirm the order if it still waits, or has only run out of time, and its stock is there.

        No paid order lacks stock: holds lost meanwhile are taken again, else the money goes back.
        """
        order = Order.objects.of_store(store_id).locked().filter(pk=reference).first()
        if order is None:
            return Refund("unknown order")
        if order.state not in {State.AWAITING_PAYMENT, State.EXPIRED}:
            return Refund(f"order is {order.state}")
        if amount != order.total:
            return Refund("wrong amount")
        try:
            hold_again(order)
        except (OutOfStock, UnknownListing):
            if order.state == State.AWAITING_PAYMENT:
                release_stock(store_id=store_id, reference=reference)
                move(order, State.CANCELLED, actor="system", reason="out of stock")
            return Refund("out of stock")
        order.captured = amount
        move(order, State.CONFIRMED, actor="bank", also=["captured"])
        return Applied()


class OrderHoldOwner:
    def hold_lost(
        self, *, store_id: UUID, reference: UUID, listing_id: UUID, quantity: int
    ) -> None:
        OrderFlag.objects.create(
            store_id=store_id, order_id=reference, listing_id=listing_id, quantity=quantity
        )
