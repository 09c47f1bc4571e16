"""Money and quantities as a shopkeeper types them, in Latin or Devanagari digits."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from marketplace.core.measures import MOST_BASE_UNITS, parse_number
from marketplace.core.quantity import Unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Lazy

    Words = str | Lazy

Typed = Mapping[str, Any] | None
"""What a form is given: the request's fields, or nothing yet."""

MOST_RUPEES = 10_00_000


def in_tens(thousandths: int, digits: int) -> str:
    """An integer of smallest units as a plain number: 5550 with 2 digits is `55.50`, 5500 is `55`."""
    number = Decimal(thousandths).scaleb(-digits)
    return f"{number.quantize(Decimal(1)) if number == int(number) else number:f}"


class RupeesField(forms.CharField):
    """Typed in rupees, cleaned to integer paise; `least` is in paise."""

    def __init__(
        self,
        *,
        label: "Words",
        least: int = 0,
        required: bool = True,
        help_text: "Words" = "",
    ) -> None:
        self.least = least
        super().__init__(
            label=label,
            required=required,
            help_text=help_text,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )

    def to_python(self, value: object) -> int | None:  # type: ignore[override]
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        try:
            paise = parse_number(text).scaleb(2)
        except ValueError:
            raise forms.ValidationError(_("Write an amount in rupees, like 55 or 55.50.")) from None
        if paise != int(paise):
            raise forms.ValidationError(_("An amount has at most two digits after the point."))
        if not self.least <= paise <= MOST_RUPEES * 100:
            raise forms.ValidationError(
                _("The amount must be more than zero.")
                if 0 <= paise < self.least
                else _("That amount cannot be right.")
            )
        return int(paise)

    def validate(self, value: object) -> None:
        if self.required and value is None:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: object) -> None:
        """Nothing beyond `to_python`: a CharField's own check would count the digits."""

    def prepare_value(self, value: object) -> object:
        return in_tens(value, 2) if isinstance(value, int) else value


def unit_digits(unit: str) -> int:
    """How many digits the people's unit is above the base unit: kg and litre are 1000 of it."""
    return 0 if unit == Unit.PIECE else 3


def unit_label(unit: str) -> str:
    """The unit in which a shop counts a product: pieces, kilograms or litres."""
    if unit == Unit.GRAM:
        return _("kg")
    if unit == Unit.MILLILITRE:
        return _("litre")
    return _("pieces")


class QuantityField(forms.CharField):
    """Typed in pieces, kilograms or litres, cleaned to integer base units."""

    def __init__(
        self,
        *,
        unit: str,
        label: "Words" = "",
        required: bool = True,
        help_text: "Words" = "",
    ) -> None:
        self.digits = unit_digits(unit)
        mode = "decimal" if self.digits else "numeric"
        super().__init__(
            label=label,
            required=required,
            help_text=help_text,
            widget=forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off"}),
        )

    def to_python(self, value: object) -> int | None:  # type: ignore[override]
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        try:
            units = parse_number(text).scaleb(self.digits)
        except ValueError:
            raise forms.ValidationError(_("Write a number.")) from None
        if units != int(units):
            raise forms.ValidationError(
                _("At most three digits after the point.")
                if self.digits
                else _("Whole pieces only.")
            )
        if not 0 <= units <= MOST_BASE_UNITS:
            raise forms.ValidationError(_("That number cannot be right."))
        return int(units)

    def validate(self, value: object) -> None:
        if self.required and value is None:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: object) -> None:
        """Nothing beyond `to_python`: a CharField's own check would count the digits."""

    def prepare_value(self, value: object) -> object:
        return in_tens(value, self.digits) if isinstance(value, int) else value
