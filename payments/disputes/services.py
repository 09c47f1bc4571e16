"""A dispute is heard of from the bank, answered by the shop, and ended by the bank's word."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.errors import DomainError, InvalidInput
from payments.disputes.models import Dispute
from payments.ledger import postings
from payments.ledger.models import Account, Kind
from payments.ledger.postings import Legs
from payments.ledger.services import post
from payments.upi import bank_client
from payments.upi.bank_client import BankDispute, BankRefused
from payments.upi.models import BankEvent, Receipt, Refund
from payments.upi.services import BankWord, apply_bank_event, resolve_failed_refunds
from payments.upi.services.attempts import word_of

State = Dispute.State
Answer = Dispute.Answer

OPENED, ANSWERED, DECIDED = "dispute.opened", "dispute.answered", "dispute.decided"
LONGEST_EVIDENCE = 2000
# What the bank's status makes of a dispute in each state; anything else is old news.
_FORWARD: dict[str, dict[str, Dispute.State]] = {
    "CONTESTED": {State.OPEN: State.CONTESTED},
    "WON": {State.OPEN: State.WON, State.CONTESTED: State.WON},
    "LOST": {State.OPEN: State.LOST, State.CONTESTED: State.LOST},
}


class DisputeClosed(DomainError):
    """The dispute has been answered or decided, or its deadline has passed; nothing has changed."""

    code = "dispute_closed"
    message = _("This dispute can no longer be answered.")


def hear_dispute(data: Mapping[str, Any]) -> UUID | None:
    """The bank's word about a dispute, from `apply_bank_event` and in its transaction; the store,
    None for a payment that is not ours."""
    told = BankDispute.read(data)
    receipt_id = (
        Receipt.objects.filter(payment_id=told.payment_id).values_list("pk", flat=True).first()
    )
    if receipt_id is None:
        return None
    # Those under way too: one that fails at this moment is waited for here, or sees what we write.
    refunds = list(Refund.objects.filter(receipt=receipt_id).unfinished().order_by("pk").locked())
    receipt = Receipt.objects.locked().get(pk=receipt_id)
    dispute = _find_or_open(told, receipt)
    state = _FORWARD.get(told.status, {}).get(dispute.state)
    if state is not None:
        _move_on(dispute, receipt, state, told)
    if state in (State.WON, State.LOST):
        resolve_failed_refunds(receipt=receipt, refunds=refunds)
    return receipt.store_id


def _find_or_open(told: BankDispute, receipt: Receipt) -> Dispute:
    fresh = Dispute(
        store_id=receipt.store_id,
        receipt=receipt,
        dispute_id=told.dispute_id,
        amount=told.amount,
        reason=told.reason[:100],
        respond_by=told.respond_by,
        opened_at=told.opened_at,
    )
    # Two words at once: the second waits here for the first.
    Dispute.objects.bulk_create([fresh], ignore_conflicts=True)
    dispute = Dispute.objects.locked().get(dispute_id=told.dispute_id)
    if dispute.pk == fresh.pk:
        legs = postings.dispute_opened(dispute.amount, source=_lies_on(receipt))
        _post(dispute, Kind.DISPUTE_OPENED, legs)
        receipt.disputed += dispute.amount
        receipt.save(update_fields=["disputed"])
        _publish(OPENED, dispute)
    return dispute


def _lies_on(receipt: Receipt) -> Account:
    """Whose money is at stake: the shop's, or the payer's own where it counted towards nothing. A shop
    does not answer for money that was paid twice or too late, whether it has gone back yet or not."""
    counts = receipt.outcome in (Receipt.Outcome.APPLIED, Receipt.Outcome.KEPT)
    return Account.PAYABLE if counts else Account.UNAPPLIED_RECEIPTS


def _move_on(dispute: Dispute, receipt: Receipt, state: Dispute.State, told: BankDispute) -> None:
    dispute.state = state
    if state == State.WON:
        legs = postings.dispute_won(dispute.amount, source=_lies_on(receipt))
        _post(dispute, Kind.DISPUTE_WON, legs)
        receipt.disputed -= dispute.amount
    elif state == State.LOST:
        _post(dispute, Kind.DISPUTE_LOST, postings.dispute_lost(dispute.amount))
        receipt.disputed -= dispute.amount
        receipt.lost += dispute.amount
    receipt.save(update_fields=["disputed", "lost"])
    if state != State.CONTESTED:
        dispute.decided_at = told.completed_at
        _publish(DECIDED, dispute)
    dispute.save(update_fields=["state", "decided_at"])


def contest(*, store_id: UUID, dispute_id: UUID, evidence: str, actor: str) -> Dispute:
    """Answer with evidence; the outbox brings it to the bank. Once: raises DisputeClosed after that,
    and InvalidInput for no evidence or too much of it."""
    evidence = evidence.strip()
    if not 0 < len(evidence) <= LONGEST_EVIDENCE:
        raise InvalidInput(field="evidence", why=f"1-{LONGEST_EVIDENCE}")
    return _answer(store_id, dispute_id, Answer.CONTEST, evidence, actor)


def accept(*, store_id: UUID, dispute_id: UUID, actor: str) -> Dispute:
    """Let the customer have the money back. Raises DisputeClosed."""
    return _answer(store_id, dispute_id, Answer.ACCEPT, "", actor)


def _answer(
    store_id: UUID, dispute_id: UUID, answer: Dispute.Answer, evidence: str, actor: str
) -> Dispute:
    with transaction.atomic():
        dispute = Dispute.objects.locked().get(store_id=store_id, pk=dispute_id)
        if not dispute.can_be_answered:
            raise DisputeClosed
        dispute.answer, dispute.evidence = answer, evidence
        dispute.answered_by, dispute.answered_at = actor, now()
        dispute.save(update_fields=["answer", "evidence", "answered_by", "answered_at"])
        _publish(ANSWERED, dispute)
        return dispute


def send_answer(*, dispute: Dispute) -> None:
    """Bring the shop's answer to the bank and act on what it says. Not inside a transaction.

    An answer that the bank will not have any more is no answer: its word decides. Raises
    BankUnavailable; sent again later, it is sent once.
    """
    if dispute.state != State.OPEN or not dispute.answer:
        return
    try:
        if dispute.answer == Answer.CONTEST:
            told = bank_client.contest_dispute(
                dispute_id=dispute.dispute_id, evidence=dispute.evidence
            )
        else:
            told = bank_client.accept_dispute(dispute_id=dispute.dispute_id)
    except BankRefused:
        return
    apply_bank_event(word=word_of_dispute(told))


def word_of_dispute(told: Mapping[str, object]) -> BankWord:
    """What the bank answers of a dispute, as if it had sent it."""
    return word_of("dispute", str(told.get("dispute_id")), told, source=BankEvent.Source.POLL)


def _post(dispute: Dispute, kind: Kind, legs: Legs) -> None:
    post(
        store_id=dispute.store_id,
        key=f"{kind}:{dispute.dispute_id}",
        kind=kind,
        business_date=business_date(),
        legs=legs,
        reference=attempt.reference if (attempt := dispute.receipt.attempt) else dispute.receipt_id,
    )


def _publish(event: str, dispute: Dispute) -> None:
    payload = {"dispute": str(dispute.pk), "store_id": str(dispute.store_id)}
    outbox.publish(event, payload, store_id=dispute.store_id)
