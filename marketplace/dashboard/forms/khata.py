from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from marketplace.core.fields import RupeesField
from marketplace.core.ids import uuid7
from payments.khata.models import Khata


def _remind_words(days: int) -> Promise:
    return format_lazy(_("when something is owed for {days} days"), days=days)


def _name() -> forms.CharField:
    return forms.CharField(label=_("Name"), max_length=120)


class OpenKhataForm(forms.Form):
    name = _name()
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    limit = RupeesField(label=_("At most on khata (₹)"))
    carried = RupeesField(
        label=_("Owed already (₹)"), required=False, help_text=_("As it stands in your notebook.")
    )


class ChangeKhataForm(forms.Form):
    name = _name()
    limit = RupeesField(label=_("At most on khata (₹)"))
    remind_every = forms.TypedChoiceField(
        label=_("Remind the customer"),
        choices=[
            ("", _("only when I ask for it")),
            *((days, _remind_words(days)) for days in Khata.REMIND_EVERY),
        ],
        coerce=int,
        empty_value=None,
        required=False,
    )


class EntryForm(forms.Form):
    """An amount to be written down; `key` names the request, so that two taps are one line."""

    amount = RupeesField(label=_("Amount (₹)"), least=1)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    key = forms.CharField(max_length=32, widget=forms.HiddenInput, initial=lambda: uuid7().hex)
