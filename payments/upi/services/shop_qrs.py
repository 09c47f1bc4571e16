"""Money paid to the QR on a shop's counter: whose it is, what it was for, and who decides that."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.errors import DomainError
from marketplace.core.ids import short_code
from marketplace.core.locks import busy_when_locked
from payments.ledger import postings
from payments.ledger.models import Kind
from payments.ledger.services import post
from payments.upi import bank_client
from payments.upi.bank_client import BankPayment
from payments.upi.models import BankEvent, PaymentAttempt, Receipt, ShopQr
from payments.upi.payees import Applied, Refund, Unapplied, payee_of, waiting_for
from payments.upi.payees import Outcome as Decision
from payments.upi.services.payments import decide, receipt_of, write_receipt
from payments.upi.services.refunds import refund_receipt

Outcome = Receipt.Outcome
State = PaymentAttempt.State

PAID = "shop_qr.paid"
# A request in one of these is being paid under its own `tr` just now.
UNDER_WAY = (State.PENDING, State.DEEMED)


class AlreadyDecided(DomainError):
    """The money counts for something or has gone back; nothing has changed."""

    code = "already_decided"
    message = _("This payment has been decided already: %(how)s.")


class Contested(DomainError):
    """The payer's bank holds the money or has taken it back; nothing has changed."""

    code = "contested"
    message = _("The payer contests this payment at their bank.")


def make_shop_qr(*, store_id: UUID, name: str) -> ShopQr:
    """The shop's one QR, made if there is none; `name` is what its payers' phones show.

    Not inside a transaction: the bank is told of the alias. Twice at once is once. Raises BankError;
    then the QR is kept, and told to the bank the next time.
    """
    shop_qr = _find_or_make(store_id)
    if shop_qr.opened_at is None:
        bank_client.open_alias(vpa=shop_qr.vpa, name=name)
        shop_qr.opened_at = now()
        shop_qr.save(update_fields=["opened_at"])
    return shop_qr


def _find_or_make(store_id: UUID) -> ShopQr:
    while True:
        shop_qr = ShopQr.objects.filter(store_id=store_id).first()
        if shop_qr is not None:
            return shop_qr
        # Somebody else's row, or a code that another shop has: look again.
        ShopQr.objects.bulk_create(
            [ShopQr(store_id=store_id, vpa=_new_alias())], ignore_conflicts=True
        )


def _new_alias() -> str:
    own_name, _at, bank = settings.PLATFORM_VPA.partition("@")
    return f"{own_name}.{short_code().replace('-', '').lower()}@{bank}"


def apply_counter_payment(payment: BankPayment) -> tuple[UUID, str] | None:
    """Act on a payment to a shop's QR, in the caller's transaction; whose it is and whether it was
    news, None for one to no QR of ours.

    The money lies unapplied until it is known what it was for: at once, where exactly one thing of
    the shop waits for exactly as much; else when the owner says so.
    """
    shop_qr = ShopQr.objects.locked().filter(vpa=payment.payee_vpa.lower()).first()
    if shop_qr is None:
        return None
    known = Receipt.objects.filter(store_id=shop_qr.store_id, payment_id=payment.payment_id)
    if payment.status != "SUCCESS" or known.exists():
        return shop_qr.store_id, BankEvent.Outcome.KNOWN
    receipt = receipt_of(payment, store_id=shop_qr.store_id)
    receipt.shop_qr = shop_qr
    # Asked before anything is posted: the payee's stock is locked before balances are.
    attempt, decision = _match(receipt, payment) or (None, Unapplied())
    receipt.attempt = attempt
    write_receipt(receipt)
    _follow(receipt, decision)
    payload = {"receipt": str(receipt.pk), "store_id": str(receipt.store_id)}
    outbox.publish(PAID, payload, store_id=receipt.store_id)
    return shop_qr.store_id, BankEvent.Outcome.APPLIED


def _match(receipt: Receipt, payment: BankPayment) -> tuple[PaymentAttempt, Decision] | None:
    """The one request that waits for just this money, and what becomes of it there, exactly as if it
    had been paid under that request; None where nothing waits, or more than one thing."""
    found = _waiting(receipt)
    if len(found) != 1:
        return None
    purpose, reference = found[0]
    payee = payee_of(purpose)
    payee.lock(store_id=receipt.store_id, reference=reference)
    attempts = PaymentAttempt.objects.of(receipt.store_id, purpose, reference)
    attempt = attempts.locked().first()
    # Paid, called off, or joined by another while we waited for the lock.
    if _waiting(receipt) != found or attempt is None or attempt.amount != receipt.amount:
        return None
    # Somebody is paying it under its own request: whoever stands at the counter is somebody else.
    if attempt.state in UNDER_WAY:
        return None
    decision = decide(payment, attempt, payee)
    return None if isinstance(decision, Unapplied) else (attempt, decision)


def _follow(receipt: Receipt, decision: Decision) -> None:
    """Do with money that lies unapplied what was decided about it."""
    if isinstance(decision, Refund):
        refund_receipt(receipt=receipt, reason=decision.reason)
    elif isinstance(decision, Applied):
        assert receipt.attempt is not None, "applied to a request"
        receipt.outcome = Outcome.APPLIED
        receipt.save(update_fields=["outcome"])
        post(
            store_id=receipt.store_id,
            key=f"apply:{receipt.payment_id}",
            kind=Kind.RECEIPT_APPLIED,
            business_date=business_date(),
            legs=postings.apply_unapplied(receipt.amount),
            reference=receipt.attempt.reference,
        )


def _waiting(receipt: Receipt) -> list[tuple[str, UUID]]:
    """What was waiting for the money when it was paid, and not for long, and waits still."""
    return waiting_for(
        store_id=receipt.store_id,
        amount=receipt.amount,
        since=receipt.completed_at - settings.SHOP_QR_MATCH_WITHIN,
        until=receipt.completed_at,
    )


def keep_for_shop(*, store_id: UUID, receipt_id: UUID, actor: str) -> Receipt:
    """The money was for what the shop sold over its counter: the next settlement brings it, whole.

    No commission is taken of it: nothing was sold through us, we only collected. Again changes
    nothing. Raises AlreadyDecided, Contested, Busy and Receipt.DoesNotExist.
    """
    with busy_when_locked(), transaction.atomic():
        receipt = Receipt.objects.by_shop_qr(store_id).locked().get(pk=receipt_id)
        if receipt.outcome == Outcome.KEPT:
            return receipt
        if receipt.outcome != Outcome.UNAPPLIED:
            raise AlreadyDecided(how=receipt.get_outcome_display())
        left = receipt.amount - receipt.disputed - receipt.lost
        if left <= 0:
            raise Contested
        receipt.outcome, receipt.kept_at, receipt.kept_by = Outcome.KEPT, now(), actor
        receipt.save(update_fields=["outcome", "kept_at", "kept_by"])
        post(
            store_id=store_id,
            key=f"keep:{receipt.payment_id}",
            kind=Kind.RECEIPT_KEPT,
            business_date=business_date(),
            legs=postings.receipt_kept(left),
            reference=receipt.pk,
        )
        return receipt


def overdue_receipts(*, limit: int) -> list[tuple[UUID, UUID]]:
    """(store, receipt) of money that no owner has decided about in settings.SHOP_QR_DECIDE_AFTER,
    longest waiting first. What an owner wanted to send back and the bank could not, and what the
    payer contests or has had back by a dispute, is for staff."""
    overdue = Receipt.objects.to_decide().filter(
        received_at__lte=now() - settings.SHOP_QR_DECIDE_AFTER, refunds=None, disputed=0, lost=0
    )
    return list(overdue.order_by("received_at").values_list("store_id", "pk")[:limit])


def unheard_payments(*, since: datetime) -> list[dict[str, object]]:
    """Money that came to our QRs since a moment and that no webhook told us of. Not inside a
    transaction. Raises BankUnavailable."""
    if not ShopQr.objects.exists():
        return []
    told = bank_client.find_payments_to_aliases(since=since)
    heard = Receipt.objects.filter(completed_at__gte=since, shop_qr__isnull=False)
    known = set(heard.values_list("payment_id", flat=True))
    return [
        payment
        for payment in told
        if payment.get("status") == "SUCCESS" and payment.get("payment_id") not in known
    ]
