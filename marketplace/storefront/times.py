"""When a customer may have the goods: as soon as possible, or in one of the shop's slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.core.clock import business_date
from marketplace.core.saying import say_clock, say_clock_span, say_day
from orders.errors import SlotUnknown
from orders.services import OfferedSlot, offered_slots
from stores.shops.models import Store

NOW = "now"
# From here on it is said how many places are left.
FEW = 3


@dataclass(frozen=True, slots=True)
class Time:
    """One slot to choose; `note` says why it cannot be, or until when, or that it will soon be gone."""

    value: str
    words: str
    note: str
    open: bool


@dataclass(frozen=True, slots=True)
class Times:
    """All there is to choose; `chosen` is the value that is ticked."""

    at_once: bool
    days: Sequence[tuple[str, Sequence[Time]]]
    chosen: str

    @property
    def for_later(self) -> bool:
        """Whether any slot can be had."""
        return any(time.open for _day, times in self.days for time in times)


def read_times(store: Store, *, chosen: str = "") -> Times:
    """What the shop offers now. What was chosen stays so while it can be had; else the first that can."""
    offered = offered_slots(store) if store.takes_orders else []
    days = [
        (say_day(day, "l, j F"), [_time(each) for each in slots])
        for day, slots in groupby(offered, key=lambda each: each.day)
    ]
    at_once = store.is_open()
    possible = [NOW] if at_once else []
    possible += [time.value for _day, times in days for time in times if time.open]
    return Times(at_once, days, chosen if chosen in possible else (possible or [""])[0])


def parse_time(value: str) -> tuple[UUID, date] | None:
    """The slot and day that a form names; None for as soon as possible. Raises SlotUnknown."""
    if value in ("", NOW):
        return None
    slot, _separator, day = value.partition("/")
    try:
        return UUID(slot), date.fromisoformat(day)
    except ValueError:
        raise SlotUnknown from None


def _time(offered: OfferedSlot) -> Time:
    return Time(
        value=f"{offered.slot.pk}/{offered.day.isoformat()}",
        words=say_clock_span(offered.slot.starts, offered.slot.ends),
        note=_why_not(offered.problem.code) if offered.problem else _how_long(offered),
        open=offered.problem is None,
    )


def _how_long(offered: OfferedSlot) -> str:
    """Until when it can be had, if that is still today, and how many places are left, if few."""
    notes = []
    if business_date(offered.until) == business_date():
        notes.append(_("order by %(time)s") % {"time": say_clock(offered.until)})
    if offered.left <= FEW:
        left = ngettext("%(n)d left", "%(n)d left", offered.left) % {"n": offered.left}
        notes.append(left)
    return " · ".join(notes)


def _why_not(code: str) -> str:
    return {
        "slot_full": _("full"),
        "slot_too_late": _("too late now"),
        "slot_closed": _("closed that day"),
    }[code]
