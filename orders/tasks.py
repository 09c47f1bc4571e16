from celery import shared_task

from orders.services import chase_answers, expire_due, lapse_due


@shared_task
def expire_unpaid_orders() -> None:
    expire_due()


@shared_task
def chase_unanswered_orders() -> None:
    chase_answers()


@shared_task
def lapse_proposals() -> None:
    lapse_due()
