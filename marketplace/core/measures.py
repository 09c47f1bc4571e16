"""Numbers and amounts of goods as people type them, in Latin or Devanagari digits."""

import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _

from marketplace.core.quantity import Unit, show_quantity

NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,9})?|\.\d{1,9})")
NUMBER_AND_UNIT = re.compile(r"\s*([\d.,]+)\s*([^\d\s]*)\s*")
MOST_BASE_UNITS = 10_00_00_000
# How far a unit is above the base unit, in powers of ten.
UNITS = {
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "किलो", "किग्रा", "कि.ग्रा."), 3),
    **dict.fromkeys(("l", "lt", "ltr", "litre", "litres", "लीटर", "ली", "ली."), 3),
    **dict.fromkeys(("g", "gm", "gms", "gram", "grams", "ग्राम", "ग्रा", "ग्रा."), 0),
    **dict.fromkeys(("ml", "मिली", "मि.ली.", "मिलीलीटर"), 0),
}


def digits_in(text: str) -> str:
    """The digits alone, of any script, as Latin ones: people type `246 810` and `२४६८१०`."""
    return "".join(str(int(each)) for each in text if each.isdecimal())


def parse_number(text: str) -> Decimal:
    """`₹1,250.50` or `१२५०.५` as a number. Raises ValueError."""
    plain = text.strip().removeprefix("₹").replace(",", "").strip()
    # No powers of ten: `1e9999999` is short to type and takes minutes to become an integer.
    if not NUMBER.fullmatch(plain):
        raise ValueError(text)
    return Decimal(plain)


def read_weight(text: str, *, near: int) -> int:
    """Base units in `1.02 kg`, `980 g`, or a bare number: `1.02` and `980` both for a kilogram.

    A bare number is whichever of the two units comes closer to `near`, what was ordered: nobody
    weighs 980 kg for 1 kg. Raises ValueError.
    """
    found = NUMBER_AND_UNIT.fullmatch(text.lower())
    if found is None or found[2] not in {"", *UNITS}:
        raise ValueError(text)
    number = parse_number(found[1])
    if found[2]:
        weight = number.scaleb(UNITS[found[2]])
    else:
        large = number.scaleb(3)
        weight = large if number * large <= near * near else number
    if weight != int(weight) or not 0 < weight <= MOST_BASE_UNITS:
        raise ValueError(text)
    return int(weight)


def in_people_units(quantity: int, unit: str, *, near: int) -> tuple[str, str]:
    """A number and its unit to prefill a field with: (`1.02`, `kg`); grams where `near` is less."""
    if unit == Unit.PIECE:
        return str(quantity), _("pieces")
    large = near >= 1000
    number = f"{Decimal(quantity).scaleb(-3).normalize():f}" if large else str(quantity)
    if unit == Unit.GRAM:
        return number, _("kg") if large else _("g")
    return number, _("litre") if large else _("ml")


class PartField(forms.Field):
    """How much of `most` base units, in the unit that people say `most` in; cleaned to base units.

    The label names that unit. Nothing typed is none of it.
    """

    def __init__(self, *, most: int, unit: str, label: str, initial: int | None = None) -> None:
        self.most, self.unit = most, unit
        _number, words = in_people_units(most, unit, near=most)
        mode = "numeric" if unit == Unit.PIECE else "decimal"
        super().__init__(
            label=f"{label} ({words})",
            help_text=_("at most %(left)s") % {"left": show_quantity(most, unit)},
            required=False,
            initial=initial,
            widget=forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"}),
        )

    def to_python(self, value: object) -> int:
        text = str(value).strip() if value is not None else ""
        try:
            quantity = self._read(text) if text else 0
        except ValueError:
            raise forms.ValidationError(_("Write how much.")) from None
        if quantity > self.most:
            words = {"left": show_quantity(self.most, self.unit)}
            raise forms.ValidationError(_("That is too much: at most %(left)s.") % words)
        return quantity

    def _read(self, text: str) -> int:
        if re.fullmatch(r"[0०.]+", text):
            return 0
        if self.unit != Unit.PIECE:
            return read_weight(text, near=self.most)
        pieces = parse_number(text)
        if pieces != int(pieces) or pieces < 0:
            raise ValueError(text)
        return int(pieces)

    def prepare_value(self, value: object) -> object:
        if isinstance(value, int):
            return in_people_units(value, self.unit, near=self.most)[0]
        return value
