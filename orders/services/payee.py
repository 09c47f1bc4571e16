"""How a payment reaches an order: orders registers this as the payee of purpose "order"."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.core.clock import business_date, now
from orders.errors import NoSlot
from orders.models import Order, OrderFlag, Proposal, State
from orders.services.acceptance import start_acceptance
from orders.services.closing import lock_live
from orders.services.consent import CAN_CHANGE
from orders.services.proposals import take_extra_payment
from orders.services.slots import book_slot
from orders.services.transitions import BEFORE_PACKING, call_off, hold_again, move
from payments.upi.payees import Applied, Outcome, Refund
from stores.inventory.errors import OutOfStock, UnknownListing


class OrderPayee:
    def lock(self, *, store_id: UUID, reference: UUID) -> None:
        """First in the lock order: the order with what its customer is asked, before the attempt."""
        for order in Order.objects.of_store(store_id).locked().filter(pk=reference):
            lock_live(order)

    def waiting(
        self, *, store_id: UUID, amount: int, since: datetime, until: datetime
    ) -> list[UUID]:
        """Unpaid orders of just this total that are collected: whose customer may stand at the counter."""
        found = Order.objects.of_store(store_id).in_states([State.AWAITING_PAYMENT])
        return list(
            found.filter(
                total=amount,
                placed_at__range=(since, until),
                fulfilment=Order.Fulfilment.PICKUP,
            )
            .order_by("id")
            .values_list("pk", flat=True)[:2]
        )

    def accept(self, *, store_id: UUID, reference: UUID, amount: int) -> Outcome:
        """Confirm the order if it still waits, or has only run out of time, and its stock is there;
        change a confirmed one as its customer agreed to and has now paid for.

        No paid order lacks stock: holds lost meanwhile are taken again, else the money goes back,
        as it does for an order that expired more than settings.REVIVE_WITHIN ago.
        """
        order = Order.objects.of_store(store_id).locked().filter(pk=reference).first()
        if order is None:
            return Refund("unknown order")
        if order.state in CAN_CHANGE:
            return take_extra_payment(order, amount)
        if order.state not in {State.AWAITING_PAYMENT, State.EXPIRED}:
            return Refund(f"order is {order.state}")
        if amount != order.total:
            return Refund("wrong amount")
        expired = order.state == State.EXPIRED
        if expired and (refusal := _too_late(order)):
            return refusal
        try:
            # all of it or nothing: an order that stays expired keeps no stock
            with transaction.atomic():
                hold_again(order)
                if expired and order.slot_id and order.slot_starts_at:
                    day = business_date(order.slot_starts_at)
                    book_slot(order, store=order.store, slot_id=order.slot_id, day=day)
        except (OutOfStock, UnknownListing):
            if not expired:
                call_off(order, State.CANCELLED, actor="system", reason="out of stock")
            return Refund("out of stock")
        except NoSlot:
            return Refund("no place in the slot")
        order.captured = amount
        start_acceptance(order, order.store)
        move(
            order,
            State.CONFIRMED,
            actor="bank",
            due_at=order.due_at,
            also=["captured", "accept_by"],
        )
        return Applied()


def _too_late(order: Order) -> Refund | None:
    """Why money buys an expired order no more: too long ago, or the shop sells nothing of the kind
    now."""
    expired_at = order.events.filter(after=State.EXPIRED).latest("version").at
    if now() > expired_at + settings.REVIVE_WITHIN:
        return Refund("expired too long ago")
    # An order for a slot needs no open shop today, only its place in the slot.
    if not (order.store.takes_orders if order.slot_id else order.store.is_open()):
        return Refund("the shop is closed")
    return None


class OrderHoldOwner:
    def hold_lost(
        self, *, store_id: UUID, reference: UUID, listing_id: UUID, quantity: int
    ) -> None:
        """Flag the order for the shop. What was held for a proposal is looked for again when the
        customer has said yes."""
        if Order.objects.of_store(store_id).filter(pk=reference).exists():
            OrderFlag.objects.create(
                store_id=store_id, order_id=reference, listing_id=listing_id, quantity=quantity
            )

    def still_needs(self, references: Collection[UUID]) -> set[UUID]:
        """Orders that are not packed yet, and proposals that may still change one."""
        orders = Order.objects.in_states(BEFORE_PACKING).filter(pk__in=references)
        proposals = Proposal.objects.live().filter(
            pk__in=references, order__state__in=BEFORE_PACKING
        )
        return {*orders.values_list("pk", flat=True), *proposals.values_list("pk", flat=True)}
