from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.core.fields import RupeesField
from marketplace.core.ids import uuid7
from marketplace.dashboard.forms.fields import QuantityField, Typed
from stores.inventory.models import Listing, StockMovement

RECEIVED, COUNTED, DAMAGED = "received", "counted", "damaged"
KINDS = {
    RECEIVED: StockMovement.Kind.RECEIPT,
    COUNTED: StockMovement.Kind.COUNT,
    DAMAGED: StockMovement.Kind.DAMAGE,
}


class PriceForm(forms.Form):
    """A new price; the MRP only where the form carried one."""

    price = RupeesField(label=_("Price"), least=1)
    mrp = RupeesField(label=_("MRP"), least=1, required=False)


class StockForm(forms.Form):
    """What happened to the stock, and how much; `reference` lets a double tap count once."""

    why = forms.ChoiceField(
        label=_("What happened?"),
        choices=[
            (RECEIVED, _("Came in")),
            (COUNTED, _("Counted")),
            (DAMAGED, _("Damaged / expired")),
        ],
    )
    note = forms.CharField(max_length=200, required=False)
    reference = forms.UUIDField(required=False)

    def __init__(self, data: Typed, listing: Listing) -> None:
        super().__init__(data)
        self.fields["quantity"] = QuantityField(unit=listing.product.base_unit)

    def clean_reference(self) -> UUID:
        return self.cleaned_data["reference"] or uuid7()

    @property
    def kind(self) -> StockMovement.Kind:
        """What the change is in the books; from a valid form."""
        return KINDS[self.cleaned_data["why"]]
