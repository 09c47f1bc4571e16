"""The GST inside a delivery fee. Delivery is incidental to the goods and part of their value, so
it bears their tax (CGST Act s.8 and s.15(2)(c)): a basket of several rates divides the fee by what
the goods of each are worth.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.core.money import Tax, spread, tax_inside
from orders.models import OrderLine


@dataclass(frozen=True, slots=True)
class FeeShare:
    """`amount` paise of the fee go with the goods of one rate; `principal` is the largest line of
    them, under whose HSN the delivery is supplied."""

    principal: OrderLine
    amount: int
    tax: Tax


def share_fee(fee: int, lines: Iterable[OrderLine]) -> list[FeeShare]:
    """Divide a fee of so many paise, GST included, over the rates of what is billed; the shares add
    up to it. A shop that charges no GST has lines without, and so a fee without."""
    by_rate: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        if not line.out:
            by_rate[line.gst_bps].append(line)
    if not fee:
        return []
    rates = sorted(by_rate)
    worth = [sum(line.amount for line in by_rate[bps]) for bps in rates]
    shares = spread(fee, worth if any(worth) else [1] * len(rates))
    return [
        FeeShare(max(by_rate[bps], key=lambda line: line.amount), share, tax_inside(share, bps))
        for bps, share in zip(rates, shares, strict=True)
        if share
    ]
