"""What beat has this app do. All of it can run twice, and twice at once."""

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings

from marketplace.core.clock import business_date, now
from marketplace.core.errors import Busy
from payments.ledger.closing import close_day, roll_up, seal_store, stores_to_seal

logger = logging.getLogger(__name__)

STORES_PER_TASK = 200


@shared_task
def close_books() -> None:
    """Close the day before, once the night's stragglers are in, and hand every store to a worker."""
    close_day(day=business_date(now() - settings.BOOKS_CLOSE_AFTER) - timedelta(days=1))
    roll_up()
    stores = [str(store_id) for store_id in stores_to_seal()]
    for start in range(0, len(stores), STORES_PER_TASK):
        seal_stores.apply_async((stores[start : start + STORES_PER_TASK],), retry=False)


@shared_task
def seal_stores(stores: list[str]) -> None:
    """One that cannot be sealed keeps no other waiting; the next round tries it again."""
    for store_id in stores:
        try:
            seal_store(store_id=UUID(store_id))
        except Busy:
            logger.warning("Store %s is too busy to be sealed; the next round does it", store_id)
        except Exception:
            logger.exception("Store %s could not be sealed", store_id)
