from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.core.fields import RupeesField
from marketplace.core.ids import uuid7
from marketplace.dashboard.forms.fields import QuantityField, Typed, unit_label
from stores.inventory.models import Listing
from stores.inventory.services import Label


class ReceiveForm(forms.Form):
    """Goods that came in, with what is printed on them; `delivery` lets a double tap count once."""

    code = forms.CharField(
        label=gettext_lazy("Batch number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Best before / expiry"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    delivery = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ("quantity", "expires_on", "code", "mrp")

    def __init__(self, data: Typed = None, *, listing: Listing) -> None:
        super().__init__(data, initial={"delivery": uuid7()})
        words = {"unit": unit_label(listing.product.base_unit)}
        self.fields["quantity"] = QuantityField(
            unit=listing.product.base_unit, label=_("How much came in (%(unit)s)") % words
        )
        if listing.product.packed:
            self.fields["mrp"] = RupeesField(
                label=_("MRP printed on it (₹)"), least=1, required=False
            )
        self.order_fields(self.field_order)

    def values(self) -> dict[str, Any]:
        """What `receive_stock` wants; from a valid form."""
        typed = self.cleaned_data
        return {
            "quantity": typed["quantity"],
            "label": Label(
                code=typed["code"], expires_on=typed["expires_on"], mrp=typed.get("mrp")
            ),
            "reference": typed["delivery"],
        }


class LevelForm(forms.Form):
    """When the shop wants to be told; nothing typed means never."""

    def __init__(self, data: Typed = None, *, listing: Listing) -> None:
        super().__init__(data, initial={"level": listing.reorder_level})
        words = {"unit": unit_label(listing.product.base_unit)}
        self.fields["level"] = QuantityField(
            unit=listing.product.base_unit,
            label=_("Tell me when this much or less is left (%(unit)s)") % words,
            required=False,
        )
