"""The shop's time to answer a new order."""

from datetime import timedelta

from marketplace.core.clock import now
from orders.models import Order
from stores.shops.models import Store


def start_acceptance(order: Order, store: Store) -> None:
    """The shop has its minutes to accept from now, or from when its hours begin next; half of them
    pass before it is reminded. Not saved."""
    begin = now()
    if not store.within_hours(begin):
        begin = store.hours_begin_next(begin) or begin
    minutes = timedelta(minutes=store.accept_minutes)
    order.accept_by = begin + minutes
    order.due_at = begin + minutes / 2
