"""The shop's time to answer a new order."""

from datetime import timedelta

from marketplace.core.clock import now
from orders.models import Order
from stores.shops.models import Store


def start_acceptance(order: Order, store: Store) -> None:
    """From now the shop has its minutes to accept; half of them pass before it is reminded. Not saved."""
    minutes = timedelta(minutes=store.accept_minutes)
    order.accept_by = now() + minutes
    order.due_at = now() + minutes / 2
