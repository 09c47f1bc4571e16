"""The pick list as the shop sees it: what lies in the bag, what is missing, what it comes to."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from uuid import UUID

from marketplace.dashboard.forms.picking import in_people_units
from orders.models import Order, OrderLine, State
from orders.services.billing import most_without_asking, paid
from orders.services.packing import bill_as_picked


@dataclass(frozen=True, slots=True)
class Problem:
    """What was typed and why it was refused; `about` is the field's name."""

    about: str
    typed: str
    words: str


@dataclass(frozen=True, slots=True)
class PickLine:
    """One line; `short` base units of it went missing in a count. While `open` it can be picked."""

    line: OrderLine
    open: bool
    short: int
    problem: Problem | None

    @property
    def picked(self) -> bool:
        return self.line.state == OrderLine.State.PICKED

    @property
    def weight(self) -> str:
        """The weight that was ordered, or what was typed, to be put right."""
        if self.problem and self.problem.about == "weight":
            return self.problem.typed
        return in_people_units(self.line.quantity, self.line)[0]

    @property
    def left(self) -> str:
        return self.problem.typed if self.problem and self.problem.about == "left" else ""

    @property
    def unit(self) -> str:
        return in_people_units(self.line.quantity, self.line)[1]


@dataclass(frozen=True, slots=True)
class PickList:
    """`order` is billed for what has been weighed so far; `back` and `over` are paise: what a
    prepaid customer gets back, and what is too much to bill without asking."""

    order: Order
    lines: list[PickLine]
    open: bool
    back: int
    over: int

    @property
    def wanted(self) -> int:
        return sum(not each.line.out for each in self.lines)

    @property
    def done(self) -> int:
        return sum(each.picked for each in self.lines)

    @property
    def to_weigh(self) -> int:
        return sum(
            each.line.by_weight and each.line.state == OrderLine.State.WANTED for each in self.lines
        )

    @property
    def agreed(self) -> int:
        """What the customer of a cash order last said yes to, where the bill is another by now."""
        cash = self.order.payment_method == Order.PaymentMethod.CASH
        return (
            self.order.agreed_total if cash and self.order.agreed_total != self.order.total else 0
        )


def pick_list(order: Order, problems: Mapping[UUID, Problem] | None = None) -> PickList:
    """Two queries; `problems` by line."""
    short = dict(order.flags.open().values_list("listing_id", "quantity"))
    lines = list(order.lines.all())
    open_ = order.state == State.ACCEPTED
    billed = copy(order)
    if open_:
        bill_as_picked(billed, lines)
    prepaid = order.payment_method == Order.PaymentMethod.UPI
    return PickList(
        order=billed,
        lines=[
            PickLine(
                line=line,
                open=open_ and not line.out,
                short=0 if line.out else short.get(line.listing_id, 0),
                problem=(problems or {}).get(line.pk),
            )
            for line in lines
        ],
        open=open_,
        back=max(paid(order) - billed.total, 0) if open_ and prepaid else 0,
        over=max(billed.total - most_without_asking(order), 0) if open_ else 0,
    )
