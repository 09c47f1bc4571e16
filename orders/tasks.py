from celery import shared_task

from orders.personal.retention import forget_old_buyers, throw_away_old
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


@shared_task
def throw_away_what_is_old() -> None:
    throw_away_old()


@shared_task
def forget_buyers_of_old_bills() -> None:
    forget_old_buyers()
