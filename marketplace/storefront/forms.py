from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.core.measures import PartField, digits_in
from marketplace.core.templatetags.nukkad import localised
from orders.models import OrderLine, Return
from orders.services import most_back
from stores.shops.places import Place, UnknownPincode

REQUIRED = {"required": _("Please fill this in.")}


class PincodeField(forms.RegexField):
    """Six digits of a pincode that exists, in any script, blanks between them forgiven."""

    default_error_messages = {
        "required": _("Please fill this in."),
        "invalid": _("A pincode has six digits, such as 110001."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            regex=r"^[1-9][0-9]{5}$",
            label=_("Pincode"),
            widget=forms.TextInput(
                attrs={
                    "inputmode": "numeric",
                    "autocomplete": "postal-code",
                    "maxlength": 7,
                    "placeholder": "110001",
                }
            ),
            **kwargs,
        )

    def to_python(self, value: object) -> str:
        typed = str(super().to_python(value)).replace(" ", "")
        return "".join(digits_in(each) or each for each in typed)

    def clean(self, value: object) -> str:
        pincode = str(super().clean(value))
        if pincode:
            try:
                Place.of(pincode=pincode)
            except UnknownPincode as error:
                raise forms.ValidationError(str(error)) from error
        return pincode


class AreaForm(forms.Form):
    pincode = PincodeField()


class PointForm(forms.Form):
    """What a phone says about where it is."""

    latitude = forms.FloatField(min_value=6, max_value=38)
    longitude = forms.FloatField(min_value=68, max_value=98)


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("Mobile number"),
        help_text=_("We send a code to it by SMS."),
        max_length=20,
        error_messages=REQUIRED,
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "autofocus": True}
        ),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from the SMS"),
        max_length=12,
        error_messages=REQUIRED,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        error_messages=REQUIRED,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class AddressForm(forms.Form):
    recipient = forms.CharField(
        label=_("Name of whoever receives it"),
        max_length=120,
        error_messages=REQUIRED,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    line1 = forms.CharField(
        label=_("House, floor, street"),
        max_length=160,
        error_messages=REQUIRED,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    line2 = forms.CharField(
        label=_("Area"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    landmark = forms.CharField(
        label=_("Landmark"),
        help_text=_("Near the temple, opposite the school…"),
        max_length=160,
        required=False,
    )
    pincode = PincodeField()
    label = forms.CharField(
        label=_("Call this address"),
        help_text=_("Home, shop, mother's house…"),
        max_length=40,
        required=False,
    )


class ReturnForm(forms.Form):
    """So much of each line of a delivered order goes back, and why."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Return.Reason.choices,
        widget=forms.RadioSelect,
        error_messages=REQUIRED,
    )
    note = forms.CharField(
        label=_("A word to the shop"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        lines: Sequence[OrderLine],
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.goods = {f"line-{line.n}": line for line in lines}
        for name, line in self.goods.items():
            self.fields[name] = PartField(
                most=(line.packed or 0) - line.returned,
                unit=line.unit,
                label=localised(line),
                initial=(line.packed or 0) - line.returned if len(self.goods) == 1 else None,
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
