"""What beat has this app do. All of it can run twice, and twice at once."""

import logging
from datetime import date
from uuid import UUID

from celery import shared_task

from marketplace.core.clock import business_date
from payments.ledger.models import UnsettledLeg
from payments.settlement.calendar import last_day_paid_on
from payments.settlement.services.payouts import claim_payouts_to_ask, send_payout
from payments.settlement.services.sweeps import settle_all
from payments.upi.bank_client import BankError

logger = logging.getLogger(__name__)

STORES_PER_TASK = 200
BATCH = 100


@shared_task
def settle_due() -> None:
    """Settle every shop for the business dates that are due today, a few hundred shops to a task."""
    for stores, upto in due_on(business_date()):
        settle_stores.delay(stores, upto)


def due_on(today: date) -> list[tuple[list[str], str]]:
    """What is to be settled on a day, task by task: the shops, and up to which business date."""
    upto = last_day_paid_on(today)
    if upto is None:
        return []
    stores = [str(store_id) for store_id in UnsettledLeg.objects.stores_up_to(upto)]
    return [
        (stores[start : start + STORES_PER_TASK], upto.isoformat())
        for start in range(0, len(stores), STORES_PER_TASK)
    ]


@shared_task
def settle_stores(stores: list[str], upto: str) -> None:
    settle_all(stores=map(UUID, stores), upto=date.fromisoformat(upto))


@shared_task
def poll_payouts() -> None:
    """Ask about payouts of which nothing was heard, and send those whose wait is over."""
    try:
        for payout in claim_payouts_to_ask(limit=BATCH):
            send_payout(payout=payout)
    except BankError as error:
        logger.warning("The bank was asked about payouts in vain: %s", error)
