"""The bank's word: webhook, poll and reconciliation file all come through `apply_bank_event`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.core.clock import now
from payments.upi.bank_client import BankPayment, BankRefund
from payments.upi.models import BankEvent
from payments.upi.services.payments import apply_payment
from payments.upi.services.refunds import apply_refund
from payments.upi.services.shop_qrs import apply_counter_payment

NOT_OURS = (None, BankEvent.Outcome.ORPHAN)


@dataclass(frozen=True, slots=True)
class BankWord:
    """Something the bank told us: `kind` like payment.success, `data` its object, `body` as it came."""

    event_id: str
    source: str
    kind: str
    data: Mapping[str, Any]
    body: str


# Told (data), inside the transaction; returns the store it concerned, or None for an orphan.
Listener = Callable[[Mapping[str, Any]], UUID | None]
_listeners: dict[str, Listener] = {}


def on_bank_word(subject: str, listener: Listener) -> None:
    """Say who hears the bank's words about `subject`, such as payout; called from an AppConfig."""
    _listeners[subject] = listener


def record_bank_event(*, word: BankWord) -> None:
    """Write down what the bank said, once, to be acted upon now or by the sweep."""
    BankEvent.objects.bulk_create(
        [
            BankEvent(
                provider=settings.BANK_PROVIDER,
                event_id=word.event_id,
                source=word.source,
                kind=word.kind,
                body=word.body,
            )
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def apply_bank_event(*, word: BankWord) -> str:
    """Act on the bank's word, once, whatever way and however often it comes; returns the outcome.

    In one transaction: record the event, lock the payee, lock and advance the attempt, let the
    payee accept, post, record. A payment for no request of ours may be one to a shop's counter QR.
    A word that belonged to nothing of ours is heard again when it is repeated: a dispute may be told
    of before its payment is. Raises BankUnavailable for a word that makes no sense.
    """
    record_bank_event(word=word)
    event = BankEvent.objects.select_for_update(of=("self",), no_key=True).get(
        provider=settings.BANK_PROVIDER, event_id=word.event_id
    )
    if event.applied_at is not None and event.outcome != BankEvent.Outcome.ORPHAN:
        return BankEvent.Outcome.KNOWN
    subject = word.kind.partition(".")[0]
    if subject == "payment":
        payment = BankPayment.read(word.data)
        event.store_id, event.outcome = (
            apply_payment(payment) or apply_counter_payment(payment) or NOT_OURS
        )
    elif subject == "refund":
        event.store_id = apply_refund(BankRefund.read(word.data))
        event.outcome = _heard(event.store_id)
    elif subject in _listeners:
        event.store_id = _listeners[subject](word.data)
        event.outcome = _heard(event.store_id)
    else:
        event.outcome = BankEvent.Outcome.ORPHAN
    event.applied_at = now()
    # What was acted upon is kept as evidence; who paid stands on the receipt, and can be erased there.
    event.body = _without_payer(event.body)
    event.save(update_fields=["store_id", "outcome", "applied_at", "body"])
    return event.outcome


def _without_payer(body: str) -> str:
    """The bank's word as it came, but for the payer's UPI id, which often is their phone number."""
    told = json.loads(body)
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(data, dict) or not data.get("payer_vpa"):
        return body
    return json.dumps(told | {"data": data | {"payer_vpa": ""}})


def _heard(store_id: UUID | None) -> str:
    return BankEvent.Outcome.APPLIED if store_id else BankEvent.Outcome.ORPHAN
