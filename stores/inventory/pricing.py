"""Prices that can be compared, and how they are said."""

from functools import lru_cache

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from marketplace.core import money
from marketplace.core.quantity import Unit

UNIT_NAMES = {
    ("g", 1): gettext_noop("g"),
    ("g", 1000): gettext_noop("kg"),
    ("ml", 1): gettext_noop("ml"),
    ("ml", 1000): gettext_noop("l"),
    ("pc", 1): gettext_noop("pc"),
}


def compare_price(*, price: int, content: int, unit: str) -> tuple[int, int, str]:
    """(paise, quantity, unit) when `price` paise buy `content` of a unit.

    Per kilogram or litre from 1 kg or 1 l up, else per gram or millilitre, else per piece, to the
    nearest paisa: Legal Metrology (Packaged Commodities) Rules 2011, rule 6(11).
    """
    base = 1000 if unit != Unit.PIECE and content >= 1000 else 1
    return money.divide_half_up(price * base, content), base, unit


def unit_price_words(paise: int, base: int, unit: str) -> str:
    """`₹96/kg`, `₹0.12/g`, `₹5/pc`."""
    return f"{money.rupees(paise)}/{_unit_name(unit, base, get_language())}"


def unit_price_beside(
    *, price: int, per: int, unit: str, content: int | None, content_unit: str
) -> str:
    """The unit price that stands beside a price, in words: `price` paise buy `per` base units of
    loose goods, or a pack of `content`. Empty where the price itself is by the piece, kg or litre."""
    if content:
        return unit_price_words(*compare_price(price=price, content=content, unit=content_unit))
    if per in (1, 1000):
        return ""
    return unit_price_words(*compare_price(price=price, content=per, unit=unit))


# Looked up once for each language: a page says its units dozens of times.
@lru_cache(maxsize=100)
def _unit_name(unit: str, base: int, language: str | None) -> str:
    return _(UNIT_NAMES[unit, base])
