from datetime import datetime, time, timedelta
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from marketplace.core import money
from marketplace.core.clock import business_date
from marketplace.core.quantity import show_quantity

register = template.Library()

# Django's own Hindi misspells these; named here, they stay in our catalogue.
MISSPELT = (
    gettext_noop("September"),
    gettext_noop("November"),
    gettext_noop("December"),
    gettext_noop("dec"),
    gettext_noop("Thu"),
)


class Fixed(template.Node):
    """See `fixed`."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self.kept: dict[str, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language() or ""
        if language not in self.kept:
            # an empty context: nothing that belongs to a person or a page can be seen in here
            self.kept[language] = self.nodelist.render(context.new({}))
        return self.kept[language]


@register.tag
def fixed(parser: Parser, token: Token) -> Fixed:
    """`{% fixed %}...{% endfixed %}`: the same on every page, rendered once for each language.

    For the frame of pages, whose translations, addresses and icons cost more than their goods.
    """
    nodelist = parser.parse(("endfixed",))
    parser.delete_first_token()
    return Fixed(nodelist)


@register.filter
def rupees(amount: int | None) -> str:
    """Paise as `₹12,34,567.50`."""
    return "" if amount is None else money.rupees(amount)


@register.filter
def quantity(amount: int, unit: str) -> str:
    """Base units as people say them: `{{ 1500|quantity:"g" }}` is 1.5 kg."""
    return show_quantity(amount, unit)


@register.filter
def localised(thing: Any) -> str:
    """A store's, category's or product's name in the reader's language."""
    if (get_language() or "").startswith("hi") and thing.name_hi:
        return str(thing.name_hi)
    return str(thing.name)


# Django's Hindi has no words for AM and PM: people say the part of the day.
PARTS_OF_DAY = ((4, "रात"), (12, "सुबह"), (16, "दोपहर"), (20, "शाम"), (24, "रात"))


@register.filter
def clock(at: datetime | time) -> str:
    """A time of day as it is said: `7:30 PM`, `शाम 7:30 बजे`."""
    hindi = (get_language() or "").startswith("hi")
    part, digits = _part_and_digits(at)
    return f"{part} {digits} बजे" if hindi else f"{digits} {part}"


@register.simple_tag
def clock_span(starts: datetime | time, ends: datetime | time) -> str:
    """Two times of day, the part of the day said once where it is the same: `5:00 – 7:00 PM`."""
    (part, first), (other, last) = _part_and_digits(starts), _part_and_digits(ends)
    if part != other:
        return f"{clock(starts)} – {clock(ends)}"
    hindi = (get_language() or "").startswith("hi")
    return f"{part} {first} – {last} बजे" if hindi else f"{first} – {last} {part}"


def _part_and_digits(at: datetime | time) -> tuple[str, str]:
    local = localtime(at) if isinstance(at, datetime) else at
    digits = f"{local.hour % 12 or 12}:{local.minute:02d}"
    if (get_language() or "").startswith("hi"):
        return next(word for until, word in PARTS_OF_DAY if local.hour < until), digits
    return "AM" if local.hour < 12 else "PM", digits


@register.filter
def moment(at: datetime | None) -> str:
    """A day and time, in India: `22 Nov, 7:30 PM`."""
    return f"{date_format(localtime(at), 'j M')}, {clock(at)}" if at else ""


@register.simple_tag
def span(starts_at: datetime, ends_at: datetime) -> str:
    """A span of one day as it is said now: `Tomorrow, 5:00 – 7:00 PM`."""
    day, today = business_date(starts_at), business_date()
    if day == today:
        said = _("Today")
    elif day == today + timedelta(days=1):
        said = _("Tomorrow")
    else:
        said = date_format(day, "D j M")
    return f"{said}, {clock_span(starts_at, ends_at)}"
