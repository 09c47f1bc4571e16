from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.dashboard.forms.fields import QuantityField, RupeesField, Typed
from stores.inventory.models import Listing

RECEIVED, COUNTED, DAMAGED = "received", "counted", "damaged"


class PriceForm(forms.Form):
    """A new price; the MRP only where the form carried one."""

    price = RupeesField(label=_("Price"), least=1)
    mrp = RupeesField(label=_("MRP"), least=1, required=False)


class StockForm(forms.Form):
    """What happened to the stock, and how much."""

    why = forms.ChoiceField(
        label=_("What happened?"),
        choices=[
            (RECEIVED, _("Came in")),
            (COUNTED, _("Counted")),
            (DAMAGED, _("Damaged / expired")),
        ],
    )
    note = forms.CharField(max_length=200, required=False)

    def __init__(self, data: Typed, listing: Listing) -> None:
        super().__init__(data)
        self.fields["quantity"] = QuantityField(unit=listing.product.base_unit)
