"""What beat has this app do. It can run twice, and twice at once."""

from celery import shared_task

from orders.complaints.clock import chase_complaints


@shared_task
def chase_unsettled_complaints() -> None:
    chase_complaints()
