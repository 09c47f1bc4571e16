"""A shop's hours in words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.utils.dates import WEEKDAYS as DAY_NAMES
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.core.clock import INDIA, now
from marketplace.core.saying import say_clock
from stores.shops.models import WEEKDAYS, Store


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a shop takes orders now, and in words until when or from when."""

    is_open: bool
    words: str


def opening(store: Store, at: datetime | None = None) -> Opening:
    """`Open until 10:00 PM`, `Open day and night`, `Opens at 7:00 AM`, `Opens on Monday at 7:00 AM`."""
    local = (at or now()).astimezone(INDIA)
    this_minute = local.strftime("%H:%M")
    if not store.accepting_orders or store.status != Store.Status.ACTIVE:
        return Opening(False, _("Not taking orders just now"))
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        if day in store.holidays:
            continue
        # "07:00" to "24:00": written so, times compare as text
        for opens, closes in store.hours.get(WEEKDAYS[day.weekday()], []):
            if ahead == 0 and opens <= this_minute < closes:
                if closes == "24:00" and _opens_at_midnight(store, day + timedelta(days=1)):
                    return Opening(True, _("Open day and night"))
                return Opening(True, _("Open until %(time)s") % {"time": _said(closes)})
            if ahead > 0 or this_minute < opens:
                return Opening(False, _opens(ahead, day.weekday(), _said(opens)))
    return Opening(False, _("Closed"))


def _opens_at_midnight(store: Store, day: date) -> bool:
    spans = store.hours.get(WEEKDAYS[day.weekday()], [])
    return day not in store.holidays and any(opens == "00:00" for opens, _closes in spans)


def _said(raw: str) -> str:
    return _clock_words(raw, get_language())


# Said some twenty times on a shop's page, of a few different times.
@lru_cache(maxsize=3_000)
def _clock_words(raw: str, language: str | None) -> str:
    return _("midnight") if raw in ("00:00", "24:00") else say_clock(time.fromisoformat(raw))


def _opens(ahead: int, weekday: int, at: str) -> str:
    if ahead == 0:
        return _("Opens at %(time)s") % {"time": at}
    if ahead == 1:
        return _("Opens tomorrow at %(time)s") % {"time": at}
    return _("Opens on %(day)s at %(time)s") % {"day": DAY_NAMES[weekday], "time": at}


def week(store: Store) -> list[tuple[str, str]]:
    """Each weekday with its hours, for the shop's details."""
    return [
        (
            str(DAY_NAMES[number]),
            ", ".join(
                f"{_said(opens)} – {_said(closes)}" for opens, closes in store.hours.get(key, [])
            )
            or _("closed"),
        )
        for number, key in enumerate(WEEKDAYS)
    ]
