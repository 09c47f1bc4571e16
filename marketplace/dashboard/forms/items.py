from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.core.fields import RupeesField
from marketplace.core.quantity import Unit, show_quantity
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.forms.fields import QuantityField, Typed, unit_label
from stores.catalogue.countries import HOME, by_name, countries, country_name
from stores.catalogue.models import Category, Product
from stores.inventory.models import Listing

STEPS = (50, 100, 250, 500, 1000)


class ListingForm(forms.Form):
    """The shop's side of an item: price, MRP, stock. Loose goods are priced per kg or litre."""

    price = RupeesField(label=gettext_lazy("Price (₹)"), least=1)
    mrp = RupeesField(label=gettext_lazy("MRP printed on the packet (₹)"), least=1, required=False)
    policy = forms.ChoiceField(
        label=gettext_lazy("Stock"),
        choices=[
            (Listing.Policy.COUNTED, gettext_lazy("I count it")),
            (Listing.Policy.ON_SHELF, gettext_lazy("I only say whether it is there")),
        ],
        initial=Listing.Policy.COUNTED,
        widget=forms.RadioSelect,
    )

    def __init__(
        self, data: Typed = None, *, unit: str, packed: bool, settled: bool = True
    ) -> None:
        """`settled`: how the product is sold is known, so only the fields for that are asked."""
        super().__init__(data)
        self.packed, self.weighed = packed, unit != Unit.PIECE
        words = unit_label(unit) if settled else _("pieces, kg or litres")
        if not settled:
            self.fields["price"].help_text = _("Loose goods: per kg or litre.")
        elif self.weighed:
            self.fields["price"].label = _("Price per %(unit)s (₹)") % {"unit": words}
        if self.weighed or not settled:
            self.fields["step"] = forms.TypedChoiceField(
                label=_("Sold in steps of"),
                coerce=int,
                choices=[(step, show_quantity(step, unit if settled else "g")) for step in STEPS],
                initial=250,
                required=self.weighed,
            )
        if settled and not packed:
            del self.fields["mrp"]
        in_words = {"unit": words}
        self.fields["on_hand"] = QuantityField(
            unit=unit, label=_("In stock now (%(unit)s)") % in_words, required=False
        )
        self.fields["reorder_level"] = QuantityField(
            unit=unit, label=_("Tell me when less than (%(unit)s)") % in_words, required=False
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        price, mrp = cleaned.get("price"), cleaned.get("mrp")
        if self.packed and price and mrp and price > mrp:
            self.add_error("price", _("The price is above the printed MRP."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """What `add_listing` wants; from a valid form."""
        typed = self.cleaned_data
        counted = typed["policy"] == Listing.Policy.COUNTED
        step = typed["step"] if self.weighed else 1
        return {
            "price": typed["price"],
            "mrp": typed.get("mrp") if self.packed else None,
            "per": 1000 if self.weighed else 1,
            "step": step,
            "minimum": step,
            "policy": typed["policy"],
            "on_hand": (typed["on_hand"] or 0) if counted else 0,
            "on_shelf": not counted,
            "reorder_level": typed["reorder_level"] if counted else None,
        }


KINDS = [
    ("packed", gettext_lazy("In a packet, bottle or box")),
    (Unit.GRAM, gettext_lazy("Loose, by weight (kg)")),
    (Unit.MILLILITRE, gettext_lazy("Loose, by volume (litre)")),
    (Unit.PIECE, gettext_lazy("Loose, by the piece")),
]
PACK_UNITS = [
    ("", "—"),
    ("g", gettext_lazy("g")),
    ("kg", gettext_lazy("kg")),
    ("ml", gettext_lazy("ml")),
    ("l", gettext_lazy("litre")),
    ("pc", gettext_lazy("pieces")),
]


def choose_country() -> list[tuple[str, str]]:
    """Every country as the reader would look it up, India first."""
    others = by_name(code for code in countries() if code != HOME)
    return [(HOME, country_name(HOME)), *others]


class OriginForm(forms.Form):
    """Where a shop's own product comes from."""

    country_of_origin = forms.ChoiceField(
        label=gettext_lazy("Country of origin"), choices=choose_country
    )


class ProductForm(forms.Form):
    """A product that only this shop sells."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=240)
    name_hi = forms.CharField(label=gettext_lazy("Name in Hindi"), max_length=240, required=False)
    brand = forms.CharField(label=gettext_lazy("Brand"), max_length=80, required=False)
    category = forms.ModelChoiceField(
        label=gettext_lazy("Aisle"), queryset=Category.objects.none(), empty_label="—"
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("How is it sold?"),
        choices=KINDS,
        initial="packed",
        widget=forms.RadioSelect,
    )
    pack_size = forms.DecimalField(
        label=gettext_lazy("One packet holds"),
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    pack_unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=PACK_UNITS, required=False)
    ean = forms.CharField(
        label=gettext_lazy("Barcode"),
        max_length=14,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    veg = forms.ChoiceField(
        label=gettext_lazy("Food mark"),
        choices=[
            (Product.Veg.VEG, gettext_lazy("Vegetarian (green)")),
            (Product.Veg.NON_VEG, gettext_lazy("Non-vegetarian (brown)")),
            ("", gettext_lazy("Not food")),
        ],
        required=False,
        initial=Product.Veg.VEG,
    )

    country_of_origin = forms.ChoiceField(
        label=gettext_lazy("Country of origin"),
        initial=HOME,
        choices=choose_country,
        required=False,
    )

    def __init__(self, data: Typed = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Category.objects.filter(children=None)
        field.label_from_instance = localised  # type: ignore[method-assign, assignment]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("pack_size")) != bool(cleaned.get("pack_unit")):
            self.add_error(
                "pack_unit" if cleaned.get("pack_size") else "pack_size",
                _("Give the size and its unit, or neither."),
            )
        return cleaned

    @property
    def unit(self) -> str:
        """The base unit of what was chosen, valid or not: the price's label depends on it."""
        kind = self["kind"].value()
        return kind if kind in {Unit.GRAM, Unit.MILLILITRE} else Unit.PIECE

    def values(self) -> dict[str, Any]:
        """What `add_product` wants, brand aside; from a valid form."""
        typed = self.cleaned_data
        packed = typed["kind"] == "packed"
        size, unit = typed["pack_size"], typed["pack_unit"]
        quantity = int(size * (1000 if unit in {"kg", "l"} else 1)) if packed and size else None
        return {
            "name": typed["name"],
            "name_hi": typed["name_hi"],
            "category": typed["category"],
            "packed": packed,
            "base_unit": Unit.PIECE if packed else typed["kind"],
            "pack_quantity": quantity,
            "pack_unit": {"kg": "g", "l": "ml"}.get(unit, unit) if quantity else "",
            "ean": typed["ean"].strip(),
            "veg": typed["veg"],
            "country_of_origin": typed["country_of_origin"] or HOME,
        }
