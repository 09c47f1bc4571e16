"""The merchant gives back what a payer paid."""

from django.db import IntegrityError, transaction

from payments.bank import faults, upi
from payments.bank.models import Account, Payment, Refund, Transfer
from payments.bank.services.accounts import Refused, close, finish_later, lock, move
from payments.bank.upi import APPROVED
from payments.bank.webhooks import announce


def refund(*, refund_id: str, payment_id: str, amount: int, note: str) -> Refund:
    """Give back part or all of a successful payment, once per `refund_id`.

    Raises Refused: 404 for a payment that is not the merchant's, 409 for a `refund_id` used with
    another body, 422 for more than what is left of the payment.
    """
    try:
        with transaction.atomic():
            return _refund(refund_id, payment_id, amount, note)
    except IntegrityError:
        return _same_refund(refund_id, payment_id, amount, note)


def _refund(refund_id: str, payment_id: str, amount: int, note: str) -> Refund:
    payment = (
        Payment.objects.select_for_update(of=("self",))
        .filter(pk=payment_id, payee__kind=Account.Kind.MERCHANT)
        .first()
    )
    if Refund.objects.filter(pk=refund_id).exists():
        return _same_refund(refund_id, payment_id, amount, note)
    if payment is None:
        raise Refused(404, "payment_unknown", f"No payment {payment_id}.")
    if payment.status != Payment.Status.SUCCESS:
        raise Refused(422, "payment_not_successful", f"The payment is {payment.status}.")
    if amount > payment.amount - payment.refunded:
        left = payment.amount - payment.refunded
        raise Refused(422, "refund_exceeds_payment", f"Only {left} paise are left to refund.")

    drawn = faults.draw("result", faults.REFUND, refund_id)
    made = Refund(
        refund_id=refund_id,
        payment=payment,
        amount=amount,
        note=note,
        rrn=upi.new_rrn(),
    )
    if drawn.outcome == "refund_pending":
        made.status, made.code = Refund.Status.PENDING, upi.IN_PROGRESS
        finish_later(made, drawn, then=str(drawn.params["then"]))
        made.save(force_insert=True)
        payment.refunded += amount
        payment.save(update_fields=["refunded"])
        return made
    code = str(drawn.params["code"]) if drawn.outcome == "refund_failed" else APPROVED
    made.status, made.code = Refund.Status.FAILED, code
    made.save(force_insert=True)
    payment.refunded += amount
    payment.save(update_fields=["refunded"])
    _complete_refund(made, payment, code)
    return made


def _same_refund(refund_id: str, payment_id: str, amount: int, note: str) -> Refund:
    known = Refund.objects.get(pk=refund_id)
    if (known.payment_id, known.amount, known.note) != (payment_id, amount, note):
        raise Refused(409, "key_reused", f"refund_id {refund_id} was used with another body.")
    return known


def _complete_refund(made: Refund, payment: Payment, code: str) -> None:
    """Move the money of a refund, or give its share of the payment free again."""
    if code == APPROVED:
        merchant = lock([payment.payee_id, payment.payer_id])[payment.payee_id]
        if merchant.balance < made.amount:
            code = upi.NO_FUNDS
    if code == APPROVED:
        made.status = Refund.Status.SUCCESS
        move(
            Transfer.Kind.REFUND,
            payment.payee_id,
            payment.payer_id,
            made.amount,
            refund=made,
        )
    else:
        made.status = Refund.Status.FAILED
        payment.refunded -= made.amount
        payment.save(update_fields=["refunded"])
    close(made, code)
    announce(made)


def finish_refund(*, refund_id: str, code: str) -> Refund:
    """Bring a pending refund to its end; "00" is success."""
    with transaction.atomic():
        payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
        made = Refund.objects.select_for_update(of=("self",)).get(pk=refund_id)
        if made.status == Refund.Status.PENDING:
            _complete_refund(made, payment, code)
        return made
