"""The ticket that is being rung up at the counter: kept in the session until it is paid."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

from marketplace.core.ids import uuid7
from marketplace.core.money import round_to_rupee
from marketplace.core.quantity import Unit
from orders.services import Wanted
from stores.inventory.models import Listing

MOST_LINES = 100
MOST_BASE_UNITS = 1_000_000
# So many listings are offered for a name.
MOST_FOUND = 12


@dataclass(slots=True)
class Ticket:
    """Base units by listing, in the order in which they were rung up; `key` names the sale to be."""

    key: str = field(default_factory=lambda: uuid7().hex)
    quantities: dict[UUID, int] = field(default_factory=dict)

    @classmethod
    def open(cls, session: SessionBase, store_id: UUID) -> "Ticket":
        """The ticket of this person in this shop, a new one if none is begun."""
        kept: dict[str, Any] | None = session.get(_name(store_id))
        if kept is None:
            begun = cls()
            begun.keep(session, store_id)
            return begun
        return cls(kept["key"], {UUID(key): quantity for key, quantity in kept["lines"]})

    def keep(self, session: SessionBase, store_id: UUID) -> None:
        lines = [(str(key), quantity) for key, quantity in self.quantities.items()]
        session[_name(store_id)] = {"key": self.key, "lines": lines}

    def put(self, listing_id: UUID, quantity: int) -> None:
        """Let the ticket hold this much of a listing; nothing takes it off."""
        if quantity <= 0:
            self.quantities.pop(listing_id, None)
        elif listing_id in self.quantities or len(self.quantities) < MOST_LINES:
            self.quantities[listing_id] = min(quantity, MOST_BASE_UNITS)

    @property
    def wanted(self) -> list[Wanted]:
        return [Wanted(key, quantity) for key, quantity in self.quantities.items()]


@dataclass(frozen=True, slots=True)
class Line:
    """One listing on the ticket at today's price; amount in paise. A `fresh` one is to be weighed."""

    listing: Listing
    quantity: int
    amount: int
    fresh: bool = False

    @property
    def unit(self) -> str:
        """What the quantity is typed in: pieces, grams or millilitres."""
        return str(self.listing.product.base_unit)


@dataclass(frozen=True, slots=True)
class Bill:
    """What the ticket costs in paise: `cash` is rounded to the rupee, `upi` is not."""

    lines: Sequence[Line]
    upi: int
    cash: int


def add_up(store_id: UUID, ticket: Ticket, *, added: UUID | None = None) -> Bill:
    """Price the ticket, latest line first; `added` has just been put on it. One query."""
    listings = {
        listing.pk: listing
        for listing in Listing.objects.of_store(store_id)
        .filter(pk__in=list(ticket.quantities))
        .select_related("product")
    }
    lines = [
        Line(
            listings[key],
            quantity,
            listings[key].amount_for(quantity),
            fresh=key == added and listings[key].product.base_unit != Unit.PIECE,
        )
        for key, quantity in ticket.quantities.items()
        if key in listings
    ]
    total = sum(line.amount for line in lines)
    return Bill(lines[::-1], total, total + round_to_rupee(total))


def step_of(listing: Listing) -> int:
    """What one more means at the counter: a piece, or a step of what is weighed."""
    return 1 if listing.product.base_unit == Unit.PIECE else listing.step


def _name(store_id: UUID) -> str:
    return f"counter-{store_id}"
