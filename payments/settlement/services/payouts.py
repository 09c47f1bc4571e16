"""A settlement's money to the shop. The bank is asked by one id, and again by the same."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.ids import uuid7
from payments.ledger import postings
from payments.ledger.models import Account, Kind
from payments.ledger.services import Leg, post
from payments.settlement.models import Payout, Settlement
from payments.upi import bank_client
from payments.upi.bank_client import BankPayout, BankRefused, BankUnavailable, BankUnknown
from stores.shops.models import Store

State = Payout.State

PAYOUT_READY = "payout.ready"
SETTLEMENT_PAID = "settlement.paid"
# Collections and payouts share one account at the bank, so clearing always equals its file.
PAID_FROM = Account.PSP_CLEARING


def send_payout(*, payout: UUID) -> Payout:
    """Bring a payout to the bank, or ask what became of it, and act on the answer.

    Not inside a transaction. Raises BankUnavailable when nothing can be known now: the same payout
    is then asked about later, never sent under another id.
    """
    row = Payout.objects.select_related("settlement").get(pk=payout)
    if row.state in (State.CONFIRMED, State.FAILED):
        return row
    if row.state == State.READY and _earlier_one_was_paid(row):
        row.refresh_from_db()
        return row
    told = _find_or_send(row)
    with transaction.atomic():
        apply_payout(told)
    row.refresh_from_db()
    return row


def _earlier_one_was_paid(row: Payout) -> bool:
    """Whether the bank has made good the payout that it had reported as failed."""
    earlier = Payout.objects.filter(settlement=row.settlement_id, n=row.n - 1).first()
    if earlier is None:
        return False
    try:
        told = bank_client.find_payout(payout_id=earlier.payout_id)
    except BankUnknown:
        return False
    if told.status == "FAILED":
        return False
    with transaction.atomic():
        apply_payout(told)
    return True


def _find_or_send(row: Payout) -> BankPayout:
    if row.state == State.SENT:
        try:
            return bank_client.find_payout(payout_id=row.payout_id)
        except BankUnknown:
            pass  # it never reached the bank
    vpa = _address(row)
    try:
        return bank_client.send_payout(
            payout_id=row.payout_id,
            vpa=vpa,
            amount=row.amount,
            note=f"Nukkad {row.settlement.business_date}",
        )
    except (BankUnavailable, BankRefused) as trouble:
        try:
            return bank_client.find_payout(payout_id=row.payout_id)
        except BankUnknown:
            if isinstance(trouble, BankUnavailable):
                raise trouble from None
            return BankPayout(row.payout_id, row.amount, "FAILED", trouble.code, "", None, now())


def _address(row: Payout) -> str:
    """Where to pay, written down before the first sending: a repeated request must be the same."""
    with transaction.atomic():
        held = Payout.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
        if not held.vpa:
            held.vpa = Store.objects.values_list("payout_vpa", flat=True).get(pk=row.store_id)
            held.save(update_fields=["vpa"])
    return held.vpa


def hear_payout(data: Mapping[str, Any]) -> UUID | None:
    """The bank's word about a payout, from `apply_bank_event`."""
    return apply_payout(BankPayout.read(data))


def apply_payout(told: BankPayout) -> UUID | None:
    """Act on the bank's word about a payout, in the caller's transaction; its store, None if not ours.

    A definite failure makes the settlement ready again, to be sent as another payout after a wait
    of settings.PAYOUT_RETRIES; after the last wait people decide.
    """
    found = Payout.objects.filter(payout_id=told.payout_id).values_list("settlement_id").first()
    if found is None:
        return None
    settlement = Settlement.objects.locked().get(pk=found[0])
    row = Payout.objects.select_for_update(of=("self",), no_key=True).get(payout_id=told.payout_id)
    if row.state == State.CONFIRMED:
        return row.store_id
    row.code, row.utr = told.code, told.utr
    if told.status == "SUCCESS":
        _confirm(row, settlement, told)
    elif told.status == "FAILED":
        if row.state != State.FAILED:
            _fail(row, settlement, told)
    elif row.state in (State.READY, State.SENT):
        row.state, row.ask_at = State.SENT, now() + settings.PAYOUT_ASK_EVERY
        row.sent_at = row.sent_at or told.sent_at
        settlement.state = Settlement.State.SENT
    row.save()
    settlement.save()
    return row.store_id


def _confirm(row: Payout, settlement: Settlement, told: BankPayout) -> None:
    row.state, row.ask_at = State.CONFIRMED, None
    row.sent_at, row.completed_at = row.sent_at or told.sent_at, told.completed_at
    paid_already = settlement.state == Settlement.State.CONFIRMED
    legs = postings.payout_confirmed(row.amount, paid_from=PAID_FROM)
    if paid_already:
        # A payout that had failed was paid after all, and so was the one in its place: the shop
        # owes one of them, and its next settlements carry that.
        legs = [Leg(Account.PAYABLE, row.amount), Leg(PAID_FROM, -row.amount)]
    post(
        store_id=row.store_id,
        key=f"payout:{row.payout_id}",
        kind=Kind.PAYOUT_CONFIRMED,
        business_date=business_date(),
        legs=legs,
        reference=settlement.pk,
        effective_at=told.completed_at,
    )
    if paid_already:
        return
    # One that waits to be sent in its place is not needed any more; one already sent is heard of.
    settlement.payouts.filter(state=State.READY).exclude(pk=row.pk).update(
        state=State.FAILED, code="superseded", ask_at=None
    )
    settlement.state = Settlement.State.CONFIRMED
    settlement.utr, settlement.paid_at = told.utr, told.completed_at
    outbox.publish(
        SETTLEMENT_PAID,
        {"settlement_id": str(settlement.pk), "store_id": str(settlement.store_id)},
        store_id=settlement.store_id,
    )


def _fail(row: Payout, settlement: Settlement, told: BankPayout) -> None:
    row.state, row.ask_at, row.completed_at = State.FAILED, None, told.completed_at
    row.save()
    if settlement.state == Settlement.State.CONFIRMED:
        return
    waits: tuple[timedelta, ...] = settings.PAYOUT_RETRIES
    if row.n > len(waits):
        settlement.state = Settlement.State.FAILED
        return
    settlement.state = Settlement.State.READY
    _next(row, settlement, wait=waits[row.n - 1])


def _next(row: Payout, settlement: Settlement, *, wait: timedelta) -> Payout:
    following = Payout(
        id=uuid7(),
        store_id=row.store_id,
        settlement=settlement,
        n=row.n + 1,
        payout_id=f"{settlement.key}.{row.n + 1}",
        amount=row.amount,
        ask_at=now() + wait,
    )
    following.save(force_insert=True)
    return following


def retry_payout(*, store_id: UUID, settlement_id: UUID) -> Settlement:
    """Try a settlement that failed for good once more, after staff have cleared the cause."""
    with transaction.atomic():
        settlement = Settlement.objects.locked().get(store_id=store_id, pk=settlement_id)
        if settlement.state != Settlement.State.FAILED:
            return settlement
        last = settlement.payouts.order_by("-n")[0]
        settlement.state = Settlement.State.READY
        settlement.save(update_fields=["state"])
        following = _next(last, settlement, wait=timedelta())
        outbox.publish(PAYOUT_READY, {"payout": str(following.pk)}, store_id=store_id)
        return settlement


def claim_payouts_to_ask(*, limit: int) -> list[UUID]:
    """Take up to `limit` payouts that are due to be sent or asked about."""
    moment = now()
    with transaction.atomic():
        payouts = list(
            Payout.objects.to_ask(moment).select_for_update(
                of=("self",), no_key=True, skip_locked=True
            )[:limit]
        )
        for payout in payouts:
            payout.ask_at = moment + settings.PAYOUT_ASK_EVERY
        Payout.objects.bulk_update(payouts, ["ask_at"])
    return [payout.pk for payout in payouts]
