from celery import shared_task

from orders.invoicing.prints import throw_away_old


@shared_task
def throw_away_old_prints() -> None:
    throw_away_old()
