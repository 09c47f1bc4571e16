"""The pick list as the shop sees it: what lies in the bag, what is missing, what it comes to."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

from django.utils.translation import get_language

from marketplace.core.measures import in_people_units
from marketplace.core.money import charge
from marketplace.dashboard.shelf import Row
from orders.models import Order, OrderLine, Proposal, State
from orders.services.billing import most_without_asking, paid
from orders.services.consent import CAN_CHANGE
from orders.services.packing import bill_as_picked
from stores.inventory.models import Listing


@dataclass(frozen=True, slots=True)
class Problem:
    """What was typed and why it was refused; `about` is the field's name."""

    about: str
    typed: str
    words: str


@dataclass(frozen=True, slots=True)
class PickLine:
    """One line; `short` base units of it went missing in a count. While `open` it can be picked;
    `asked` says that the customer is asked about it."""

    line: OrderLine
    open: bool
    short: int
    asked: bool
    problem: Problem | None

    @property
    def picked(self) -> bool:
        return self.line.state == OrderLine.State.PICKED

    @property
    def weight(self) -> str:
        """The weight that was ordered, or what was typed, to be put right."""
        if self.problem and self.problem.about == "weight":
            return self.problem.typed
        return self._ordered[0]

    @property
    def left(self) -> str:
        return self.problem.typed if self.problem and self.problem.about == "left" else ""

    @property
    def unit(self) -> str:
        return self._ordered[1]

    @property
    def _ordered(self) -> tuple[str, str]:
        wanted = self.line.quantity
        return in_people_units(wanted, self.line.unit, near=wanted)


@dataclass(frozen=True, slots=True)
class PickList:
    """`order` is billed for what has been weighed so far; `asked` waits for the customer, and to
    `refused` there was no yes. `back` and `over` are paise: what a prepaid customer gets back, what
    is too much to bill unasked."""

    order: Order
    lines: list[PickLine]
    asked: list[Proposal]
    refused: list[Proposal]
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
    def seen(self) -> str:
        """Changes whenever the list would look different: to whoever has the page open, another hand
        or the customer has changed something."""
        parts = [f"{self.order.version}:{self.order.state}"]
        parts += [f"{each.line.state}:{each.line.packed}:{each.short}" for each in self.lines]
        parts += [f"{each.pk}:{each.state}" for each in (*self.asked, *self.refused)]
        return sha256("|".join([get_language() or "", *parts]).encode()).hexdigest()[:16]

    @property
    def agreed(self) -> int:
        """What the customer of an order not prepaid last said yes to, where the bill is another by now."""
        if self.order.prepaid or self.order.agreed_total == self.order.total:
            return 0
        return self.order.agreed_total


def pick_list(order: Order, problems: Mapping[UUID, Problem] | None = None) -> PickList:
    """Three queries, and three more once the customer was asked something; `problems` by line."""
    short = dict(order.flags.open().values_list("listing_id", "quantity"))
    lines = list(order.lines.all())
    open_ = order.state == State.ACCEPTED
    proposals = order.proposals.live()
    if order.state in CAN_CHANGE:
        proposals |= order.proposals.refused()
    known = list(proposals.prefetch_related("lines__listing__product", "lines__replaces__product"))
    asked = [each for each in known if each.state in Proposal.LIVE]
    about = {each.listing_id for proposal in asked for each in proposal.lines.all()}
    billed = copy(order)
    if open_:
        bill_as_picked(billed, lines)
    return PickList(
        order=billed,
        lines=[
            PickLine(
                line=line,
                open=open_ and not line.out,
                asked=line.listing_id in about,
                short=0 if line.out else short.get(line.listing_id, 0),
                problem=(problems or {}).get(line.pk),
            )
            for line in lines
        ],
        asked=asked,
        refused=[each for each in known if each.state not in Proposal.LIVE],
        open=open_,
        back=max(paid(order) - billed.total, 0) if open_ and order.prepaid else 0,
        over=max(billed.total - most_without_asking(order), 0) if open_ else 0,
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listing that the customer could be offered instead of a line, and how much of it."""

    listing: Listing
    line: OrderLine
    typed: str = ""
    problem: str = ""

    @property
    def row(self) -> Row:
        return Row(self.listing)

    @property
    def quantity(self) -> int:
        """As much as is missing where both are sold alike, else the least; in the listing's steps."""
        listing = self.listing
        if listing.product.base_unit != self.line.unit:
            return listing.least
        steps = -(-self.line.quantity // listing.step)
        return max(listing.least, steps * listing.step)

    @property
    def amount(self) -> int:
        return charge(price=self.listing.price, per=self.listing.per, quantity=self.quantity)

    @property
    def shown(self) -> str:
        return self.typed or self._in_words[0]

    @property
    def unit(self) -> str:
        return self._in_words[1]

    @property
    def _in_words(self) -> tuple[str, str]:
        quantity = self.quantity
        return in_people_units(quantity, self.listing.product.base_unit, near=quantity)

    def refused(self, typed: str, problem: str) -> "Candidate":
        return replace(self, typed=typed, problem=problem)
