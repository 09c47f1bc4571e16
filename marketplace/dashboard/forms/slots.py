"""The times a shop offers for later orders, and its own time to answer."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from stores.shops.models import Store


def _number(label: Any, *, least: int, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class SlotsForm(forms.Form):
    """A span of the day on each of the chosen weekdays."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    starts = forms.TimeField(
        label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    capacity = _number(_("Orders at most"), least=1, most=500)
    cut_off = _number(
        _("Minutes of notice"),
        least=0,
        most=7 * 24 * 60,
        help_text=_("Customers choose it no later than this before it starts."),
    )


class SlotForm(forms.Form):
    """What can be changed of a slot that customers may have chosen already."""

    capacity = _number(_("Orders at most"), least=1, most=500)
    cut_off = _number(_("Minutes of notice"), least=0, most=7 * 24 * 60)


class TermsForm(forms.Form):
    """How long the shop may think about an order, and the customer about giving goods back."""

    accept_minutes = _number(
        _("Minutes to accept an order"),
        least=2,
        most=240,
        help_text=_(
            "We remind you at half of them. An order nobody accepts in time is cancelled, "
            "and the customer gets the money back."
        ),
    )
    return_days = _number(
        _("Days to return goods"),
        least=0,
        most=60,
        help_text=_("Counted from delivery. 0 means that you take nothing back."),
    )

    @classmethod
    def of(cls, store: Store) -> "TermsForm":
        return cls(
            initial={"accept_minutes": store.accept_minutes, "return_days": store.return_days}
        )
