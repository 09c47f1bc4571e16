"""What beat has this app do."""

from celery import shared_task

from payments.khata.services import remind_due


@shared_task
def remind_customers() -> None:
    while remind_due():
        pass
