"""What the numbers on a shop's papers must look like; the model's fields and its forms share these."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GSTIN = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]")
_GSTIN_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")

validate_pan = RegexValidator(
    r"\A[A-Z]{5}[0-9]{4}[A-Z]\Z", _("A PAN has five letters, four digits and a letter.")
)
validate_fssai = RegexValidator(r"\A[0-9]{14}\Z", _("An FSSAI licence number has 14 digits."))
validate_phone = RegexValidator(
    r"\A\+[1-9][0-9]{7,14}\Z", _("Write the phone number with its country code: +91…")
)
validate_pincode = RegexValidator(
    r"\A[1-9][0-9]{5}\Z", _("A pincode has six digits and does not begin with 0.")
)
# NPCI's form: a name of letters, digits, dots, hyphens and underscores, @, and the bank's handle
validate_vpa = RegexValidator(
    r"\A[A-Za-z0-9._-]{2,200}@[A-Za-z][A-Za-z0-9]{1,50}\Z",
    _("A UPI id looks like name@bank."),
)


def gstin_check_digit(first_fourteen: str) -> str:
    """The fifteenth character of a GSTIN: base 36, weights 1 and 2 by turns, digits of each product summed."""
    total = 0
    for position, character in enumerate(first_fourteen):
        product = _GSTIN_DIGITS.index(character) * (1 + position % 2)
        total += product // 36 + product % 36
    return _GSTIN_DIGITS[-total % 36]


def validate_gstin(value: str) -> None:
    """Refuse a GSTIN of the wrong form or with a wrong check digit."""
    if not _GSTIN.fullmatch(value):
        raise ValidationError(_("A GSTIN has 15 characters: the state, the PAN, and three more."))
    if gstin_check_digit(value[:14]) != value[14]:
        raise ValidationError(_("This GSTIN has a typing mistake: its last character is wrong."))


def validate_hours(value: Any) -> None:
    """Refuse opening hours unless every day's spans are "HH:MM" pairs in order, none overlapping."""
    if not isinstance(value, dict) or set(value) - set(WEEKDAYS):
        raise ValidationError(_("Hours are given for the days mon to sun."))
    for spans in value.values():
        end_of_last = ""
        if not isinstance(spans, list):
            raise ValidationError(_("Each day has a list of opening and closing times."))
        for span in spans:
            if not (
                isinstance(span, list | tuple)
                and len(span) == 2
                and all(isinstance(at, str) and _CLOCK.fullmatch(at) for at in span)
            ):
                raise ValidationError(_("Write opening and closing times like 07:00 and 22:30."))
            if not end_of_last <= span[0] < span[1]:
                raise ValidationError(
                    _("A shop opens before it closes, and its hours do not overlap.")
                )
            end_of_last = span[1]
