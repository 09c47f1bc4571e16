"""Asking for money, and asking the bank what became of it."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from payments.upi import bank_client
from payments.upi.links import NOTE_LENGTH
from payments.upi.models import BankEvent, PaymentAttempt
from payments.upi.payees import payee_of
from payments.upi.services.events import BankWord, apply_bank_event

State = PaymentAttempt.State


def start_attempt(
    *, store_id: UUID, purpose: str, reference: UUID, amount: int, note: str = ""
) -> PaymentAttempt:
    """Ask for `amount` paise, in the caller's transaction: one insert, and the bank is not needed.

    The link and QR of the attempt are `intent_uri` and `qr_svg`. Raises UnknownPurpose.
    """
    attempt = new_attempt(
        store_id=store_id, purpose=purpose, reference=reference, amount=amount, note=note
    )
    attempt.save(force_insert=True)
    return attempt


def new_attempt(
    *, store_id: UUID, purpose: str, reference: UUID, amount: int, note: str = ""
) -> PaymentAttempt:
    """The row of `start_attempt`, for a service that writes it together with what is paid for."""
    payee_of(purpose)
    moment = now()
    return PaymentAttempt(
        id=uuid7(),
        store_id=store_id,
        purpose=purpose,
        reference=reference,
        amount=amount,
        note=note[:NOTE_LENGTH],
        created_at=moment,
        expires_at=moment + settings.PAYMENT_WINDOW,
        ask_at=moment + settings.BANK_STATUS_CHECKS[0],
    )


def ask_bank(attempt_id: UUID) -> PaymentAttempt:
    """Ask the bank about an attempt and act on the answer; returns the attempt as it then stands.

    An attempt whose time is up and on which nothing is under way expires. Not inside a transaction.
    Raises BankUnavailable, then nothing has changed, and PaymentAttempt.DoesNotExist.
    """
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    payments = bank_client.find_payments(tr=attempt.tr)
    for payment in sorted(payments, key=lambda told: told.get("status") == "SUCCESS"):
        apply_bank_event(word=word_of_payment(payment, source=BankEvent.Source.POLL))
    if not any(payment.get("status") in ("PENDING", "DEEMED", "SUCCESS") for payment in payments):
        expire_attempt(store_id=attempt.store_id, attempt_id=attempt.pk)
    attempt.refresh_from_db()
    return attempt


def expire_attempt(*, store_id: UUID, attempt_id: UUID) -> bool:
    """Give up waiting for a payment whose time is up; whether it expired just now.

    The bank has been asked before. Money that comes all the same is late, and finds its payee.
    """
    expired = PaymentAttempt.objects.filter(
        store_id=store_id,
        pk=attempt_id,
        state__in=[State.CREATED, State.PENDING],
        expires_at__lte=now(),
    ).update(state=State.EXPIRED)
    return bool(expired)


def claim_attempts_to_ask(*, limit: int) -> list[UUID]:
    """Take up to `limit` attempts that are due to be asked about, and say when each is due again.

    The next time is set before asking: a bank that hangs is not asked in a loop.
    """
    moment = now()
    with transaction.atomic():
        attempts = list(
            PaymentAttempt.objects.to_ask(moment).select_for_update(
                of=("self",), no_key=True, skip_locked=True
            )[:limit]
        )
        for attempt in attempts:
            attempt.asked += 1
            attempt.ask_at = next_ask(attempt, moment)
        PaymentAttempt.objects.bulk_update(attempts, ["asked", "ask_at"])
    return [attempt.pk for attempt in attempts]


def next_ask(attempt: PaymentAttempt, moment: datetime) -> datetime | None:
    """When to ask about an attempt again, having asked at `moment`: thrice in two hours, then daily.

    Banks do correct themselves days later: settings.BANK_LATE_CHECKS says for how many days.
    """
    checks = settings.BANK_STATUS_CHECKS
    for after in checks[attempt.asked :]:
        if attempt.created_at + after > moment:
            return attempt.created_at + after
    if moment - attempt.created_at < settings.BANK_LATE_CHECKS:
        return moment + settings.BANK_LATE_CHECK_EVERY
    return None


def word_of_payment(payment: dict[str, object], *, source: str) -> BankWord:
    """What a poll or the file tells of one payment, as if the bank had sent it: the same every time."""
    return word_of("payment", str(payment.get("payment_id")), payment, source=source)


def word_of(subject: str, name: str, told: Mapping[str, object], *, source: str) -> BankWord:
    """What the bank tells of a subject, known to it by `name`, when it is asked."""
    status = str(told.get("status"))
    return BankWord(
        event_id=f"{source}:{name}:{status}",
        source=source,
        kind=f"{subject}.{status.lower()}",
        data=told,
        body=json.dumps({"data": told}, ensure_ascii=False),
    )
