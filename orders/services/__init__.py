"""Every write to an order."""

from orders.services.acceptance import start_acceptance
from orders.services.chasing import chase_answers
from orders.services.delivery_codes import delivery_code
from orders.services.expiry import expire_due
from orders.services.packing import pack
from orders.services.picking import mark_unavailable, pick_line, unpick_line
from orders.services.placing import Contact, DeliveryAddress, Placed, Wanted, place
from orders.services.quoting import Quote, QuoteLine, quote
from orders.services.returns import (
    ask_return,
    can_be_returned,
    decline_return,
    last_return_day,
    take_return,
    withdraw_return,
)
from orders.services.slots import OfferedSlot, book_slot, give_up_slot, offered_slots
from orders.services.transitions import (
    accept,
    cancel,
    deliver,
    dispatch,
    fail_delivery,
    ready_for_pickup,
    reject,
)

__all__ = [
    "Contact",
    "DeliveryAddress",
    "OfferedSlot",
    "Placed",
    "Quote",
    "QuoteLine",
    "Wanted",
    "accept",
    "ask_return",
    "book_slot",
    "can_be_returned",
    "cancel",
    "chase_answers",
    "decline_return",
    "deliver",
    "delivery_code",
    "dispatch",
    "expire_due",
    "fail_delivery",
    "give_up_slot",
    "last_return_day",
    "mark_unavailable",
    "offered_slots",
    "pack",
    "pick_line",
    "place",
    "quote",
    "ready_for_pickup",
    "reject",
    "start_acceptance",
    "take_return",
    "unpick_line",
    "withdraw_return",
]
