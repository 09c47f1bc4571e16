"""Nobody waits for ever: a proposal whose time is up ends without a yes."""

import logging
import time
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop

from marketplace.core.clock import now
from marketplace.core.errors import Busy
from marketplace.core.locks import busy_when_locked
from orders.models import Proposal
from orders.services.closing import lock_live
from orders.services.consent import end
from orders.services.expiry import (
    ASK_AGAIN,
    BATCH,
    LONGEST_WAIT,
    ROUND_SECONDS,
    TRY_AGAIN,
    under_way,
)
from orders.services.transitions import locked_order

logger = logging.getLogger(__name__)

NO_ANSWER = gettext_noop("The customer did not answer in time")


def lapse_due() -> int:
    """End the proposals whose time is up; returns how many.

    Where the customer had said yes and was to pay, the bank is asked first, as for unpaid orders:
    while it does not answer, or the payment is under way, the proposal is looked at again minutes
    later and keeps no other waiting.
    """
    stop_at = time.monotonic() + ROUND_SECONDS
    due = (
        Proposal.objects.overdue()
        # those first that need no bank, which may be slow
        .order_by("-state", "due_at")
        .values_list("store_id", "order_id", "pk", "state", "created_at")[:BATCH]
    )
    lapsed = 0
    for store_id, order_id, proposal_id, state, made_at in list(due):
        if time.monotonic() > stop_at:
            break
        try:
            if state == Proposal.State.AGREED:
                with busy_when_locked():
                    undecided = under_way(store_id, order_id)
                if undecided and now() < _give_up_at(made_at):
                    _look_again(proposal_id, after=ASK_AGAIN)
                    continue
            lapsed += _lapse(store_id, order_id, proposal_id)
        except Exception as error:
            logger.warning("The proposal %s waits: %s", proposal_id, error)
            _look_again(proposal_id, after=TRY_AGAIN)
    return lapsed


def _lapse(store_id: UUID, order_id: UUID, proposal_id: UUID) -> bool:
    """End the proposal, unless it was answered or ended meanwhile; whether it was."""
    with locked_order(store_id, order_id) as order:
        for proposal in lock_live(order):
            if proposal.pk == proposal_id and proposal.due_at <= now():
                end(order, proposal, Proposal.State.LAPSED, actor="system", reason=NO_ANSWER)
                return True
    return False


def _look_again(proposal_id: UUID, *, after: timedelta) -> None:
    """Put the proposal off; one that somebody is working on comes first again in the next round."""
    with suppress(Busy), busy_when_locked():
        Proposal.objects.overdue().filter(pk=proposal_id).update(due_at=now() + after)


def _give_up_at(made_at: datetime) -> datetime:
    """When a proposal made then lapses whatever the bank calls under way."""
    waited = settings.PROPOSAL_WINDOW + settings.PAYMENT_WINDOW + settings.HOLD_GRACE
    return made_at + waited + LONGEST_WAIT
