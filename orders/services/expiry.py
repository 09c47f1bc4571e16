"""Unpaid orders give their stock back, but never before the bank was asked."""

import logging
import time
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.core.clock import now
from marketplace.core.errors import Busy
from marketplace.core.locks import busy_when_locked
from orders.models import Order, State
from orders.services.billing import PURPOSE
from orders.services.slots import give_up_slot
from orders.services.transitions import move
from payments.upi.models import PaymentAttempt
from payments.upi.services import ask_bank
from stores.inventory.holds import release_stock

logger = logging.getLogger(__name__)

BATCH = 100
# A round of the timer ends after this long; the bank may need ten seconds for one answer.
ROUND_SECONDS = 10
# An order that cannot be decided upon makes room for the others and is looked at again so much later.
TRY_AGAIN = timedelta(minutes=1)
ASK_AGAIN = timedelta(minutes=5)
# A payment the bank calls pending for longer than this finds its order by the late-success rule.
LONGEST_WAIT = timedelta(hours=2)
UNDECIDED = {PaymentAttempt.State.PENDING, PaymentAttempt.State.DEEMED}


def expire_due() -> int:
    """Expire the unpaid orders whose time is up, longest overdue first; returns how many.

    Each order's bank is asked first, outside any transaction. One whose bank does not answer, or
    says that the payment is still under way, is looked at again minutes later: it keeps no other
    waiting.
    """
    stop_at = time.monotonic() + ROUND_SECONDS
    expired = 0
    due = (
        Order.objects.overdue()
        .in_states([State.AWAITING_PAYMENT])
        .order_by("due_at")
        .values_list("store_id", "pk", "placed_at")[:BATCH]
    )
    for store_id, order_id, placed_at in list(due):
        if time.monotonic() > stop_at:
            break
        try:
            with busy_when_locked():
                undecided = under_way(store_id, order_id)
            if undecided and now() < _give_up_at(placed_at):
                _look_again(store_id, order_id, after=ASK_AGAIN)
            else:
                expired += _expire(store_id, order_id)
        except Exception as error:
            logger.warning("The unpaid order %s waits: %s", order_id, error)
            _look_again(store_id, order_id, after=TRY_AGAIN)
    return expired


def _expire(store_id: UUID, order_id: UUID) -> bool:
    """End the order, unless it was paid or ended meanwhile; whether it was."""
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
            return False
        release_stock(store_id=store_id, reference=order_id)
        give_up_slot(order)
        order.flags.open().update(cleared_at=now())
        move(order, State.EXPIRED, actor="system")
        return True


def _look_again(store_id: UUID, order_id: UUID, *, after: timedelta) -> None:
    """Put the order off; one that somebody is working on comes first again in the next round."""
    with suppress(Busy), busy_when_locked():
        Order.objects.of_store(store_id).in_states([State.AWAITING_PAYMENT]).filter(
            pk=order_id
        ).update(due_at=now() + after)


def _give_up_at(placed_at: datetime) -> datetime:
    """When an order placed then expires whatever the bank calls under way."""
    return placed_at + settings.PAYMENT_WINDOW + settings.HOLD_GRACE + LONGEST_WAIT


def under_way(store_id: UUID, order_id: UUID) -> bool:
    """Whether the bank, asked just now, has a payment of this order that is not decided yet."""
    attempts = (
        PaymentAttempt.objects.of(store_id, PURPOSE, order_id)
        .exclude(state__in=[PaymentAttempt.State.SUCCESS, PaymentAttempt.State.LATE_SUCCESS])
        .values_list("pk", flat=True)
    )
    return any(ask_bank(attempt_id).state in UNDECIDED for attempt_id in list(attempts))
