"""Every write to an order."""

from orders.services.acceptance import start_acceptance
from orders.services.chasing import chase_answers
from orders.services.counter import Sold, sell_over_counter
from orders.services.delivery_codes import delivery_code
from orders.services.editing import Edit, edit_order, preview_edit
from orders.services.expiry import expire_due
from orders.services.lapsing import lapse_due
from orders.services.packing import pack
from orders.services.picking import mark_unavailable, pick_line, unpick_line
from orders.services.placing import Contact, DeliveryAddress, Placed, Wanted, place
from orders.services.proposals import (
    accept_proposal,
    decline_proposal,
    propose_substitute,
    propose_weight,
    withdraw_proposal,
)
from orders.services.quoting import Quote, QuoteLine, quote
from orders.services.returns import (
    ask_return,
    can_be_returned,
    decline_return,
    itemise,
    last_return_day,
    most_back,
    rest_back,
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
    "Edit",
    "OfferedSlot",
    "Placed",
    "Quote",
    "QuoteLine",
    "Sold",
    "Wanted",
    "accept",
    "accept_proposal",
    "ask_return",
    "book_slot",
    "can_be_returned",
    "cancel",
    "chase_answers",
    "decline_proposal",
    "decline_return",
    "deliver",
    "delivery_code",
    "dispatch",
    "edit_order",
    "expire_due",
    "fail_delivery",
    "give_up_slot",
    "itemise",
    "lapse_due",
    "last_return_day",
    "mark_unavailable",
    "most_back",
    "offered_slots",
    "pack",
    "pick_line",
    "place",
    "preview_edit",
    "propose_substitute",
    "propose_weight",
    "quote",
    "ready_for_pickup",
    "reject",
    "rest_back",
    "sell_over_counter",
    "start_acceptance",
    "take_return",
    "unpick_line",
    "withdraw_proposal",
    "withdraw_return",
]
