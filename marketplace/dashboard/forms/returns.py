from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.core.measures import PartField
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.forms.fields import Typed
from orders.models import OrderLine, Return, ReturnLine
from orders.services import most_back


class ReturnForm(forms.Form):
    """What a customer gives back at the counter: so much of each line, and why."""

    reason = forms.ChoiceField(
        label=_("Why?"), choices=Return.Reason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(
        self, lines: Sequence[OrderLine], data: Typed = None, *, initial: Typed = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.goods = {f"line-{line.n}": line for line in lines}
        for name, line in self.goods.items():
            self.fields[name] = PartField(
                most=(line.packed or 0) - line.returned,
                unit=line.unit,
                label=localised(line),
            )
        self.order_fields([*self.goods, "reason", "note"])

    def lines(self) -> list[tuple[forms.BoundField, OrderLine, int]]:
        """Each field with its line, and what all that is left of the line is worth in paise."""
        return [(self[name], line, most_back(line)) for name, line in self.goods.items()]

    @property
    def wanted(self) -> dict[UUID, int]:
        """Base units by order line; from a valid form."""
        return {
            line.pk: self.cleaned_data[name]
            for name, line in self.goods.items()
            if self.cleaned_data[name]
        }


class TakePartForm(forms.Form):
    """So much of each line of a return is taken back, and why not the rest."""

    reason = forms.CharField(
        label=_("Why not all of it? The customer reads it."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, asked: Return, data: Typed = None, *, restock: bool) -> None:
        super().__init__(data)
        self.parts = {f"line-{part.line.n}": part for part in asked.lines.select_related("line")}
        for name, part in self.parts.items():
            self.fields[name] = PartField(
                most=part.quantity,
                unit=part.line.unit,
                label=localised(part.line),
                initial=part.quantity,
            )
            if asked.can_be_restocked:
                self.fields[f"re{name}"] = forms.BooleanField(
                    label=_("%(name)s goes back on the shelf") % {"name": localised(part.line)},
                    required=False,
                    initial=restock,
                )

    def rows(self) -> list[tuple[forms.BoundField, ReturnLine, forms.BoundField | None]]:
        """Each line's field, what was asked for, and the tick for the shelf where there is one."""
        return [
            (self[name], part, self[f"re{name}"] if f"re{name}" in self.fields else None)
            for name, part in self.parts.items()
        ]

    @property
    def accepted(self) -> dict[UUID, int]:
        """Base units by order line; from a valid form."""
        return {part.line_id: self.cleaned_data[name] for name, part in self.parts.items()}

    @property
    def restock(self) -> list[UUID]:
        """The order lines whose goods go back on the shelf; from a valid form."""
        return [
            part.line_id
            for name, part in self.parts.items()
            if self.cleaned_data.get(f"re{name}") and self.cleaned_data[name]
        ]


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why? The customer reads it."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
