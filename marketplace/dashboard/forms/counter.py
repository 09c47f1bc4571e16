from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.core.fields import RupeesField
from marketplace.core.money import rupees
from orders.models import CounterSale


class FinishForm(forms.Form):
    """How the ticket is paid, and the totals in paise that the customer was told."""

    ticket = forms.CharField(max_length=32)
    paid_by = forms.ChoiceField(choices=CounterSale.PaidBy.choices)
    cash_total = forms.IntegerField(min_value=0)
    upi_total = forms.IntegerField(min_value=0)
    given = RupeesField(label=_("Cash given (₹)"), required=False)
    khata = forms.UUIDField(required=False)
    take_held = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Where the cash in the hand was typed, it is enough for the bill."""
        typed = super().clean() or {}
        given, total = typed.get("given"), typed.get("cash_total")
        in_cash = typed.get("paid_by") == CounterSale.PaidBy.CASH
        if in_cash and given is not None and total is not None and given < total:
            words = {"given": rupees(given), "total": rupees(total), "short": rupees(total - given)}
            self.add_error(
                "given",
                _("%(given)s is less than the bill of %(total)s: %(short)s is missing.") % words,
            )
        on_khata = typed.get("paid_by") == CounterSale.PaidBy.KHATA
        if on_khata and not typed.get("khata"):
            self.add_error("khata", _("Choose on whose khata it goes."))
        return typed

    @property
    def khata_id(self) -> UUID | None:
        """Whose khata, if it goes on one: the choice stands there however it is paid."""
        on_khata = self.cleaned_data["paid_by"] == CounterSale.PaidBy.KHATA
        return self.cleaned_data["khata"] if on_khata else None

    @property
    def expected_total(self) -> int:
        cash = self.cleaned_data["paid_by"] == CounterSale.PaidBy.CASH
        return int(self.cleaned_data["cash_total" if cash else "upi_total"])
