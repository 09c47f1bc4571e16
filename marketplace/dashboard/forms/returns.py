from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.core.quantity import show_quantity
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.forms.fields import QuantityField, Typed, unit_label
from orders.models import OrderLine, Return


class ReturnForm(forms.Form):
    """What a customer gives back at the counter: so much of each line, and why."""

    reason = forms.ChoiceField(
        label=_("Why?"), choices=Return.Reason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, lines: Sequence[OrderLine], data: Typed = None) -> None:
        super().__init__(data)
        self.goods = {f"line-{line.n}": line for line in lines}
        for name, line in self.goods.items():
            left = (line.packed or 0) - line.returned
            self.fields[name] = QuantityField(
                unit=line.unit,
                label=f"{localised(line)} ({unit_label(line.unit)})",
                help_text=_("at most %(left)s") % {"left": show_quantity(left, line.unit)},
                required=False,
            )
        self.order_fields([*self.goods, "reason", "note"])

    def lines(self) -> list[forms.BoundField]:
        return [self[name] for name in self.goods]

    @property
    def wanted(self) -> dict[UUID, int]:
        """Base units by order line; from a valid form."""
        return {
            line.pk: self.cleaned_data[name]
            for name, line in self.goods.items()
            if self.cleaned_data[name]
        }


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why? The customer reads it."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
