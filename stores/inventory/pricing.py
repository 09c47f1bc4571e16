"""Prices that can be compared."""

from marketplace.core import money
from marketplace.core.quantity import Unit


def compare_price(*, price: int, content: int, unit: str) -> tuple[int, int, str]:
    """(paise, quantity, unit) when `price` paise buy `content` of a unit.

    Per kilogram or litre from 1 kg or 1 l up, else per gram or millilitre, else per piece, to the
    nearest paisa: Legal Metrology (Packaged Commodities) Rules 2011, rule 6(11).
    """
    base = 1000 if unit != Unit.PIECE and content >= 1000 else 1
    return money.divide_half_up(price * base, content), base, unit
