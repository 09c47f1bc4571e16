"""Asking a payer's own phone for the money: collect requests, for those merchants who still may.

Withdrawn for most merchants since 28 Feb 2026 (exempt: MCC 6012 and 6211, iOS and the mobile web,
mandates); settings.UPI_COLLECT says whether we may.
"""

import re
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.errors import DomainError, InvalidInput
from marketplace.core.locks import busy_when_locked
from payments.upi import bank_client
from payments.upi.bank_client import BankError, BankRefused, BankUnavailable, BankUnknown
from payments.upi.models import PaymentAttempt

# NPCI: a name, @, and the handle of a bank.
VPA = re.compile(r"[A-Za-z0-9.\-_]{2,256}@[A-Za-z]{2,64}")
NO_SUCH_VPA = "ZH"


class AlreadyAsked(DomainError):
    """A phone has been asked for this money; nothing has changed."""

    code = "already_asked"
    message = _("We have asked %(vpa)s for the money already.")


class NobodyToAsk(DomainError):
    """No bank knows the UPI id; nobody has been asked."""

    code = "vpa_unknown"
    message = _("Nobody has the UPI id %(vpa)s. Please check it.")


class CannotCollect(DomainError):
    """The request was not made, or nobody knows whether it was; the money can be paid otherwise."""

    code = "cannot_collect"
    message = _("The request could not be sent just now. Pay with the link or the QR instead.")


class TimeIsOver(DomainError):
    """The attempt is paid, or its time is up; nobody has been asked."""

    code = "time_is_over"
    message = _("The time to pay is over.")


def ask_payer(*, attempt_id: UUID, vpa: str) -> PaymentAttempt:
    """Have a payer's phone ask for the money of an attempt: one phone, once, under the attempt's `tr`.

    The attempt then waits for at least as long as the request does. Not inside a transaction. Where
    the bank does not answer it is asked what became of it, never for another request. Raises
    InvalidInput, AlreadyAsked, NobodyToAsk, CannotCollect, TimeIsOver, Busy.
    """
    if not VPA.fullmatch(vpa):
        raise InvalidInput(field="payer_vpa", why=_("A UPI id looks like name@bank."))
    attempt, before = _claim(attempt_id, vpa.lower())
    if before and _whom(attempt):
        return attempt
    try:
        bank_client.send_collect(
            tr=attempt.tr,
            payer_vpa=attempt.collect_vpa,
            amount=attempt.amount,
            note=attempt.note,
            expires_in=int(_window(attempt, now()).total_seconds()),
        )
    except BankError as trouble:
        asked = _whom(attempt)
        PaymentAttempt.objects.filter(pk=attempt.pk).update(collect_vpa=asked)
        if asked != attempt.collect_vpa:
            raise _refusal(trouble, asked, attempt.collect_vpa) from trouble
    return attempt


def _claim(attempt_id: UUID, vpa: str) -> tuple[PaymentAttempt, bool]:
    """Write down whom we are about to ask, so that nobody else is; and whether that was known before."""
    with busy_when_locked(), transaction.atomic():
        attempt = PaymentAttempt.objects.locked().get(pk=attempt_id)
        moment = now()
        if attempt.paid or attempt.expires_at <= moment:
            raise TimeIsOver
        if attempt.collect_vpa:
            if attempt.collect_vpa != vpa:
                raise AlreadyAsked(vpa=attempt.collect_vpa)
            return attempt, True
        attempt.expires_at = max(attempt.expires_at, moment + _window(attempt, moment))
        attempt.collect_vpa = vpa
        attempt.save(update_fields=["expires_at", "collect_vpa"])
        return attempt, False


def _window(attempt: PaymentAttempt, moment: datetime) -> timedelta:
    """How long a phone may ask: as long as the attempt waits, within what NPCI allows."""
    left = attempt.expires_at - moment
    return max(settings.COLLECT_AT_LEAST, min(settings.COLLECT_AT_MOST, left))


def _whom(attempt: PaymentAttempt) -> str:
    """Whose phone the bank has asked for this money, "" for nobody's. Raises CannotCollect while it
    does not say."""
    try:
        return bank_client.find_collect(tr=attempt.tr)
    except BankUnknown:
        return ""
    except BankUnavailable as silence:
        raise CannotCollect from silence


def _refusal(trouble: BankError, asked: str, vpa: str) -> DomainError:
    if asked:
        return AlreadyAsked(vpa=asked)
    if isinstance(trouble, BankRefused) and trouble.code == NO_SUCH_VPA:
        return NobodyToAsk(vpa=vpa)
    return CannotCollect()
