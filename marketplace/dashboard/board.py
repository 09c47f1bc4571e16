"""The day's orders in the columns through which they move."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import INDIA, business_date, now
from marketplace.core.templatetags.nukkad import clock, moment
from orders.models import Order, OrderLine, Proposal, Return, State

MOST_OPEN = 200
MOST_FINISHED = 40
COUNT_DOWN = timedelta(hours=1)

NEXT_STEP: dict[tuple[str, str], tuple[str, str | Promise]] = {
    (State.CONFIRMED, Order.Fulfilment.DELIVERY): ("accept", _("Accept")),
    (State.CONFIRMED, Order.Fulfilment.PICKUP): ("accept", _("Accept")),
    (State.ACCEPTED, Order.Fulfilment.DELIVERY): ("pack", _("Packed")),
    (State.ACCEPTED, Order.Fulfilment.PICKUP): ("pack", _("Packed")),
    (State.PACKED, Order.Fulfilment.DELIVERY): ("dispatch", _("Send out")),
    (State.PACKED, Order.Fulfilment.PICKUP): ("ready", _("Ready to collect")),
    (State.OUT_FOR_DELIVERY, Order.Fulfilment.DELIVERY): ("deliver", _("Hand over")),
    (State.READY_FOR_PICKUP, Order.Fulfilment.PICKUP): ("deliver", _("Hand over")),
    (State.UNDELIVERED, Order.Fulfilment.DELIVERY): ("dispatch", _("Try again")),
}
# An order for a slot is wanted then, any other as soon as it is placed.
WANTED_AT = Coalesce("slot_starts_at", "placed_at")
CALLED_OFF = (State.CANCELLED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Card:
    """One order as the shop sees it at a glance; `step` is the screen that moves it on, unless
    `to_weigh` of its items have still to be put on the scale."""

    order: Order
    step: str
    step_label: str | Promise
    minutes: int
    items: int
    short: int
    to_weigh: int
    # whether something waits for the customer's word
    asked: bool = False

    @property
    def counting(self) -> bool:
        """Whether so little is left of the shop's time to accept that every minute counts."""
        by = self.order.accept_by
        return self.order.state == State.CONFIRMED and bool(by and by - now() < COUNT_DOWN)

    @property
    def answer_by(self) -> str:
        """The hour by which the shop must have accepted, with its day where that is not today."""
        by = self.order.accept_by
        return clock(by) if by and business_date(by) == business_date() else moment(by)

    @property
    def late(self) -> bool:
        """Whether the slot that the order was meant for is over."""
        ends = self.order.slot_ends_at
        return not self.order.finished and bool(ends and ends < now())

    @property
    def first_name(self) -> str:
        return first_name(self.order)


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    label: str | Promise
    states: tuple[str, ...]
    cards: list[Card]


def columns() -> list[Column]:
    """The board's columns, empty."""
    return [
        Column("new", _("New"), (State.CONFIRMED,), []),
        Column("accepted", _("Accepted"), (State.ACCEPTED,), []),
        Column("packed", _("Packed"), (State.PACKED,), []),
        Column("out", _("Out / ready"), (State.OUT_FOR_DELIVERY, State.READY_FOR_PICKUP), []),
        Column("back", _("Came back"), (State.UNDELIVERED,), []),
        Column("done", _("Done today"), (State.DELIVERED, *CALLED_OFF), []),
    ]


def todays_orders(store_id: UUID) -> list[Column]:
    """Every open order, what is wanted first coming first, and what ended today, latest first; two
    queries. New orders stand by when they must be answered; nothing stays what came back, so
    that column is there only when it is needed."""
    board = columns()
    midnight = datetime.combine(business_date(), time(), INDIA)
    found = Order.objects.of_store(store_id).annotate(
        items=Count("lines", filter=~Q(lines__state__in=OrderLine.OUT), distinct=True),
        to_weigh=Count(
            "lines",
            filter=Q(lines__state=OrderLine.State.WANTED, lines__by_weight=True),
            distinct=True,
        ),
        short=Count("flags", filter=Q(flags__cleared_at=None), distinct=True),
        asked=Exists(Proposal.objects.live().filter(order=OuterRef("pk"))),
    )
    still_open = [state for column in board[:-1] for state in column.states]
    ended = Q(state=State.DELIVERED, delivered_at__gte=midnight) | Q(
        state__in=CALLED_OFF, placed_at__gte=midnight
    )
    by_state = {state: column for column in board for state in column.states}
    for order in found.in_states(still_open).order_by(WANTED_AT, "id")[:MOST_OPEN]:
        by_state[order.state].cards.append(
            card(
                order,
                items=order.items,
                short=order.short,
                to_weigh=order.to_weigh,
                asked=order.asked,
            )
        )
    for order in found.filter(ended).order_by("-id")[:MOST_FINISHED]:
        by_state[order.state].cards.append(card(order, items=order.items, short=0, to_weigh=0))
    board[0].cards.sort(key=lambda new: new.order.accept_by or new.order.placed_at)
    return [column for column in board if column.key != "back" or column.cards]


def card(order: Order, *, items: int, short: int, to_weigh: int, asked: bool = False) -> Card:
    step, label = NEXT_STEP.get((order.state, order.fulfilment), ("", ""))
    return Card(
        order=order,
        step=step,
        step_label=label,
        minutes=int((now() - order.placed_at).total_seconds() // 60),
        items=items,
        short=short,
        to_weigh=to_weigh if step == "pack" else 0,
        asked=asked,
    )


def fingerprint(board: list[Column], returns: list[Return]) -> str:
    """Changes whenever the board would look different: an order moved, a return was asked for or
    decided, or a minute has passed."""
    seen = [
        f"{card.order.pk}:{card.order.version}:{card.short}:{card.to_weigh}:{card.asked}"
        for column in board
        for card in column.cards
    ]
    seen += [str(each.pk) for each in returns]
    minute = now().strftime("%H:%M")
    return sha256("|".join([minute, get_language() or "", *seen]).encode()).hexdigest()[:16]


def first_name(order: Order) -> str:
    """What the shop calls the customer by; whoever erased their details has no part of a name."""
    if not order.contact_phone:
        return order.called
    return order.contact_name.split()[0] if order.contact_name.split() else ""
