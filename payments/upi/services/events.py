"""The bank's word: webhook, poll and reconciliation file all come through `apply_bank_event`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.core.clock import business_date, now
from payments.ledger import postings
from payments.ledger.models import Kind
from payments.ledger.services import post
from payments.upi.bank_client import BankPayment, BankRefund
from payments.upi.models import BankEvent, PaymentAttempt, Receipt
from payments.upi.payees import Applied, Outcome, Payee, Refund, payee_of
from payments.upi.services.refunds import apply_refund, receipt_key, refund_receipt

State = PaymentAttempt.State

WRONG_AMOUNT = "wrong_amount"
# What the bank's status makes of an attempt in each state; anything not named here is no step
# forward and changes nothing. Webhooks come in any order, so an old word is not an error.
_FORWARD: dict[str, dict[str, str]] = {
    "PENDING": {State.CREATED: State.PENDING},
    "DEEMED": {State.CREATED: State.DEEMED, State.PENDING: State.DEEMED},
    "FAILED": {
        State.CREATED: State.FAILED,
        State.PENDING: State.FAILED,
        State.DEEMED: State.REVERSED,
    },
    "SUCCESS": {
        State.CREATED: State.SUCCESS,
        State.PENDING: State.SUCCESS,
        State.DEEMED: State.SUCCESS,
        State.FAILED: State.LATE_SUCCESS,
        State.EXPIRED: State.LATE_SUCCESS,
        State.REVERSED: State.LATE_SUCCESS,
    },
}


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
    payee accept, post, record. A word that belonged to nothing of ours is heard again when it is
    repeated: a dispute may be told of before its payment is. Raises BankUnavailable for a word that
    makes no sense.
    """
    record_bank_event(word=word)
    event = BankEvent.objects.select_for_update(of=("self",), no_key=True).get(
        provider=settings.BANK_PROVIDER, event_id=word.event_id
    )
    if event.applied_at is not None and event.outcome != BankEvent.Outcome.ORPHAN:
        return BankEvent.Outcome.KNOWN
    subject = word.kind.partition(".")[0]
    if subject == "payment":
        event.store_id, event.outcome = _apply_payment(BankPayment.read(word.data))
    elif subject == "refund":
        event.store_id = apply_refund(BankRefund.read(word.data))
        event.outcome = _heard(event.store_id)
    elif subject in _listeners:
        event.store_id = _listeners[subject](word.data)
        event.outcome = _heard(event.store_id)
    else:
        event.outcome = BankEvent.Outcome.ORPHAN
    event.applied_at = now()
    event.save(update_fields=["store_id", "outcome", "applied_at"])
    return event.outcome


def _heard(store_id: UUID | None) -> str:
    return BankEvent.Outcome.APPLIED if store_id else BankEvent.Outcome.ORPHAN


def _apply_payment(payment: BankPayment) -> tuple[UUID | None, str]:
    attempt = _attempt_of(payment.tr)
    if attempt is None:
        return None, BankEvent.Outcome.ORPHAN
    payee = payee_of(attempt.purpose)
    payee.lock(store_id=attempt.store_id, reference=attempt.reference)
    attempt = PaymentAttempt.objects.locked().get(store_id=attempt.store_id, pk=attempt.pk)
    if payment.status == "SUCCESS":
        changed = _receive(payment, attempt, payee)
    else:
        changed = _advance(attempt, payment.status, payment.code)
    return attempt.store_id, BankEvent.Outcome.APPLIED if changed else BankEvent.Outcome.KNOWN


def _attempt_of(tr: str) -> PaymentAttempt | None:
    try:
        attempt_id = UUID(hex=tr)
    except ValueError:
        return None
    return PaymentAttempt.objects.filter(pk=attempt_id).first()


def _advance(attempt: PaymentAttempt, status: str, code: str) -> bool:
    """Move the attempt forward, if this is forward; whether it was."""
    state = _FORWARD.get(status, {}).get(attempt.state)
    if state is None:
        return False
    if (
        state == State.LATE_SUCCESS
        and attempt.state == State.FAILED
        and now() <= attempt.expires_at
    ):
        # A wrong PIN first and the right one after it is not late.
        state = State.SUCCESS
    attempt.state = state
    attempt.code = code
    if attempt.paid:
        attempt.ask_at = None
    attempt.save(update_fields=["state", "code", "ask_at"])
    return True


def _receive(payment: BankPayment, attempt: PaymentAttempt, payee: Payee) -> bool:
    """Take in money, once per payment of the bank; whether it was new."""
    known = Receipt.objects.filter(store_id=attempt.store_id, payment_id=payment.payment_id)
    if known.exists():
        return False
    outcome = _decide(payment, attempt, payee)
    receipt = Receipt(
        store_id=attempt.store_id,
        attempt=attempt,
        payment_id=payment.payment_id,
        rrn=payment.rrn,
        amount=payment.amount,
        payer_vpa=payment.payer_vpa,
        completed_at=payment.completed_at,
        outcome=(
            Receipt.Outcome.APPLIED if isinstance(outcome, Applied) else Receipt.Outcome.UNAPPLIED
        ),
    )
    receipt.save(force_insert=True)
    _post_receipt(receipt, attempt)
    if isinstance(outcome, Refund):
        refund_receipt(receipt=receipt, reason=outcome.reason)
    return True


def _decide(payment: BankPayment, attempt: PaymentAttempt, payee: Payee) -> Outcome:
    if attempt.receipts.filter(outcome=Receipt.Outcome.APPLIED).exists():
        return Refund("paid twice")
    if payment.amount != attempt.amount:
        _advance(attempt, "FAILED", WRONG_AMOUNT)
        return Refund("wrong amount")
    _advance(attempt, "SUCCESS", payment.code)
    return payee.accept(
        store_id=attempt.store_id, reference=attempt.reference, amount=payment.amount
    )


def _post_receipt(receipt: Receipt, attempt: PaymentAttempt) -> None:
    applied = receipt.outcome == Receipt.Outcome.APPLIED
    post(
        store_id=receipt.store_id,
        key=receipt_key(receipt),
        kind=Kind.CAPTURE if applied else Kind.LATE_RECEIPT,
        business_date=business_date(),
        legs=(
            postings.capture(receipt.amount) if applied else postings.late_receipt(receipt.amount)
        ),
        reference=attempt.reference,
        effective_at=receipt.completed_at,
    )
