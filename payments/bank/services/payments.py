"""A payer pays, or does not; what was left open is finished later."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from payments.bank import faults, upi
from payments.bank.models import Account, Payment, Transfer
from payments.bank.services.accounts import (
    SUSPENSE,
    Refused,
    close,
    find_alias,
    find_payee,
    finish_later,
    lock,
    move,
)
from payments.bank.upi import APPROVED, BadLink, PaymentLink
from payments.bank.webhooks import announce


def pay(
    *,
    link: PaymentLink,
    payer_vpa: str,
    pin: str,
    amount: int | None = None,
    payment_id: str | None = None,
    decline: bool = False,
) -> Payment:
    """Carry out, or turn down, one payer's answer to a payment link.

    `amount` counts only where the link leaves it open. The same `payment_id` again returns the
    payment as it stands. Raises BadLink for an amount that does not fit the link, Refused for a
    payer the bank does not know.
    """
    payment_id = payment_id or upi.new_payment_id()
    asked = _asked(link, amount)
    try:
        with transaction.atomic():
            known = Payment.objects.filter(pk=payment_id).first()
            return known or _pay(link, payer_vpa, pin, asked, payment_id, decline)
    except IntegrityError:
        # Somebody tapped twice: the first tap's payment stands.
        known = Payment.objects.filter(pk=payment_id).first()
        if known is None:
            raise
        return known


def _asked(link: PaymentLink, amount: int | None) -> int:
    if link.amount is not None:
        if amount not in (None, link.amount):
            raise BadLink("amount", "differs from the amount in the link")
        return link.amount
    if amount is None or amount <= 0:
        raise BadLink("amount", "is missing: the link leaves it to the payer")
    if link.minimum is not None and amount < link.minimum:
        raise BadLink("amount", "is below the minimum of the link")
    return amount


def _pay(
    link: PaymentLink,
    payer_vpa: str,
    pin: str,
    asked: int,
    payment_id: str,
    decline: bool,
) -> Payment:
    alias = find_alias(link.payee_vpa)
    payee = alias.account if alias else find_payee(link.payee_vpa, link.payee_name)
    if payee is None or payee.vpa == payer_vpa:
        raise Refused(404, "payee_unknown", f"{link.payee_vpa} cannot be paid from here.")
    earlier = Payment.objects.filter(tr=link.tr).count() if link.tr else 0
    drawn = (
        faults.NOTHING
        if decline
        else faults.by_amount(asked)
        or faults.draw("result", faults.PAYMENT, link.tr or payment_id, ordinal=earlier)
    )
    payer = lock([payer_vpa, payee.vpa, SUSPENSE]).get(payer_vpa)
    if payer is None or payer.kind != Account.Kind.PAYER:
        raise Refused(404, "payer_unknown", f"The bank has no payer {payer_vpa}.")

    amount = asked
    if drawn.outcome == "wrong_amount":
        amount = max(1, asked + int(drawn.params["delta"]))
    payment = Payment(
        payment_id=payment_id,
        tr=link.tr,
        payer=payer,
        payee=payee,
        alias=alias,
        asked=asked,
        amount=amount,
        note=link.note,
        rrn=upi.new_rrn(),
        uri=link.uri,
        return_url=link.return_url,
        status=Payment.Status.FAILED,
        completed_at=timezone.now(),
    )
    if decline:
        payment.code = upi.DECLINED
    elif drawn.outcome in upi.DECLINES:
        payment.code = drawn.outcome
    else:
        payment.code = _objection(link, payer, pin, amount)
    if payment.code == APPROVED:
        _approve(payment, drawn)
    payment.save(force_insert=True)
    if payment.status == Payment.Status.SUCCESS:
        move(Transfer.Kind.PAYMENT, payer.vpa, payee.vpa, payment.amount, payment=payment)
    elif payment.status == Payment.Status.DEEMED:
        move(Transfer.Kind.PAYMENT, payer.vpa, SUSPENSE, payment.amount, payment=payment)
    announce(payment)
    return payment


def _objection(link: PaymentLink, payer: Account, pin: str, amount: int) -> str:
    """The code of the first rule the payment breaks, or "00"."""
    if link.expired():
        return upi.EXPIRED
    if amount > upi.PAYMENT_LIMIT:
        return upi.OVER_LIMIT
    if payer.pin_locked():
        return upi.PIN_LOCKED
    if pin != payer.pin:
        payer.note_wrong_pin()
        return upi.WRONG_PIN
    if payer.wrong_pins:
        payer.wrong_pins = 0
        payer.save(update_fields=["wrong_pins"])
    if payer.balance < amount:
        return upi.NO_FUNDS
    return APPROVED


def _approve(payment: Payment, drawn: faults.Drawn) -> None:
    if drawn.outcome == "pending":
        payment.status, payment.code = Payment.Status.PENDING, upi.IN_PROGRESS
        finish_later(payment, drawn, then=str(drawn.params["then"]))
    elif drawn.outcome == "deemed_then_success":
        payment.status, payment.code = Payment.Status.DEEMED, upi.DEEMED
        finish_later(payment, drawn, then=APPROVED)
    elif drawn.outcome == "deemed_then_reversed":
        payment.status, payment.code = Payment.Status.DEEMED, upi.DEEMED
        finish_later(payment, drawn, then=upi.REVERSED)
    elif drawn.outcome == "failed_then_success":
        payment.code = "U67"
        finish_later(payment, drawn, then=APPROVED)
    else:
        payment.status = Payment.Status.SUCCESS


def finish_payment(*, payment_id: str, code: str) -> Payment:
    """Bring a pending or deemed payment to its end; "00" is success.

    A failed one may still succeed late if it was planned to; any other finished one stays.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
        late = payment.status == Payment.Status.FAILED and payment.due_at is not None
        if payment.status not in (Payment.Status.PENDING, Payment.Status.DEEMED) and not late:
            return payment
        payer_vpa, payee_vpa = payment.payer_id, payment.payee_id
        payer = lock([payer_vpa, payee_vpa, SUSPENSE])[payer_vpa]
        deemed = payment.status == Payment.Status.DEEMED
        if not deemed and code == APPROVED and payer.balance < payment.amount:
            code = upi.NO_FUNDS
        if code == APPROVED:
            source = SUSPENSE if deemed else payer_vpa
            move(
                Transfer.Kind.PAYMENT,
                source,
                payee_vpa,
                payment.amount,
                payment=payment,
            )
        elif deemed:
            kind = Transfer.Kind.PAYMENT_REVERSAL
            move(kind, SUSPENSE, payer_vpa, payment.amount, payment=payment)
        payment.status = Payment.Status.SUCCESS if code == APPROVED else Payment.Status.FAILED
        close(payment, code)
        announce(payment)
        return payment
