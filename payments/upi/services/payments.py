"""What the bank says of a payment: the request for it moves on, and money becomes a receipt."""

from uuid import UUID

from marketplace.core.clock import business_date, now
from payments.ledger import postings
from payments.ledger.models import Kind
from payments.ledger.services import post
from payments.upi.bank_client import BankPayment
from payments.upi.models import BankEvent, PaymentAttempt, Receipt
from payments.upi.payees import Applied, Outcome, Payee, Refund, payee_of
from payments.upi.services.refunds import receipt_key, refund_receipt

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


def apply_payment(payment: BankPayment) -> tuple[UUID, str] | None:
    """Act on a payment of a request of ours, in the caller's transaction; whose it is and whether it
    was news, None when it answers no request."""
    attempt = _attempt_of(payment.tr)
    if attempt is None:
        return None
    payee = payee_of(attempt.purpose)
    payee.lock(store_id=attempt.store_id, reference=attempt.reference)
    attempt = PaymentAttempt.objects.locked().get(store_id=attempt.store_id, pk=attempt.pk)
    if payment.status == "SUCCESS":
        changed = _receive(payment, attempt, payee)
    else:
        changed = _advance(attempt, payment.status, payment.code)
    return attempt.store_id, BankEvent.Outcome.APPLIED if changed else BankEvent.Outcome.KNOWN


def decide(payment: BankPayment, attempt: PaymentAttempt, payee: Payee) -> Outcome:
    """What becomes of money that came for an attempt, locked after its payee; moves the attempt on."""
    if attempt.receipts.filter(outcome=Receipt.Outcome.APPLIED).exists():
        return Refund("paid twice")
    if payment.amount != attempt.amount:
        _advance(attempt, "FAILED", WRONG_AMOUNT)
        return Refund("wrong amount")
    _advance(attempt, "SUCCESS", payment.code)
    return payee.accept(
        store_id=attempt.store_id, reference=attempt.reference, amount=payment.amount
    )


def receipt_of(payment: BankPayment, *, store_id: UUID) -> Receipt:
    """What a store has received by a payment, counting towards nothing yet; not saved."""
    return Receipt(
        store_id=store_id,
        payment_id=payment.payment_id,
        rrn=payment.rrn,
        amount=payment.amount,
        payer_vpa=payment.payer_vpa,
        completed_at=payment.completed_at,
        outcome=Receipt.Outcome.UNAPPLIED,
    )


def write_receipt(receipt: Receipt) -> None:
    """Write down money that came and post it: as the deposit of what it counts for, else unapplied."""
    receipt.save(force_insert=True)
    applied = receipt.outcome == Receipt.Outcome.APPLIED
    post(
        store_id=receipt.store_id,
        key=receipt_key(receipt),
        kind=Kind.CAPTURE if applied else Kind.LATE_RECEIPT,
        business_date=business_date(),
        legs=(
            postings.capture(receipt.amount) if applied else postings.late_receipt(receipt.amount)
        ),
        reference=receipt.attempt.reference if receipt.attempt else receipt.pk,
        effective_at=receipt.completed_at,
    )


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
    outcome = decide(payment, attempt, payee)
    receipt = receipt_of(payment, store_id=attempt.store_id)
    receipt.attempt = attempt
    if isinstance(outcome, Applied):
        receipt.outcome = Receipt.Outcome.APPLIED
    write_receipt(receipt)
    if isinstance(outcome, Refund):
        refund_receipt(receipt=receipt, reason=outcome.reason)
    return True
