"""What is bought, and how it goes on from there."""

from orders.models.carts import Cart, CartLine
from orders.models.counter import CounterSale, CounterSaleLine
from orders.models.events import OrderEvent, OrderFlag
from orders.models.lines import OrderLine
from orders.models.orders import AFTER_PACKING, FINISHED, Order, OrderQuerySet, State
from orders.models.proposals import Proposal, ProposalLine
from orders.models.returns import Return, ReturnLine

__all__ = [
    "AFTER_PACKING",
    "FINISHED",
    "Cart",
    "CartLine",
    "CounterSale",
    "CounterSaleLine",
    "Order",
    "OrderEvent",
    "OrderFlag",
    "OrderLine",
    "OrderQuerySet",
    "Proposal",
    "ProposalLine",
    "Return",
    "ReturnLine",
    "State",
]
