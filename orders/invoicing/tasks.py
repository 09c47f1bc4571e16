"""What beat has this app do. All of it can run twice, and twice at once."""

import logging
from datetime import date, timedelta
from uuid import UUID

from celery import shared_task

from marketplace.core.clock import business_date
from marketplace.core.errors import Busy
from orders.invoicing.commission import issue_monthly_commission
from orders.invoicing.prints import throw_away_old
from payments.ledger.models import Balance

logger = logging.getLogger(__name__)

STORES_PER_TASK = 200


@shared_task
def throw_away_old_prints() -> None:
    throw_away_old()


@shared_task
def invoice_last_month() -> None:
    """Invoice every shop for the commission of the month before, a few hundred shops to a task."""
    for stores, upto in due_on(business_date()):
        invoice_stores.delay(stores, upto)


def due_on(today: date) -> list[tuple[list[str], str]]:
    """What is to be invoiced in a month, task by task: the shops, and up to which business date."""
    upto = today.replace(day=1) - timedelta(days=1)
    stores = [str(store_id) for store_id in Balance.objects.stores_with_payable()]
    return [
        (stores[start : start + STORES_PER_TASK], upto.isoformat())
        for start in range(0, len(stores), STORES_PER_TASK)
    ]


@shared_task
def invoice_stores(stores: list[str], upto: str) -> None:
    """A shop whose payable is held by somebody is left to the next round, and stops no other."""
    for store_id in stores:
        try:
            issue_monthly_commission(store_id=UUID(store_id), upto=date.fromisoformat(upto))
        except Busy:
            logger.warning("Store %s is busy and is invoiced in the next round.", store_id)
