"""A payer contests a payment; the merchant answers; the payer's bank decides."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from payments.bank.models import Account, Dispute, Payment, Transfer
from payments.bank.services.accounts import Refused, lock, move
from payments.bank.webhooks import announce

# How long a decision against a merchant without money waits for some.
NO_MONEY_YET = timedelta(minutes=1)


def open_dispute(*, payment_id: str, amount: int | None, reason: str, seconds: int) -> Dispute:
    """Contest `amount` paise of a payment, or all that is left of it; `seconds` to answer in.

    Raises Refused: 404 for a payment that is not the merchant's, 422 for one without success or
    for more than what is left of it.
    """
    with transaction.atomic():
        payment = (
            Payment.objects.select_for_update(of=("self",))
            .filter(pk=payment_id, payee__kind=Account.Kind.MERCHANT)
            .first()
        )
        if payment is None:
            raise Refused(404, "payment_unknown", f"No payment {payment_id}.")
        if payment.status != Payment.Status.SUCCESS:
            raise Refused(422, "payment_not_successful", f"The payment is {payment.status}.")
        left = payment.amount - payment.refunded
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise Refused(422, "dispute_exceeds_payment", f"Only {left} paise are left to dispute.")
        payment.refunded += amount
        payment.save(update_fields=["refunded"])
        deadline = timezone.now() + timedelta(seconds=seconds)
        made = Dispute.objects.create(
            dispute_id=f"NKD{uuid.uuid4().hex.upper()}",
            payment=payment,
            amount=amount,
            reason=reason,
            respond_by=deadline,
            due_at=deadline,
        )
        announce(made)
        return made


def contest(*, dispute_id: str, evidence: str) -> Dispute:
    """Take the merchant's evidence, once; the same again changes nothing.

    Raises Refused: 404, 409 for other evidence than was sent, 422 when it is too late.
    """
    with transaction.atomic():
        made = _locked(dispute_id)
        if made.evidence:
            if made.evidence != evidence:
                raise Refused(409, "key_reused", f"{dispute_id} was answered otherwise.")
            return made
        if made.over or timezone.now() >= made.respond_by:
            raise Refused(422, "dispute_closed", f"{dispute_id} can no longer be answered.")
        made.status, made.evidence, made.due_at = Dispute.Status.CONTESTED, evidence, None
        made.save(update_fields=["status", "evidence", "due_at"])
        announce(made)
        return made


def accept(*, dispute_id: str) -> Dispute:
    """The merchant gives in: lost at once. Raises Refused, 404, and 422 when it has been contested."""
    with transaction.atomic():
        made = _locked(dispute_id)
        if made.status == Dispute.Status.OPEN:
            _lose(made)
        elif made.status != Dispute.Status.LOST:
            raise Refused(422, "dispute_closed", f"{dispute_id} is {made.status}.")
        return made


def decide_dispute(*, dispute_id: str, won: bool) -> Dispute:
    """The payer's bank decides, or the deadline does; again changes nothing. Raises Refused, 404."""
    with transaction.atomic():
        made = _locked(dispute_id)
        if not made.over:
            if won:
                _win(made)
            else:
                _lose(made)
        return made


def _locked(dispute_id: str) -> Dispute:
    """The payment first: money of it moves."""
    found = Dispute.objects.filter(pk=dispute_id).values_list("payment_id", flat=True).first()
    if found is None:
        raise Refused(404, "dispute_unknown", f"No dispute {dispute_id}.")
    Payment.objects.select_for_update(of=("self",)).get(pk=found)
    return (
        Dispute.objects.select_for_update(of=("self",)).select_related("payment").get(pk=dispute_id)
    )


def _win(made: Dispute) -> None:
    Payment.objects.filter(pk=made.payment_id).update(refunded=F("refunded") - made.amount)
    _close(made, Dispute.Status.WON)


def _lose(made: Dispute) -> None:
    payment = made.payment
    merchant = lock([payment.payee_id, payment.payer_id])[payment.payee_id]
    if merchant.balance < made.amount:
        made.due_at = timezone.now() + NO_MONEY_YET
        made.save(update_fields=["due_at"])
        return
    move(
        Transfer.Kind.CHARGEBACK,
        payment.payee_id,
        payment.payer_id,
        made.amount,
        dispute=made,
    )
    _close(made, Dispute.Status.LOST)


def _close(made: Dispute, status: Dispute.Status) -> None:
    made.status, made.completed_at, made.due_at = status, timezone.now(), None
    made.save(update_fields=["status", "completed_at", "due_at"])
    announce(made)
