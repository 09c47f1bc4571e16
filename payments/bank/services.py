"""What the bank does: pay, refund, pay out, and finish later what was left open.

Amounts are paise. One transaction each; locks are taken on the operation's own row first, then on
the accounts in the order of their addresses.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from payments.bank import faults, upi
from payments.bank.models import Account, Payment, Payout, Refund, Scheduled, Transfer
from payments.bank.upi import APPROVED, BadLink, PaymentLink
from payments.bank.webhooks import announce

MINT = "mint@nkbank"
SUSPENSE = "suspense@nkbank"
MERCHANT = "nukkad@nkbank"


class Refused(Exception):
    """A request that cannot be carried out; `code` is for programs, `status` for HTTP."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


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
    payee = _payee(link.payee_vpa, link.payee_name)
    if payee is None or payee.vpa == payer_vpa:
        raise Refused(404, "payee_unknown", f"{link.payee_vpa} cannot be paid from here.")
    earlier = Payment.objects.filter(tr=link.tr).count() if link.tr else 0
    drawn = (
        faults.NOTHING
        if decline
        else faults.draw("result", faults.PAYMENT, link.tr or payment_id, ordinal=earlier)
    )
    payer = _lock([payer_vpa, payee.vpa, SUSPENSE]).get(payer_vpa)
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
        _move(Transfer.Kind.PAYMENT, payer.vpa, payee.vpa, payment.amount, payment=payment)
    elif payment.status == Payment.Status.DEEMED:
        _move(Transfer.Kind.PAYMENT, payer.vpa, SUSPENSE, payment.amount, payment=payment)
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
        _finish_later(payment, drawn, then=str(drawn.params["then"]))
    elif drawn.outcome == "deemed_then_success":
        payment.status, payment.code = Payment.Status.DEEMED, upi.DEEMED
        _finish_later(payment, drawn, then=APPROVED)
    elif drawn.outcome == "deemed_then_reversed":
        payment.status, payment.code = Payment.Status.DEEMED, upi.DEEMED
        _finish_later(payment, drawn, then=upi.REVERSED)
    elif drawn.outcome == "failed_then_success":
        payment.code = "U67"
        _finish_later(payment, drawn, then=APPROVED)
    else:
        payment.status = Payment.Status.SUCCESS


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
        _finish_later(made, drawn, then=str(drawn.params["then"]))
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
        merchant = _lock([payment.payee_id, payment.payer_id])[payment.payee_id]
        if merchant.balance < made.amount:
            code = upi.NO_FUNDS
    if code == APPROVED:
        made.status = Refund.Status.SUCCESS
        _move(
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
    _close(made, code)
    announce(made)


def pay_out(*, payout_id: str, vpa: str, amount: int, note: str) -> Payout:
    """Send the merchant's money to a UPI ID, once per `payout_id`.

    A payout that cannot be made is kept as FAILED with its code. Raises Refused, 409, for a
    `payout_id` used with another body.
    """
    try:
        with transaction.atomic():
            known = Payout.objects.filter(pk=payout_id).exists()
            return (
                _same_payout(payout_id, vpa, amount, note)
                if known
                else _pay_out(payout_id, vpa, amount, note)
            )
    except IntegrityError:
        return _same_payout(payout_id, vpa, amount, note)


def _pay_out(payout_id: str, vpa: str, amount: int, note: str) -> Payout:
    drawn = faults.draw("result", faults.PAYOUT, payout_id)
    made = Payout(payout_id=payout_id, vpa=vpa, amount=amount, note=note, utr=upi.new_utr())
    code = APPROVED
    if not upi.VPA.fullmatch(vpa) or _payee(vpa.lower(), vpa) is None:
        code = upi.NO_SUCH_VPA
    elif drawn.outcome.startswith("payout_failed"):
        code = str(drawn.params.get("code", "U30"))
    elif _lock([MERCHANT, SUSPENSE, vpa.lower()])[MERCHANT].balance < amount:
        code = upi.NO_FUNDS
    made.code = code
    made.status = Payout.Status.SENT if code == APPROVED else Payout.Status.FAILED
    made.save(force_insert=True)
    if code != APPROVED:
        _close(made, code)
        if drawn.outcome == "payout_failed_then_success":
            _finish_later(made, drawn, then=APPROVED)
            made.save()
        announce(made)
        return made
    _move(Transfer.Kind.PAYOUT, MERCHANT, SUSPENSE, amount, payout=made)
    if drawn.outcome == "payout_pending":
        made.code = upi.IN_PROGRESS
        _finish_later(made, drawn, then=str(drawn.params["then"]))
        made.save()
        return made
    _complete_payout(made, APPROVED)
    return made


def _same_payout(payout_id: str, vpa: str, amount: int, note: str) -> Payout:
    known = Payout.objects.get(pk=payout_id)
    if (known.vpa, known.amount, known.note) != (vpa, amount, note):
        raise Refused(409, "key_reused", f"payout_id {payout_id} was used with another body.")
    return known


def _complete_payout(made: Payout, code: str) -> None:
    """Bring a sent payout to the shop, or its money back to the merchant."""
    beneficiary = made.vpa.lower()
    _lock([MERCHANT, SUSPENSE, beneficiary])
    if code == APPROVED:
        made.status = Payout.Status.SUCCESS
        _move(Transfer.Kind.PAYOUT, SUSPENSE, beneficiary, made.amount, payout=made)
    else:
        made.status = Payout.Status.FAILED
        _move(Transfer.Kind.PAYOUT_RETURN, SUSPENSE, MERCHANT, made.amount, payout=made)
    _close(made, code)
    announce(made)


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
        payer = _lock([payer_vpa, payee_vpa, SUSPENSE])[payer_vpa]
        deemed = payment.status == Payment.Status.DEEMED
        if not deemed and code == APPROVED and payer.balance < payment.amount:
            code = upi.NO_FUNDS
        if code == APPROVED:
            source = SUSPENSE if deemed else payer_vpa
            _move(
                Transfer.Kind.PAYMENT,
                source,
                payee_vpa,
                payment.amount,
                payment=payment,
            )
        elif deemed:
            kind = Transfer.Kind.PAYMENT_REVERSAL
            _move(kind, SUSPENSE, payer_vpa, payment.amount, payment=payment)
        payment.status = Payment.Status.SUCCESS if code == APPROVED else Payment.Status.FAILED
        _close(payment, code)
        announce(payment)
        return payment


def finish_refund(*, refund_id: str, code: str) -> Refund:
    """Bring a pending refund to its end; "00" is success."""
    with transaction.atomic():
        payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
        made = Refund.objects.select_for_update(of=("self",)).get(pk=refund_id)
        if made.status == Refund.Status.PENDING:
            _complete_refund(made, payment, code)
        return made


def finish_payout(*, payout_id: str, code: str) -> Payout:
    """Bring a sent payout to its end; a failed one may still be processed with "00"."""
    with transaction.atomic():
        made = Payout.objects.select_for_update().get(pk=payout_id)
        if made.status == Payout.Status.SENT:
            _complete_payout(made, code)
        elif made.status == Payout.Status.FAILED and code == APPROVED and made.due_at:
            accounts = _lock([MERCHANT, SUSPENSE, made.vpa.lower()])
            if accounts[MERCHANT].balance >= made.amount:
                _move(Transfer.Kind.PAYOUT, MERCHANT, SUSPENSE, made.amount, payout=made)
                _complete_payout(made, APPROVED)
            else:
                _close(made, made.code)
        return made


def deposit(*, vpa: str, name: str, amount: int, pin: str) -> Account:
    """Open a payer's account, or add to one: new money from the mint. For demos and load tests.

    Raises Refused, 422, for the bank's own accounts.
    """
    with transaction.atomic():
        account, _ = Account.objects.get_or_create(
            vpa=vpa, defaults={"name": name, "kind": Account.Kind.PAYER, "pin": pin}
        )
        if account.kind == Account.Kind.INTERNAL:
            raise Refused(422, "internal_account", f"{vpa} belongs to the bank itself.")
        _lock([MINT, vpa])
        if amount:
            _move(Transfer.Kind.DEPOSIT, MINT, vpa, amount)
        return Account.objects.get(pk=vpa)


def _payee(vpa: str, name: str) -> Account | None:
    """The account behind a UPI ID. Other banks' customers are taken on trust, our own must exist."""
    known = Account.objects.filter(pk=vpa).first()
    if known is not None:
        return None if known.kind == Account.Kind.INTERNAL else known
    if vpa.endswith("@nkbank"):
        return None
    made, _ = Account.objects.get_or_create(
        vpa=vpa, defaults={"name": (name or vpa)[:99], "kind": Account.Kind.OTHER}
    )
    return made


def _lock(vpas: Iterable[str]) -> dict[str, Account]:
    locked = Account.objects.select_for_update(no_key=True).filter(pk__in=set(vpas)).order_by("pk")
    return {account.vpa: account for account in locked}


def _move(
    kind: Transfer.Kind,
    debit: str,
    credit: str,
    amount: int,
    *,
    payment: Payment | None = None,
    refund: Refund | None = None,
    payout: Payout | None = None,
) -> None:
    """Move money between two accounts that are locked already."""
    Account.objects.filter(pk=debit).update(balance=F("balance") - amount)
    Account.objects.filter(pk=credit).update(balance=F("balance") + amount)
    Transfer.objects.create(
        kind=kind,
        debit_id=debit,
        credit_id=credit,
        amount=amount,
        payment=payment,
        refund=refund,
        payout=payout,
    )


def _finish_later(operation: Scheduled, drawn: faults.Drawn, *, then: str) -> None:
    operation.due_at = timezone.now() + timedelta(seconds=drawn.seconds)
    operation.then = then
    if isinstance(operation, Payment) and operation.status != Payment.Status.FAILED:
        operation.completed_at = None


def _close(operation: Payment | Refund | Payout, code: str) -> None:
    operation.code = code
    operation.completed_at = timezone.now()
    operation.due_at = None
    operation.save()
