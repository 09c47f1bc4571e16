"""Weights as a shopkeeper reads them off the scale, and how much of an item is left."""

import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _

from marketplace.core.quantity import Unit
from marketplace.dashboard.forms.fields import MOST_BASE_UNITS, Typed, parse_number
from orders.models import OrderLine

NUMBER_AND_UNIT = re.compile(r"\s*([\d.,]+)\s*([^\d\s]*)\s*")
# How far a unit is above the base unit, in powers of ten.
UNITS = {
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "किलो", "किग्रा", "कि.ग्रा."), 3),
    **dict.fromkeys(("l", "lt", "ltr", "litre", "litres", "लीटर", "ली", "ली."), 3),
    **dict.fromkeys(("g", "gm", "gms", "gram", "grams", "ग्राम", "ग्रा", "ग्रा."), 0),
    **dict.fromkeys(("ml", "मिली", "मि.ली.", "मिलीलीटर"), 0),
}


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


class WeightForm(forms.Form):
    """What the scale says for one line, in base units once it is clean."""

    weight = forms.CharField(max_length=20)

    def __init__(self, data: Typed, line: OrderLine) -> None:
        super().__init__(data)
        self.line = line

    def clean_weight(self) -> int:
        try:
            return read_weight(self.cleaned_data["weight"], near=self.line.quantity)
        except ValueError:
            example = "1.02" if self.line.quantity >= 1000 else "255"
            raise forms.ValidationError(
                _("Write the weight from the scale, like %(example)s.") % {"example": example}
            ) from None


class LeftForm(forms.Form):
    """How much of a line there is: a part of it, or with the button `none` nothing at all."""

    left = forms.CharField(max_length=20, required=False)
    stop_selling = forms.BooleanField(required=False)

    def __init__(self, data: Typed, line: OrderLine) -> None:
        super().__init__(data)
        self.line = line

    def clean_left(self) -> int:
        if "none" in self.data:
            return 0
        text, whole = self.cleaned_data["left"], self.line.quantity
        try:
            # What is left is a part of what was ordered, mostly a small one.
            left = int(text) if self.line.unit == Unit.PIECE else read_weight(text, near=whole // 4)
        except ValueError:
            raise forms.ValidationError(_("Write how much there is.")) from None
        if not 0 < left < whole:
            raise forms.ValidationError(_("That must be less than was ordered."))
        return left


class OfferForm(forms.Form):
    """How much of a listing the customer is offered instead; `near` is what suits."""

    quantity = forms.CharField(max_length=20)

    def __init__(self, data: Typed, *, near: int, unit: str) -> None:
        super().__init__(data)
        self.near, self.unit = near, unit

    def clean_quantity(self) -> int:
        text = self.cleaned_data["quantity"]
        try:
            if self.unit == Unit.PIECE and 0 < int(text) <= MOST_BASE_UNITS:
                return int(text)
            return read_weight("" if self.unit == Unit.PIECE else text, near=self.near)
        except ValueError:
            raise forms.ValidationError(_("Write how much.")) from None
