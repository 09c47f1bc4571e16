"""What happens to a complaint when nobody does anything."""

import logging
import time
from uuid import UUID

from django.db import transaction

from marketplace.core.clock import now
from marketplace.core.locks import busy_when_locked
from orders.complaints.deadlines import WARN_BEFORE
from orders.complaints.models import Complaint, ComplaintEvent, Side, State
from orders.complaints.recording import record
from orders.complaints.services import escalate

logger = logging.getLogger(__name__)

What = ComplaintEvent.What
SYSTEM = "system"
# A round ends after this long; what is left comes first in the next one.
ROUND_SECONDS = 30


def chase_complaints() -> int:
    """Look at every complaint whose time has come, longest overdue first; returns at how many.

    Each in a transaction of its own. One that somebody is just working on is left for the next round,
    and one that cannot be dealt with keeps no other waiting.
    """
    stop_at = time.monotonic() + ROUND_SECONDS
    failed: list[UUID] = []
    chased = 0
    while time.monotonic() < stop_at:
        complaint = None
        try:
            with busy_when_locked(), transaction.atomic():
                complaint = (
                    Complaint.objects.due()
                    .exclude(pk__in=failed)
                    .order_by("due_at")
                    .select_for_update(of=("self",), no_key=True, skip_locked=True)
                    .first()
                )
                if complaint is None:
                    break
                _chase(complaint)
            chased += 1
        except Exception:
            if complaint is None:
                raise
            logger.exception("The complaint %s waits for the next round", complaint.pk)
            failed.append(complaint.pk)
    return chased


def _chase(complaint: Complaint) -> None:
    """The one thing whose time has come; what else has is done in the same round."""
    moment = now()
    if complaint.state == State.OPEN and complaint.answer_by and complaint.answer_by <= moment:
        escalate(complaint, Side.CLOCK, actor=SYSTEM)
    elif complaint.closes_at and complaint.closes_at <= moment:
        complaint.resolved_at = moment
        _note(complaint, What.RESOLVED, State.RESOLVED)
    elif not complaint.warned_at and complaint.resolve_by - WARN_BEFORE <= moment:
        complaint.warned_at = moment
        _note(complaint, What.WARNED, State(complaint.state))
    else:
        complaint.reminded_at = moment
        _note(complaint, What.REMINDED, State(complaint.state))


def _note(complaint: Complaint, what: ComplaintEvent.What, to: State) -> None:
    record(complaint, what, to=to, side=Side.CLOCK, actor=SYSTEM)
