from uuid import UUID

from celery import shared_task

from stores.inventory import importing
from stores.inventory.expiry import sweep_expired
from stores.inventory.reconciling import reconcile, store_chunks


@shared_task
def run_import(import_run_id: str) -> None:
    importing.run_import(import_run_id=UUID(import_run_id))


@shared_task
def set_expired_aside() -> None:
    sweep_expired()


@shared_task
def reconcile_stock() -> None:
    """Hand every shop to a worker, some at a time: together they may take longer than a task may."""
    for store_ids in store_chunks():
        reconcile_stores.apply_async(([str(each) for each in store_ids],), retry=False)


@shared_task
def reconcile_stores(store_ids: list[str]) -> None:
    reconcile(store_ids=[UUID(each) for each in store_ids])
