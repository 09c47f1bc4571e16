import re
from datetime import date

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.core.clock import business_date
from marketplace.core.errors import DomainError
from marketplace.core.fields import RupeesField
from marketplace.core.measures import parse_number
from marketplace.dashboard.forms.fields import Typed
from stores.shops.models import StaffMember, Store
from stores.shops.services import Hours
from stores.shops.validators import WEEKDAYS, validate_pincode

DAY_NAMES = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}
SPANS = (1, 2)
MIDNIGHT, END_OF_DAY = "00:00", "24:00"


def show_refusal(form: forms.Form, error: DomainError, **names: str) -> None:
    """Put a service's refusal at the field it names; `names` are fields called otherwise here."""
    named = str(error.params.get("field", ""))
    field = names.get(named, named)
    words = str(error.params.get("why", "")) or str(error)
    form.add_error(field if field in form.fields else None, words)


class HoursForm(forms.Form):
    """Two spans for each day: `mon_opens_1`, `mon_closes_1`, ...; a day without any is closed.

    A clock field has no 24:00: closing at 00:00 means midnight at the end of the day.
    """

    def __init__(self, data: Typed = None, *, hours: Hours) -> None:
        initial = {}
        for day in WEEKDAYS:
            for n, (opens, closes) in enumerate(hours.get(day, [])[: len(SPANS)], start=1):
                initial[f"{day}_opens_{n}"] = opens[:5]
                initial[f"{day}_closes_{n}"] = MIDNIGHT if closes == END_OF_DAY else closes[:5]
        super().__init__(data, initial=initial)
        for day in WEEKDAYS:
            for n in SPANS:
                for edge, words in (("opens", _("opens")), ("closes", _("closes"))):
                    self.fields[f"{day}_{edge}_{n}"] = forms.TimeField(
                        label=f"{DAY_NAMES[day]}, {words}",
                        required=False,
                        widget=forms.TimeInput(
                            attrs={"type": "time", "aria-label": f"{DAY_NAMES[day]}, {words}"},
                            format="%H:%M",
                        ),
                    )

    def days(self) -> list[dict[str, object]]:
        """Each day's name and its pairs of fields, for the template."""
        return [
            {
                "name": DAY_NAMES[day],
                "spans": [(self[f"{day}_opens_{n}"], self[f"{day}_closes_{n}"]) for n in SPANS],
            }
            for day in WEEKDAYS
        ]

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        for day in WEEKDAYS:
            end_of_last = ""
            for n in SPANS:
                opens, closes = cleaned.get(f"{day}_opens_{n}"), cleaned.get(f"{day}_closes_{n}")
                if (opens is None) != (closes is None):
                    missing = "closes" if closes is None else "opens"
                    self.add_error(f"{day}_{missing}_{n}", _("Give both times, or neither."))
                if opens is None or closes is None:
                    continue
                begin, end = f"{opens:%H:%M}", _end(f"{closes:%H:%M}")
                if begin >= end:
                    self.add_error(f"{day}_closes_{n}", _("It closes before it opens."))
                elif begin < end_of_last:
                    self.add_error(f"{day}_opens_{n}", _("The two times overlap."))
                end_of_last = end
        return cleaned

    @property
    def hours(self) -> Hours:
        """The week as the shop keeps it; from a valid form."""
        week: Hours = {}
        for day in WEEKDAYS:
            spans = [
                [
                    f"{self.cleaned_data[f'{day}_opens_{n}']:%H:%M}",
                    _end(f"{self.cleaned_data[f'{day}_closes_{n}']:%H:%M}"),
                ]
                for n in SPANS
                if self.cleaned_data[f"{day}_opens_{n}"] is not None
            ]
            week[day] = sorted(spans)
        return week


def _end(closes: str) -> str:
    return END_OF_DAY if closes == MIDNIGHT else closes


class HolidayForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < business_date():
            raise forms.ValidationError(_("That day has passed."))
        return day


class DeliveryForm(forms.Form):
    """How orders reach the customer. Rupees and kilometres here, paise and metres inside."""

    offers_delivery = forms.BooleanField(label=gettext_lazy("We deliver"), required=False)
    offers_pickup = forms.BooleanField(
        label=gettext_lazy("Customers may collect from the shop"), required=False
    )
    minimum_order = RupeesField(label=gettext_lazy("Smallest order for delivery (₹)"))
    delivery_fee = RupeesField(label=gettext_lazy("Delivery fee (₹)"))
    free_delivery_from = RupeesField(
        label=gettext_lazy("Free delivery from (₹)"),
        required=False,
        help_text=gettext_lazy("Leave empty if delivery is never free."),
    )
    radius = forms.CharField(
        label=gettext_lazy("How far we deliver (km)"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    delivery_pincodes = forms.CharField(
        label=gettext_lazy("Also to these pincodes"),
        required=False,
        help_text=gettext_lazy("Separate them with commas."),
        widget=forms.Textarea(attrs={"rows": 2, "inputmode": "numeric"}),
    )

    @classmethod
    def of(cls, store: Store) -> "DeliveryForm":
        return cls(
            initial={
                "offers_delivery": store.offers_delivery,
                "offers_pickup": store.offers_pickup,
                "minimum_order": store.minimum_order,
                "delivery_fee": store.delivery_fee,
                "free_delivery_from": store.free_delivery_from,
                "radius": f"{store.delivery_radius / 1000:g}",
                "delivery_pincodes": ", ".join(store.delivery_pincodes),
            }
        )

    def clean_radius(self) -> int:
        """Metres."""
        try:
            metres = int(parse_number(str(self.cleaned_data["radius"])) * 1000)
        except ValueError:
            raise forms.ValidationError(_("Write a number, like 2 or 2.5.")) from None
        if not 0 <= metres <= 50_000:
            raise forms.ValidationError(_("Between 0 and 50 km."))
        return metres

    def clean_delivery_pincodes(self) -> list[str]:
        pincodes = re.findall(r"[^\s,;]+", str(self.cleaned_data["delivery_pincodes"]))
        for pincode in pincodes:
            try:
                validate_pincode(pincode)
            except forms.ValidationError as error:
                raise forms.ValidationError(f"{pincode}: {error.messages[0]}") from None
        return sorted(set(pincodes))

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not cleaned.get("offers_delivery") and not cleaned.get("offers_pickup"):
            self.add_error(
                "offers_pickup", _("Customers must be able to get their orders somehow.")
            )
        if cleaned.get("offers_delivery") and not (
            cleaned.get("radius", 1) or cleaned.get("delivery_pincodes", True)
        ):
            self.add_error("radius", _("Say how far you deliver, or to which pincodes."))
        return cleaned


class PayoutForm(forms.Form):
    payout_vpa = forms.CharField(
        label=gettext_lazy("UPI id for payouts"),
        max_length=255,
        widget=forms.TextInput(
            attrs={"inputmode": "email", "autocomplete": "off", "autocapitalize": "none"}
        ),
    )
    again = forms.CharField(
        label=gettext_lazy("The same UPI id once more"),
        max_length=255,
        help_text=gettext_lazy("A wrong letter would send your money to somebody else."),
        widget=forms.TextInput(
            attrs={"inputmode": "email", "autocomplete": "off", "autocapitalize": "none"}
        ),
    )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if {"payout_vpa", "again"} <= set(cleaned) and cleaned["payout_vpa"] != cleaned["again"]:
            self.add_error("again", _("The two are not the same."))
        return cleaned


class StaffForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    phone = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("May do"),
        choices=[
            (StaffMember.Role.HELPER, gettext_lazy("Orders only (helper)")),
            (StaffMember.Role.MANAGER, gettext_lazy("Orders, stock and the shop (manager)")),
            (StaffMember.Role.OWNER, gettext_lazy("Everything, also money (owner)")),
        ],
        initial=StaffMember.Role.HELPER,
        widget=forms.RadioSelect,
    )
