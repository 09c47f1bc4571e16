"""Who is told what about an order, a shelf or a payout.

Events arrive late and in any order. A notice therefore states what happened as past fact, adds
what to do only while that is still the order's state, and is dropped when the order has meanwhile
ended in a way that would make it read as a contradiction.
"""

from orders.notices import (
    disputes,
    khata,
    orders,
    payouts,
    proposals,
    returns,
    shelf,
    shop_qrs,
)

__all__ = [
    "disputes",
    "khata",
    "orders",
    "payouts",
    "proposals",
    "returns",
    "shelf",
    "shop_qrs",
]
