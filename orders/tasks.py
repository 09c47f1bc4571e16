from celery import shared_task

from orders.services import expire_due


@shared_task
def expire_unpaid_orders() -> None:
    expire_due()
