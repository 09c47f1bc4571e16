"""What the components are shown with: a small order of the neighbourhood, and a form filled in wrongly."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.messages.constants import ERROR, INFO, SUCCESS, WARNING
from django.contrib.messages.storage.base import Message
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.core.clock import INDIA
from marketplace.core.measures import PartField
from marketplace.core.quantity import Unit
from orders.complaints.models import Complaint, ComplaintEvent, Side, State

PLACED = datetime(2026, 11, 22, 19, 30, tzinfo=INDIA)
POTATOES = SimpleNamespace(
    name="Potato",
    name_hi="आलू",
    pack_quantity=None,
    pack_unit="",
    unit="g",
    per=1000,
    price=2800,
    unit_price_words="₹28/kg",
)


class Example(forms.Form):
    """A field of each kind that pages show."""

    phone = forms.RegexField(
        r"^[6-9]\d{9}$",
        label=gettext_lazy("Mobile number"),
        help_text=gettext_lazy("We send a code to it by SMS."),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "numeric"}),
    )
    code = forms.CharField(label=gettext_lazy("Code from the SMS"))
    note = forms.CharField(label=gettext_lazy("A word to the shop"), required=False)
    reachable = forms.BooleanField(label=gettext_lazy("Customers may collect from the shop"))
    paying = forms.ChoiceField(
        label=gettext_lazy("How will you pay?"),
        choices=[("upi", "UPI"), ("cash", gettext_lazy("Cash on delivery"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("Please fill this in.")
        self.fields["much"] = PartField(most=2500, unit=Unit.GRAM, label="आलू")


def make_examples() -> dict[str, Any]:
    """In the words of the reader's language, as their pages say them."""
    return {
        "store": SimpleNamespace(name="Gupta Kirana Store", name_hi="गुप्ता किराना स्टोर"),
        "line": POTATOES,
        "order": SimpleNamespace(delivery_fee=2000),
        "rest": [
            SimpleNamespace(total=9000, delivery_fee=2000, rounding=0),
            SimpleNamespace(total=7000, delivery_fee=0, rounding=0),
        ],
        "entry": SimpleNamespace(
            undone_by=None,
            get_kind_display=_("Money received"),
            note="",
            at=PLACED,
            after=34000,
            amount=-30000,
        ),
        "all_languages": [*settings.LANGUAGES, *settings.PREPARED_LANGUAGES],
        "complaints": [
            Complaint(
                kind=Complaint.Kind.SHORT_WEIGHT, text=_("Less than I paid for."), state=state
            )
            for state in State
        ],
        "complained": [SimpleNamespace(quantity=250, line=POTATOES)],
        "history": [
            (
                ComplaintEvent(what=what, text=text, at=PLACED),
                side.label,
            )
            for what, side, text in (
                (ComplaintEvent.What.FILED, Side.CUSTOMER, ""),
                (ComplaintEvent.What.SAID, Side.SHOP, _("We bring the rest today.")),
            )
        ],
        "steps": [
            {"label": _("Order placed"), "at": PLACED, "state": "done"},
            {"label": _("Packed"), "at": None, "state": "now"},
            {"label": _("Delivered"), "at": None, "state": "next"},
        ],
        "messages_shown": [
            Message(level, _("The link is copied.")) for level in (INFO, SUCCESS, WARNING, ERROR)
        ],
    }
