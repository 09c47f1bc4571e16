"""The forms with which a customer complains."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.core.measures import PartField
from marketplace.core.templatetags.nukkad import localised
from marketplace.storefront.forms import REQUIRED
from orders.complaints.models import LONGEST, Complaint
from orders.models import OrderLine
from stores.shops.models import Store

Kind = Complaint.Kind
Typed = Mapping[str, Any] | None


def _words(label: Any, *, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        error_messages=REQUIRED,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class _Told(forms.Form):
    text = _words(_("What happened?"), rows=4)


class ReportForm(_Told):
    """What went wrong with an order, with which of its goods, and what is wanted."""

    kind = forms.ChoiceField(
        label=_("What went wrong?"),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )
    wanted = forms.ChoiceField(
        label=_("What do you want?"),
        choices=Complaint.Wanted.choices,
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )

    def __init__(self, lines: Sequence[OrderLine], data: Typed = None) -> None:
        super().__init__(data)
        self.goods = {f"line-{line.n}": line for line in lines}
        for name, line in self.goods.items():
            self.fields[name] = PartField(most=line.billed, unit=line.unit, label=localised(line))
        self.order_fields(["kind", *self.goods, "wanted", "text"])

    def lines(self) -> list[forms.BoundField]:
        return [self[name] for name in self.goods]

    @property
    def concerned(self) -> dict[UUID, int]:
        """Base units by order line; from a valid form."""
        return {
            line.pk: self.cleaned_data[name]
            for name, line in self.goods.items()
            if self.cleaned_data[name]
        }


class NewForm(_Told):
    """A complaint about no order: about a shop, or about Nukkad."""

    field_order = ("about", "kind", "text")

    about = forms.ChoiceField(
        label=_("About whom?"), widget=forms.RadioSelect, required=False, initial=""
    )
    kind = forms.ChoiceField(
        label=_("What went wrong?"),
        choices=[each for each in Kind.choices if each[0] not in Complaint.OF_GOODS],
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )

    def __init__(self, shops: Sequence[Store], data: Typed = None) -> None:
        super().__init__(data)
        field = self.fields["about"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("Nukkad itself")),
            *((str(shop.pk), localised(shop)) for shop in shops),
        ]

    @property
    def store_id(self) -> UUID | None:
        """Of which shop, from a valid form."""
        about = self.cleaned_data["about"]
        return UUID(about) if about else None


class WordForm(forms.Form):
    text = _words(_("Your message"), rows=3)
