from typing import Any

from django import template
from django.utils.translation import get_language

from marketplace.core import money
from marketplace.core.quantity import show_quantity

register = template.Library()


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
