"""Unpaid orders give their stock back, but never before the bank was asked."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from marketplace.core.clock import now
from marketplace.core.errors import DomainError
from marketplace.core.locks import busy_when_locked
from orders.models import Order, State
from orders.services.billing import PURPOSE
from orders.services.slots import give_up_slot
from orders.services.transitions import move
from payments.upi.bank_client import BankError
from payments.upi.models import PaymentAttempt
from payments.upi.services import ask_bank
from stores.inventory.holds import release_stock

logger = logging.getLogger(__name__)

BATCH = 100
# A payment the bank calls pending for longer than this finds its order by the late-success rule.
LONGEST_WAIT = timedelta(hours=2)
UNDECIDED = {PaymentAttempt.State.PENDING, PaymentAttempt.State.DEEMED}


def expire_due() -> int:
    """Expire the unpaid orders whose time is up; returns how many.

    Each order's bank is asked first, outside any transaction; while it cannot answer, or says
    that the payment is still under way, the order waits for the next round.
    """
    due = (
        Order.objects.overdue()
        .in_states([State.AWAITING_PAYMENT])
        .order_by("due_at")
        .values_list("store_id", "pk", "due_at")[:BATCH]
    )
    expired = 0
    for store_id, order_id, due_at in list(due):
        try:
            with busy_when_locked():
                if _under_way(store_id, order_id) and due_at and due_at > now() - LONGEST_WAIT:
                    continue
            with busy_when_locked(), transaction.atomic():
                order = (
                    Order.objects.of_store(store_id)
                    .overdue()
                    .in_states([State.AWAITING_PAYMENT])
                    .locked()
                    .filter(pk=order_id)
                    .first()
                )
                if order is None:
                    continue
                release_stock(store_id=store_id, reference=order_id)
                give_up_slot(order)
                order.flags.open().update(cleared_at=now())
                move(order, State.EXPIRED, actor="system")
                expired += 1
        except (DomainError, BankError) as error:
            logger.info("order %s waits: %s", order_id, error)
    return expired


def _under_way(store_id: UUID, order_id: UUID) -> bool:
    """Whether the bank, asked just now, has a payment of this order that is not decided yet."""
    attempts = PaymentAttempt.objects.of(store_id, PURPOSE, order_id).values_list("pk", flat=True)
    return any(ask_bank(attempt_id).state in UNDECIDED for attempt_id in list(attempts))
