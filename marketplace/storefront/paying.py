"""What every page for paying shows: the link, the QR, and the field for those whose phone we may ask."""

from typing import Any
from urllib.parse import quote, urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.core.clock import now
from marketplace.core.errors import DomainError
from marketplace.storefront.requests import PersonsVisit
from payments.upi.bank_client import BankError
from payments.upi.models import PaymentAttempt
from payments.upi.services import VPA, ask_bank, ask_payer, intent_uri, qr_svg

State = PaymentAttempt.State


class CollectForm(forms.Form):
    """Whose phone is to ask for the money."""

    payer_vpa = forms.RegexField(
        regex=rf"^{VPA.pattern}$",
        label=gettext_lazy("or type your UPI id and we ask for the money"),
        max_length=320,
        error_messages={
            "required": gettext_lazy("Please fill this in."),
            "invalid": gettext_lazy("A UPI id looks like name@bank."),
        },
        widget=forms.TextInput(
            attrs={
                "inputmode": "email",
                "autocomplete": "off",
                "autocapitalize": "none",
                "placeholder": "name@bank",
            }
        ),
    )


def pay_context(
    request: PersonsVisit, attempt: PaymentAttempt, *, back: str, form: CollectForm | None = None
) -> dict[str, Any]:
    """How an attempt is paid, and how it stands; `back` is where the payer's app returns to."""
    uri = intent_uri(attempt, return_url=request.build_absolute_uri(back))
    return {
        "attempt": attempt,
        "failed": attempt.state == State.FAILED,
        "over": attempt.expires_at <= now(),
        "asked": attempt.collect_vpa if attempt.state in (State.CREATED, State.PENDING) else "",
        "form": form or _form_of(attempt),
        "uri": uri,
        "qr": qr_svg(attempt),
        "phone": _phone(attempt, uri) if settings.LOCAL_MESSAGES else "",
    }


def _form_of(attempt: PaymentAttempt) -> CollectForm | None:
    """One phone is asked once; whoever declines can still pay with the link or the QR."""
    return CollectForm() if settings.UPI_COLLECT and not attempt.collect_vpa else None


def _phone(attempt: PaymentAttempt, uri: str) -> str:
    """The simulated UPI app, with the link opened or with the request that was sent to it."""
    if attempt.collect_vpa:
        return f"{settings.BANK_URL}/phone/requests/?{urlencode({'vpa': attempt.collect_vpa})}"
    return f"{settings.BANK_URL}/phone/?uri={quote(uri, safe='')}"


def collect(request: PersonsVisit, attempt: PaymentAttempt | None) -> CollectForm | None:
    """Ask the phone whose UPI id was typed; the form with what is wrong, None when it was asked or
    nothing waits for money any more.

    Raises Http404 where collect requests are not allowed.
    """
    if not settings.UPI_COLLECT:
        raise Http404
    if attempt is None:
        return None
    form = CollectForm(request.POST)
    if not form.is_valid():
        return form
    try:
        ask_payer(attempt_id=attempt.pk, vpa=form.cleaned_data["payer_vpa"])
    except DomainError as error:
        form.add_error("payer_vpa", str(error))
        return form
    return None


def check_now(request: PersonsVisit, attempt: PaymentAttempt) -> PaymentAttempt:
    """The customer says that it is paid: the bank is asked, and its silence is told."""
    try:
        return ask_bank(attempt.pk)
    except DomainError as error:
        messages.warning(request, str(error))
    except BankError:
        words = _("The bank does not answer just now. Try again in a minute.")
        messages.warning(request, words)
    return attempt
