from datetime import timedelta
from uuid import UUID

from celery import shared_task

from marketplace.core import health, outbox


@shared_task
def deliver(entry_id: str) -> None:
    outbox.deliver(UUID(entry_id))


@shared_task
def purge_outbox() -> None:
    outbox.purge(older_than=timedelta(days=7))


@shared_task
def heartbeat() -> None:
    health.beat()
