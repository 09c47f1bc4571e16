"""Weights as a shopkeeper reads them off the scale, and how much of an item is left."""

from django import forms
from django.utils.translation import gettext as _

from marketplace.core.measures import MOST_BASE_UNITS, read_weight
from marketplace.core.quantity import Unit
from marketplace.dashboard.forms.fields import Typed
from orders.models import OrderLine


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
