"""Money back: owed in the caller's transaction, sent by the outbox, finished by the bank's word."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext_lazy as _

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.errors import DomainError
from payments.ledger import postings
from payments.ledger.models import Account, Kind
from payments.ledger.services import post
from payments.upi import bank_client
from payments.upi.bank_client import BankRefund, BankRefused, BankUnavailable, BankUnknown
from payments.upi.models import PaymentAttempt, Receipt, Refund
from payments.upi.payees import payee_of

State = Refund.State
# Nothing more is sent to the bank or heard of it, unless a dispute or staff have it sent again.
OVER = (*Refund.FINAL, State.FAILED)

ASKED = "refund.asked"
DONE = "refund.done"
# The purpose of sending back money that came for nothing of ours; the receipt is the reference.
STRAY = "stray"


class RefundTooLarge(DomainError):
    """More was to be sent back than is left of what came in; nothing has been done."""

    code = "refund_too_large"
    message = _("Only %(left)s paise are left to refund.")


class RefundKeyReused(DomainError):
    """The key already names a refund of another amount or thing; nothing has been done."""

    code = "key_reused"
    message = _("The key %(key)s was already used for another refund.")


def request_refund(
    *,
    store_id: UUID,
    purpose: str,
    reference: UUID,
    amount: int,
    reason: str,
    key: str,
    source: Account = Account.CUSTOMER_DEPOSIT,
) -> Refund:
    """Owe `amount` paise of what was received for `reference` back to its payer, once per `key`.

    In the caller's transaction, which holds the payee. Posts from `source` (the deposit before a
    delivery, the payable after it) and leaves the bank to the outbox. Several receipts are drawn
    upon oldest first; the first part is returned. Raises RefundTooLarge and RefundKeyReused.
    """
    with transaction.atomic():
        receipts = list(
            Receipt.objects.applied_to(
                store_id=store_id, purpose=purpose, reference=reference
            ).select_for_update(of=("self",), no_key=True)
        )
        parts = list(Refund.objects.filter(store_id=store_id, key=key).order_by("n"))
        if parts:
            same = (purpose, reference) == (parts[0].purpose, parts[0].reference)
            if not same or sum(part.amount for part in parts) != amount:
                raise RefundKeyReused(key=key)
            return parts[0]
        # What the bank could not send is owed all the same: no receipt owes more than it brought.
        free = [(each, each.refundable - _sum(each, State.FAILED)) for each in receipts]
        left = sum(amount for _receipt, amount in free)
        if not 0 < amount <= left:
            raise RefundTooLarge(left=left)
        return _start(free, purpose, reference, amount, reason, key, source)


def refund_receipt(*, receipt: Receipt, reason: str) -> Refund:
    """Send back a whole receipt that was never applied; in the caller's transaction, its attempt locked."""
    attempt = receipt.attempt
    receipt.outcome, receipt.reason = Receipt.Outcome.RETURNED, reason[:100]
    receipt.save(update_fields=["outcome", "reason"])
    return _start(
        [(receipt, receipt.refundable)],
        attempt.purpose if attempt else STRAY,
        attempt.reference if attempt else receipt.pk,
        receipt.refundable,
        reason,
        receipt_key(receipt),
        Account.UNAPPLIED_RECEIPTS,
    )


def receipt_key(receipt: Receipt) -> str:
    """Names the posting of a receipt, and the refund of a whole one."""
    return f"receipt:{receipt.payment_id}"


def _start(
    free: Sequence[tuple[Receipt, int]],
    purpose: str,
    reference: UUID,
    amount: int,
    reason: str,
    key: str,
    source: Account,
) -> Refund:
    parts: list[Refund] = []
    for receipt, left in free:
        share = min(amount, left)
        if share <= 0:
            continue
        amount -= share
        receipt.refunded += share
        receipt.save(update_fields=["refunded"])
        part = Refund(
            store_id=receipt.store_id,
            receipt=receipt,
            purpose=purpose,
            reference=reference,
            key=key,
            n=len(parts) + 1,
            amount=share,
            source=source,
            reason=reason[:100],
            # should the outbox give up, the poll does not
            ask_at=now() + settings.REFUND_ASK_EVERY,
        )
        part.save(force_insert=True)
        _post_started(part)
        parts.append(part)
    return parts[0]


def _post_started(refund: Refund) -> None:
    """Move the money out of where it lay, and owe the sending to the outbox."""
    legs = postings.refund_started(refund.amount, source=Account(refund.source))
    _post(refund, Kind.REFUND_STARTED, legs)
    outbox.publish(ASKED, {"refund_id": str(refund.pk)}, store_id=refund.store_id)


def send_refund(*, refund_id: UUID) -> Refund:
    """Bring a started refund to the bank and act on its answer. Not inside a transaction.

    The bank knows it by one id, so sending twice is sending once. A bank that does not answer is
    asked later by that same id: raises BankUnavailable.
    """
    refund = Refund.objects.select_related("receipt").get(pk=refund_id)
    if refund.state in OVER:
        return refund
    answer = _find_or_send(refund)
    with transaction.atomic():
        apply_refund(answer)
    refund.refresh_from_db()
    return refund


def _find_or_send(refund: Refund) -> BankRefund:
    if refund.state == State.PENDING:
        try:
            return bank_client.find_refund(refund_id=refund.bank_id)
        except BankUnknown:
            pass  # it never reached the bank
    try:
        return bank_client.send_refund(
            refund_id=refund.bank_id,
            payment_id=refund.receipt.payment_id,
            amount=refund.amount,
            note=refund.reason,
        )
    except (BankUnavailable, BankRefused) as trouble:
        try:
            return bank_client.find_refund(refund_id=refund.bank_id)
        except BankUnknown:
            if isinstance(trouble, BankUnavailable):
                raise trouble from None
            return BankRefund(refund.bank_id, refund.amount, "FAILED", trouble.code, "", now())


def apply_refund(told: BankRefund) -> UUID | None:
    """Act on the bank's word about a refund, in the caller's transaction; its store, None if not ours.

    A definite failure is sent again, as another try, by the rule of settings.REFUND_RETRIES; after
    the last one the money is back where it came from, and a dispute or staff decide.
    """
    refund_id, tries = read_bank_id(told.refund_id)
    refund = refund_id and Refund.objects.locked().filter(pk=refund_id).first()
    if not refund:
        return None
    # An earlier try that succeeds after all is good news; any other word about it is old.
    stale = tries != refund.tries and told.status != "SUCCESS"
    if refund.state in OVER or stale:
        return refund.store_id
    refund.code, refund.rrn = told.code, told.rrn
    if told.status == "SUCCESS":
        refund.state, refund.completed_at, refund.ask_at = State.DONE, told.completed_at, None
        _post(refund, Kind.REFUND_DONE, postings.refund_done(refund.amount))
        payload = {"refund_id": str(refund.pk), "store_id": str(refund.store_id)}
        outbox.publish(DONE, payload, store_id=refund.store_id)
    elif told.status == "FAILED":
        _fail(refund)
    else:
        refund.state, refund.ask_at = State.PENDING, now() + settings.REFUND_ASK_EVERY
    refund.save()
    return refund.store_id


def _fail(refund: Refund) -> None:
    retries: tuple[timedelta, ...] = settings.REFUND_RETRIES
    if refund.tries <= len(retries):
        refund.state, refund.ask_at = State.STARTED, now() + retries[refund.tries - 1]
        refund.tries += 1
        return
    refund.state, refund.ask_at = State.FAILED, None
    receipt = Receipt.objects.locked().get(pk=refund.receipt_id)
    legs = postings.refund_failed(refund.amount, source=Account(refund.source))
    _post(refund, Kind.REFUND_FAILED, legs)
    # Others that failed before it wait for the open disputes already; this one is not saved yet.
    contested = max(0, receipt.disputed - _sum(receipt, State.FAILED))
    good, waits = _shares(refund, receipt, contested)
    _count(receipt, -refund.amount)
    if good or waits:
        _divide(refund, receipt, good, waits)


def resolve_failed_refunds(*, receipt: Receipt, refunds: Sequence[Refund]) -> None:
    """A dispute about the receipt has been decided: do what can be done now about refunds of it that
    had failed; in the caller's transaction, which holds `refunds`, all unfinished ones, and the receipt.

    What the payer has had by a dispute lost is made good, once; what may still go that way waits for
    the other disputes; the rest is sent again. What the shop has kept goes nowhere.

    A refund out of the deposit gives the shop back what the dispute took from it: the shop owed the
    customer nothing there. One out of the payable would have cost the shop just what the dispute has
    cost it, and a stray receipt's was kept back from the receipt itself: there is nothing to post.
    """
    if receipt.outcome == Receipt.Outcome.KEPT:
        return
    contested = receipt.disputed
    for refund in refunds:
        if refund.state != State.FAILED:
            continue
        good, waits = _shares(refund, receipt, contested)
        contested -= waits
        _divide(refund, receipt, good, waits)
        refund.save()


def _shares(refund: Refund, receipt: Receipt, contested: int) -> tuple[int, int]:
    """Paise of a failed refund that the payer has had by disputes lost and no other refund has used, and
    of those that they may yet have by the `contested` ones."""
    good = min(refund.amount, receipt.lost - _sum(receipt, State.MADE_GOOD))
    return good, min(refund.amount - good, contested)


def _divide(refund: Refund, receipt: Receipt, good: int, waits: int) -> None:
    """Make `good` paise of a failed refund good, leave `waits` failed, and send the rest again.

    The bank still has the rest of the payment: a receipt never owes more than it brought. What is sent
    now has an id of its own at the bank, and the refund, for the caller to save, stays what waits.
    """
    rest = refund.amount - good - waits
    if rest == refund.amount:
        _send_again(refund, receipt)
    elif rest:
        part = _split_off(refund, rest)
        part.save(force_insert=True)
        _count(receipt, rest)
        _post_started(part)
    if good:
        made_good = _split_off(refund, good) if waits else refund
        made_good.state, made_good.ask_at = State.MADE_GOOD, None
        made_good.save()
        _count(receipt, good)
        if made_good.source == Account.CUSTOMER_DEPOSIT:
            legs = postings.refund_made_good(good)
            _post(made_good, Kind.REFUND_MADE_GOOD, legs)


def _split_off(refund: Refund, amount: int) -> Refund:
    """Another part under the refund's key for `amount` paise of it; neither is saved yet."""
    refund.amount -= amount
    parts = Refund.objects.filter(store_id=refund.store_id, key=refund.key)
    return Refund(
        store_id=refund.store_id,
        receipt_id=refund.receipt_id,
        purpose=refund.purpose,
        reference=refund.reference,
        key=refund.key,
        n=parts.aggregate(last=Max("n"))["last"] + 1,
        amount=amount,
        source=refund.source,
        reason=refund.reason,
        ask_at=now() + settings.REFUND_ASK_EVERY,
    )


def _send_again(refund: Refund, receipt: Receipt) -> None:
    """A failed refund is on its way once more; both are locked."""
    _count(receipt, refund.amount)
    refund.state, refund.ask_at = State.STARTED, now() + settings.REFUND_ASK_EVERY
    refund.tries += 1
    refund.save(update_fields=["state", "tries", "ask_at"])
    _post_started(refund)


def _count(receipt: Receipt, paise: int) -> None:
    """So much more of a locked receipt goes back, or less; of money for nothing that says whether there
    is still something to decide."""
    receipt.refunded += paise
    if receipt.outcome in (Receipt.Outcome.RETURNED, Receipt.Outcome.UNAPPLIED):
        receipt.outcome = (
            Receipt.Outcome.RETURNED if receipt.refunded else Receipt.Outcome.UNAPPLIED
        )
    receipt.save(update_fields=["refunded", "outcome"])


def _sum(receipt: Receipt, state: Refund.State) -> int:
    found = receipt.refunds.filter(state=state).aggregate(paise=Sum("amount", default=0))
    return int(found["paise"])


def retry_refund(*, store_id: UUID, refund_id: UUID) -> Refund:
    """Send a refund that failed for good once more, after staff have cleared the cause.

    Raises RefundTooLarge when its receipt has been sent back otherwise meanwhile.
    """
    with transaction.atomic():
        receipt_id = Refund.objects.values_list("receipt_id", flat=True).get(
            store_id=store_id, pk=refund_id
        )
        refund = Refund.objects.locked().get(store_id=store_id, pk=refund_id)
        receipt = Receipt.objects.locked().get(pk=receipt_id)
        if refund.state != State.FAILED:
            return refund
        if refund.amount > receipt.refundable:
            raise RefundTooLarge(left=receipt.refundable)
        _send_again(refund, receipt)
        return refund


def return_receipt(*, store_id: UUID, receipt_id: UUID, reason: str) -> Refund | None:
    """Send back money that counts towards nothing, once; None for money that does, or is the shop's."""
    receipt = Receipt.objects.select_related("attempt").get(store_id=store_id, pk=receipt_id)
    if receipt.outcome == Receipt.Outcome.KEPT:
        return None
    parts = list(Refund.objects.filter(store_id=store_id, key=receipt_key(receipt)).order_by("n"))
    if parts:
        for part in parts:
            retry_refund(store_id=store_id, refund_id=part.pk)
        return parts[0]
    with transaction.atomic():
        if attempt := receipt.attempt:
            payee_of(attempt.purpose).lock(store_id=store_id, reference=attempt.reference)
            PaymentAttempt.objects.locked().get(store_id=store_id, pk=attempt.pk)
        held = Receipt.objects.select_for_update(of=("self",), no_key=True).get(
            store_id=store_id, pk=receipt_id
        )
        if held.outcome != Receipt.Outcome.UNAPPLIED:
            return None
        return refund_receipt(receipt=held, reason=reason)


def claim_refunds_to_ask(*, limit: int) -> list[UUID]:
    """Take up to `limit` refunds that are due to be asked about or sent again."""
    moment = now()
    with transaction.atomic():
        refunds = list(
            Refund.objects.to_ask(moment).select_for_update(
                of=("self",), no_key=True, skip_locked=True
            )[:limit]
        )
        for refund in refunds:
            refund.ask_at = moment + settings.REFUND_ASK_EVERY
        Refund.objects.bulk_update(refunds, ["ask_at"])
    return [refund.pk for refund in refunds]


def read_bank_id(bank_id: str) -> tuple[UUID | None, int]:
    """The refund and the try that an id of the bank names; (None, 0) when it is none of ours."""
    head, _dash, tries = bank_id.partition("-")
    try:
        return UUID(hex=head), int(tries or 1)
    except ValueError:
        return None, 0


def _post(refund: Refund, kind: Kind, legs: postings.Legs) -> None:
    post(
        store_id=refund.store_id,
        key=f"{kind}:{refund.bank_id}",
        kind=kind,
        business_date=business_date(),
        legs=legs,
        reference=refund.reference,
    )
