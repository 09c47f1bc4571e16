"""Nobody waits for ever: a proposal whose time is up ends without a yes."""

import logging
import time

from django.utils.translation import gettext_noop

from marketplace.core.clock import now
from marketplace.core.locks import busy_when_locked
from orders.models import Proposal
from orders.services.closing import lock_live
from orders.services.consent import end
from orders.services.expiry import BATCH, LONGEST_WAIT, ROUND_SECONDS, under_way
from orders.services.transitions import locked_order

logger = logging.getLogger(__name__)

NO_ANSWER = gettext_noop("The customer did not answer in time")


def lapse_due() -> int:
    """End the proposals whose time is up; returns how many.

    Where the customer had said yes and was to pay, the bank is asked first, as for unpaid orders:
    while it cannot answer or the payment is under way, the proposal waits for the next round.
    """
    stop_at = time.monotonic() + ROUND_SECONDS
    due = (
        Proposal.objects.overdue()
        # those first that need no bank, which may be slow
        .order_by("-state", "due_at")
        .values_list("store_id", "order_id", "pk", "state", "due_at")[:BATCH]
    )
    lapsed = 0
    for store_id, order_id, proposal_id, state, due_at in list(due):
        if time.monotonic() > stop_at:
            break
        try:
            if state == Proposal.State.AGREED:
                with busy_when_locked():
                    undecided = under_way(store_id, order_id)
                if undecided and now() < due_at + LONGEST_WAIT:
                    continue
            with locked_order(store_id, order_id) as order:
                for proposal in lock_live(order):
                    if proposal.pk == proposal_id and proposal.due_at <= now():
                        end(
                            order,
                            proposal,
                            Proposal.State.LAPSED,
                            actor="system",
                            reason=NO_ANSWER,
                        )
                        lapsed += 1
        except Exception as error:
            logger.warning("The proposal %s waits: %s", proposal_id, error)
    return lapsed
