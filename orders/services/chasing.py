"""A new order that the shop does not answer: it is reminded once, then the order is called off."""

import logging
import time
from uuid import UUID

from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.locks import busy_when_locked
from orders.models import Order, State
from orders.services.placing import event_payload
from orders.services.transitions import call_off

logger = logging.getLogger(__name__)

# A round of the timer ends after this long; what is left comes first in the next one.
ROUND_SECONDS = 10
# As the notices know it (orders/notices/wording.py).
NO_ANSWER = "the shop did not answer in time"


def chase_answers() -> int:
    """Look at every new order whose time is up, longest overdue first; returns at how many.

    Each in a transaction of its own. One that somebody is just working on is left for the next
    round, and one that cannot be dealt with keeps no other waiting.
    """
    stop_at = time.monotonic() + ROUND_SECONDS
    failed: list[UUID] = []
    chased = 0
    while time.monotonic() < stop_at:
        order = None
        try:
            with busy_when_locked(), transaction.atomic():
                order = (
                    Order.objects.overdue()
                    .in_states([State.CONFIRMED])
                    .exclude(pk__in=failed)
                    .order_by("due_at")
                    .select_for_update(of=("self",), no_key=True, skip_locked=True)
                    .first()
                )
                if order is None:
                    break
                _chase(order)
            chased += 1
        except Exception:
            if order is None:
                raise
            logger.exception("The unanswered order %s waits for the next round", order.pk)
            failed.append(order.pk)
    return chased


def _chase(order: Order) -> None:
    """Remind the shop at half of its time, and call the order off at its end.

    Never without a reminder: where the timer itself comes too late for one, as after an outage,
    the shop has the second half of its time from now.
    """
    assert order.accept_by is not None
    assert order.due_at is not None
    if order.due_at == order.accept_by:
        call_off(order, State.CANCELLED, actor="system", reason=NO_ANSWER)
        return
    if order.accept_by <= now():
        order.accept_by = now() + (order.accept_by - order.due_at)
    order.due_at = order.accept_by
    order.save(update_fields=["due_at", "accept_by"])
    outbox.publish("order.unanswered", event_payload(order), store_id=order.store_id)
