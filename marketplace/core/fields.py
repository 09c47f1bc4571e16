"""Money as people type it, in Latin or Devanagari digits."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext as _

from marketplace.core.measures import parse_number

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Lazy

    Words = str | Lazy

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
