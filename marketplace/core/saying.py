"""How times, days, durations, distances and lists are said in each language of ours.

Months, weekdays and units are in the catalogues; here is what a catalogue cannot hold. Digits are
Latin in every language: so are price tags, keypads, bills and every UPI app in India, and what is
read here is typed and compared there. Day, month and year come in this order in all of them.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import ceil

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_noop, ngettext, pgettext
from django.utils.translation import gettext as _

from marketplace.core.clock import business_date

# Django misspells some of these in Hindi and has none in Gujarati; named here, they stay in our
# catalogues.
MONTHS = (
    *(gettext_noop("January"), gettext_noop("February"), gettext_noop("March")),
    *(gettext_noop("April"), gettext_noop("May"), gettext_noop("June")),
    *(gettext_noop("July"), gettext_noop("August"), gettext_noop("September")),
    *(gettext_noop("October"), gettext_noop("November"), gettext_noop("December")),
)
SHORT_MONTHS = (
    *(gettext_noop("jan"), gettext_noop("feb"), gettext_noop("mar"), gettext_noop("apr")),
    *(gettext_noop("may"), gettext_noop("jun"), gettext_noop("jul"), gettext_noop("aug")),
    *(gettext_noop("sep"), gettext_noop("oct"), gettext_noop("nov"), gettext_noop("dec")),
)
WEEKDAYS = (
    *(gettext_noop("Monday"), gettext_noop("Tuesday"), gettext_noop("Wednesday")),
    *(gettext_noop("Thursday"), gettext_noop("Friday"), gettext_noop("Saturday")),
    gettext_noop("Sunday"),
)
SHORT_WEEKDAYS = (
    *(gettext_noop("Mon"), gettext_noop("Tue"), gettext_noop("Wed"), gettext_noop("Thu")),
    *(gettext_noop("Fri"), gettext_noop("Sat"), gettext_noop("Sun")),
)

# English halves the day; the others name its parts, each until an hour of its own.
PARTS_OF_DAY = {
    "hi": ((4, "रात"), (12, "सुबह"), (16, "दोपहर"), (20, "शाम"), (24, "रात")),
    "ta": ((4, "இரவு"), (12, "காலை"), (16, "மதியம்"), (20, "மாலை"), (24, "இரவு")),
    "te": ((4, "రాత్రి"), (12, "ఉదయం"), (16, "మధ్యాహ్నం"), (20, "సాయంత్రం"), (24, "రాత్రి")),
    "bn": (
        *((4, "রাত"), (6, "ভোর"), (12, "সকাল"), (16, "দুপুর")),
        *((18, "বিকেল"), (20, "সন্ধ্যা"), (24, "রাত")),
    ),
    "mr": (
        *((4, "रात्री"), (6, "पहाटे"), (12, "सकाळी"), (16, "दुपारी")),
        *((20, "संध्याकाळी"), (24, "रात्री")),
    ),
    "kn": ((4, "ರಾತ್ರಿ"), (12, "ಬೆಳಗ್ಗೆ"), (16, "ಮಧ್ಯಾಹ್ನ"), (20, "ಸಂಜೆ"), (24, "ರಾತ್ರಿ")),
    "gu": ((4, "રાત્રે"), (12, "સવારે"), (16, "બપોરે"), (20, "સાંજે"), (24, "રાત્રે")),
}
# What follows the figures, where people say something there.
OCLOCK = {"hi": " बजे", "ta": " மணி", "te": " గం.", "mr": " वा."}


def say_clock(at: datetime | time) -> str:
    """A time of day: `7:30 PM`, `शाम 7:30 बजे`."""
    part, digits = _part_and_digits(at)
    return _with_part(part, digits)


def say_clock_span(starts: datetime | time, ends: datetime | time) -> str:
    """Two times of day, the part of the day said once where it is the same: `5:00 – 7:00 PM`."""
    (part, first), (other, last) = _part_and_digits(starts), _part_and_digits(ends)
    if part != other:
        return f"{say_clock(starts)} – {say_clock(ends)}"
    return _with_part(part, f"{first} – {last}")


def _part_and_digits(at: datetime | time) -> tuple[str, str]:
    local = localtime(at) if isinstance(at, datetime) else at
    digits = f"{local.hour % 12 or 12}:{local.minute:02d}"
    parts = PARTS_OF_DAY.get(_language())
    if parts is None:
        return "AM" if local.hour < 12 else "PM", digits
    return next(word for until, word in parts if local.hour < until), digits


def _with_part(part: str, digits: str) -> str:
    language = _language()
    if language not in PARTS_OF_DAY:
        return f"{digits} {part}"
    return f"{part} {digits}{OCLOCK.get(language, '')}"


def _language() -> str:
    return (get_language() or "")[:2]


def say_moment(at: datetime) -> str:
    """A day and time, in India: `22 Nov, 7:30 PM`."""
    return f"{date_format(localtime(at), 'j M')}, {say_clock(at)}"


def say_day(day: date, otherwise: str = "D j M") -> str:
    """`Today`, `Tomorrow`, or the date in Django's format `otherwise`."""
    ahead = (day - business_date()) // timedelta(days=1)
    return {0: _("Today"), 1: _("Tomorrow")}.get(ahead) or date_format(day, otherwise)


def say_span(starts_at: datetime, ends_at: datetime) -> str:
    """A span of one day as it is said now: `Tomorrow, 5:00 – 7:00 PM`."""
    return f"{say_day(business_date(starts_at))}, {say_clock_span(starts_at, ends_at)}"


def say_duration(seconds: int) -> str:
    """`45 seconds`, `30 minutes`, `2 hours`: never less than it takes."""
    if seconds < 90:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    if seconds < 90 * 60:
        minutes = ceil(seconds / 60)
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = ceil(seconds / 3600)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def say_distance(metres: float | None) -> str:
    """`350 m`, `1.2 km`, `15 km`; empty where no distance can be told."""
    if metres is None:
        return ""
    if metres < 950:
        return _("%(n)s m") % {"n": max(round(metres / 50) * 50, 50)}
    decimals = 1 if metres < 9_950 else 0
    return _("%(n)s km") % {"n": f"{metres / 1000:.{decimals}f}".removesuffix(".0")}


def say_list(things: Sequence[str]) -> str:
    """`atta, rice and dal`."""
    *rest, last = things or [""]
    if not rest:
        return last
    joined = {"rest": ", ".join(rest), "last": last}
    return pgettext("the end of a list", "%(rest)s and %(last)s") % joined
