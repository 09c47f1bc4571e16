from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.dashboard.forms.fields import RupeesField
from orders.models import CounterSale


class FinishForm(forms.Form):
    """How the ticket is paid, and the totals in paise that the customer was told."""

    ticket = forms.CharField(max_length=32)
    paid_by = forms.ChoiceField(choices=CounterSale.PaidBy.choices)
    cash_total = forms.IntegerField(min_value=0)
    upi_total = forms.IntegerField(min_value=0)
    given = RupeesField(label=_("Cash given (₹)"), required=False)
    take_held = forms.BooleanField(required=False)

    @property
    def expected_total(self) -> int:
        cash = self.cleaned_data["paid_by"] == CounterSale.PaidBy.CASH
        return int(self.cleaned_data["cash_total" if cash else "upi_total"])
