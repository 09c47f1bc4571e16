"""Money and quantities as a shopkeeper types them, in Latin or Devanagari digits."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from marketplace.core.fields import in_tens
from marketplace.core.measures import MOST_BASE_UNITS, parse_number
from marketplace.core.quantity import Unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Lazy

    Words = str | Lazy

Typed = Mapping[str, Any] | None
"""What a form is given: the request's fields, or nothing yet."""


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
