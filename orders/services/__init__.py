"""Every write to an order."""

from orders.services.delivery_codes import delivery_code
from orders.services.expiry import expire_due
from orders.services.placing import Contact, DeliveryAddress, Placed, Wanted, place
from orders.services.quoting import Quote, QuoteLine, quote
from orders.services.transitions import (
    accept,
    cancel,
    deliver,
    dispatch,
    pack,
    ready_for_pickup,
    reject,
)

__all__ = [
    "Contact",
    "DeliveryAddress",
    "Placed",
    "Quote",
    "QuoteLine",
    "Wanted",
    "accept",
    "cancel",
    "deliver",
    "delivery_code",
    "dispatch",
    "expire_due",
    "pack",
    "place",
    "quote",
    "ready_for_pickup",
    "reject",
]
