from uuid import UUID

from celery import shared_task

from stores.inventory import importing
from stores.inventory.expiry import sweep_expired


@shared_task
def run_import(import_run_id: str) -> None:
    importing.run_import(import_run_id=UUID(import_run_id))


@shared_task
def set_expired_aside() -> None:
    sweep_expired()
