from datetime import datetime, time
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from marketplace.core import money, saying
from marketplace.core.languages import offered
from marketplace.core.quantity import show_quantity

register = template.Library()


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


@register.simple_tag
def offered_languages() -> list[tuple[str, str]]:
    """What a reader can choose from: codes, and names in the languages themselves."""
    return offered()


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


@register.filter
def clock(at: datetime | time) -> str:
    """A time of day as it is said: `7:30 PM`, `शाम 7:30 बजे`."""
    return saying.say_clock(at)


@register.simple_tag
def clock_span(starts: datetime | time, ends: datetime | time) -> str:
    """Two times of day: `5:00 – 7:00 PM`."""
    return saying.say_clock_span(starts, ends)


@register.filter
def moment(at: datetime | None) -> str:
    """A day and time, in India: `22 Nov, 7:30 PM`."""
    return saying.say_moment(at) if at else ""


@register.simple_tag
def span(starts_at: datetime, ends_at: datetime) -> str:
    """A span of one day as it is said now: `Tomorrow, 5:00 – 7:00 PM`."""
    return saying.say_span(starts_at, ends_at)
