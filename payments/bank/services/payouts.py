"""The merchant sends its money to a UPI ID."""

from django.db import IntegrityError, transaction

from payments.bank import faults, upi
from payments.bank.models import Payout, Transfer
from payments.bank.services.accounts import (
    MERCHANT,
    SUSPENSE,
    Refused,
    close,
    find_payee,
    finish_later,
    lock,
    move,
)
from payments.bank.upi import APPROVED
from payments.bank.webhooks import announce


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
    if not upi.VPA.fullmatch(vpa) or find_payee(vpa.lower(), vpa) is None:
        code = upi.NO_SUCH_VPA
    elif drawn.outcome.startswith("payout_failed"):
        code = str(drawn.params.get("code", "U30"))
    elif lock([MERCHANT, SUSPENSE, vpa.lower()])[MERCHANT].balance < amount:
        code = upi.NO_FUNDS
    made.code = code
    made.status = Payout.Status.SENT if code == APPROVED else Payout.Status.FAILED
    made.save(force_insert=True)
    if code != APPROVED:
        close(made, code)
        if drawn.outcome == "payout_failed_then_success":
            finish_later(made, drawn, then=APPROVED)
            made.save()
        announce(made)
        return made
    move(Transfer.Kind.PAYOUT, MERCHANT, SUSPENSE, amount, payout=made)
    if drawn.outcome == "payout_pending":
        made.code = upi.IN_PROGRESS
        finish_later(made, drawn, then=str(drawn.params["then"]))
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
    lock([MERCHANT, SUSPENSE, beneficiary])
    if code == APPROVED:
        made.status = Payout.Status.SUCCESS
        move(Transfer.Kind.PAYOUT, SUSPENSE, beneficiary, made.amount, payout=made)
    else:
        made.status = Payout.Status.FAILED
        move(Transfer.Kind.PAYOUT_RETURN, SUSPENSE, MERCHANT, made.amount, payout=made)
    close(made, code)
    announce(made)


def finish_payout(*, payout_id: str, code: str) -> Payout:
    """Bring a sent payout to its end; a failed one may still be processed with "00"."""
    with transaction.atomic():
        made = Payout.objects.select_for_update().get(pk=payout_id)
        if made.status == Payout.Status.SENT:
            _complete_payout(made, code)
        elif made.status == Payout.Status.FAILED and code == APPROVED and made.due_at:
            accounts = lock([MERCHANT, SUSPENSE, made.vpa.lower()])
            if accounts[MERCHANT].balance >= made.amount:
                move(Transfer.Kind.PAYOUT, MERCHANT, SUSPENSE, made.amount, payout=made)
                _complete_payout(made, APPROVED)
            else:
                close(made, made.code)
        return made
