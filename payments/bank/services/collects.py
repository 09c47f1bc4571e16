"""The merchant asks a payer for money; the payer pays, says no, or lets the time run out."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from payments.bank import upi
from payments.bank.models import Account, Collect, Payment
from payments.bank.services.accounts import MERCHANT, Refused
from payments.bank.services.payments import pay
from payments.bank.upi import parse_link
from payments.bank.webhooks import announce, something_due

Status = Collect.Status

# Seconds that a collect request is open unless told, and at least (NPCI).
EXPIRES_IN, LEAST = 480, 300


def request_collect(
    *, tr: str, payer_vpa: str, amount: int, note: str, expires_in: int = EXPIRES_IN
) -> Collect:
    """Put a request for money on a payer's phone, once per `tr`.

    Raises Refused: 422 ZH for a UPI ID that nobody has, 409 for a `tr` used with another body.
    """
    asked = (payer_vpa, amount, note, expires_in)
    try:
        with transaction.atomic():
            known = Collect.objects.filter(pk=tr).first()
            return _same(known, asked) if known else _request(tr, *asked)
    except IntegrityError:
        return _same(Collect.objects.get(pk=tr), asked)


def _request(tr: str, payer_vpa: str, amount: int, note: str, expires_in: int) -> Collect:
    if not Account.objects.filter(pk=payer_vpa, kind=Account.Kind.PAYER).exists():
        raise Refused(422, upi.NO_SUCH_VPA, f"Nobody has the UPI ID {payer_vpa}.")
    moment = timezone.now()
    return Collect.objects.create(
        tr=tr,
        payer_id=payer_vpa,
        payee_id=MERCHANT,
        amount=amount,
        note=note,
        expires_in=expires_in,
        created_at=moment,
        expires_at=moment + timedelta(seconds=expires_in),
    )


def _same(known: Collect, asked: tuple[str, int, str, int]) -> Collect:
    if (known.payer_id, known.amount, known.note, known.expires_in) != asked:
        raise Refused(409, "key_reused", f"tr {known.tr} was used with another body.")
    return known


def answer_collect(*, tr: str, payment_id: str, pin: str, decline: bool) -> Payment:
    """Pay what is asked for, or say no; what fails for another reason can be tried again.

    The same `payment_id` again returns that payment. Raises Refused for a request that was answered
    before or whose time is up.
    """
    with transaction.atomic():
        collect = Collect.objects.select_for_update(of=("self",)).get(pk=tr)
        known = Payment.objects.filter(pk=payment_id).first()
        if known is not None:
            return known
        if collect.status != Status.PENDING or timezone.now() >= collect.expires_at:
            raise Refused(422, "collect_closed", "The request is answered or its time is up.")
        payment = pay(
            link=parse_link(collect.uri),
            payer_vpa=collect.payer_id,
            pin=pin,
            payment_id=payment_id,
            decline=decline,
        )
        if decline:
            collect.status = Status.DECLINED
        elif payment.status != Payment.Status.FAILED:
            collect.status = Status.PAID
        collect.save(update_fields=["status"])
        return payment


def hasten_collect(*, tr: str) -> Collect:
    """Let a request's time be up now; the courier closes it."""
    Collect.objects.filter(pk=tr, status=Status.PENDING).update(expires_at=timezone.now())
    something_due.set()
    return Collect.objects.get(pk=tr)


def expire_collect(*, tr: str) -> Collect:
    """Close a request whose time is up, and tell the merchant that nobody paid."""
    with transaction.atomic():
        collect = Collect.objects.select_for_update(of=("self",)).get(pk=tr)
        if collect.status != Status.PENDING or timezone.now() < collect.expires_at:
            return collect
        collect.status = Status.EXPIRED
        collect.save(update_fields=["status"])
        payment = Payment.objects.create(
            payment_id=upi.new_payment_id(),
            tr=collect.tr,
            payer_id=collect.payer_id,
            payee_id=collect.payee_id,
            asked=collect.amount,
            amount=collect.amount,
            note=collect.note,
            rrn=upi.new_rrn(),
            status=Payment.Status.FAILED,
            code=upi.EXPIRED,
            completed_at=timezone.now(),
        )
        announce(payment)
        return collect
