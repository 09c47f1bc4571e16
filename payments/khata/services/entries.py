"""Writing in a khata: credit given, money back, and a line struck out by another line."""

from uuid import UUID

from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import business_date
from marketplace.core.errors import InvalidInput, characters
from marketplace.core.ids import uuid7
from marketplace.core.locks import busy_when_locked
from payments.khata.errors import CannotUndo
from payments.khata.models import Khata, KhataEntry
from payments.khata.services.limits import check_limit, lock_khata, stands_after
from payments.ledger import postings
from payments.ledger.models import Kind as Posting
from payments.ledger.services import KeyReused, post, reverse

Kind = KhataEntry.Kind

PAID = "khata.paid"
_POSTED_AS = {
    Kind.SALE: Posting.KHATA_CHARGED,
    Kind.ORDER: Posting.KHATA_CHARGED,
    Kind.CARRIED: Posting.KHATA_CHARGED,
    Kind.RETURN: Posting.KHATA_PAID_BACK,
    Kind.CASH: Posting.KHATA_PAID_BACK,
    Kind.UPI: Posting.KHATA_PAID_BY_UPI,
}


def charge(
    *,
    store_id: UUID,
    khata_id: UUID,
    kind: str,
    amount: int,
    key: str,
    actor: str,
    reference: UUID | None = None,
    note: str = "",
) -> KhataEntry:
    """Write down `amount` paise more that is owed, once per key; part of the caller's transaction.

    Raises KhataClosed, OverLimit, InvalidInput, KeyReused, Busy; then nothing is written.
    """
    if amount <= 0:
        raise InvalidInput(field="amount", why=str(amount))
    with busy_when_locked(), transaction.atomic():
        khata = lock_khata(store_id=store_id, khata_id=khata_id)
        entry = KhataEntry(kind=kind, amount=amount, reference=reference)
        return write(entry, khata, key=key, actor=actor, note=note, checked=True)


def pay_back_cash(
    *, store_id: UUID, khata_id: UUID, amount: int, key: str, actor: str, note: str = ""
) -> KhataEntry:
    """The customer paid `amount` paise into the shop's own till, once per key.

    Raises KhataClosed, PaidTooMuch, InvalidInput, KeyReused, Busy; then nothing is written.
    """
    if amount <= 0:
        raise InvalidInput(field="amount", why=str(amount))
    with busy_when_locked(), transaction.atomic():
        khata = lock_khata(store_id=store_id, khata_id=khata_id)
        entry = KhataEntry(kind=Kind.CASH, amount=-amount)
        return write(entry, khata, key=key, actor=actor, note=note)


def pay_back_by_upi(*, khata: Khata, amount: int) -> KhataEntry:
    """Money that came for a locked khata, which owes so much; in the payment's own transaction."""
    entry = KhataEntry(kind=Kind.UPI, amount=-amount)
    return write(entry, khata, key=uuid7().hex, actor="bank", note="")


def write(
    entry: KhataEntry, khata: Khata, *, key: str, actor: str, note: str, checked: bool = False
) -> KhataEntry:
    """Write a line into a locked khata and post it, once per kind and key; `checked` against the limit.

    Raises OverLimit, PaidTooMuch, KeyReused, InvalidInput.
    """
    if not 0 < len(key) <= 80:
        raise InvalidInput(field="key", why=characters(1, 80))
    store_id, key = khata.store_id, f"{entry.kind}:{key}"
    earlier = KhataEntry.objects.filter(store_id=store_id, key=key).first()
    if earlier is not None:
        if (earlier.khata_id, earlier.amount) != (khata.pk, entry.amount):
            raise KeyReused(key=key)
        return earlier
    if checked:
        check_limit(khata, entry.amount)
    entry.after, entry.limit = stands_after(khata, entry.amount), khata.limit
    entry.store_id, entry.khata, entry.key = store_id, khata, key
    entry.actor, entry.note = actor, note.strip()[:200]
    entry.txn_id = post(
        store_id=store_id,
        key=f"khata:{key}",
        kind=_POSTED_AS[Kind(entry.kind)],
        business_date=business_date(),
        legs=(
            postings.khata_paid_by_upi(-entry.amount, party_id=khata.pk)
            if entry.kind == Kind.UPI
            else postings.khata(entry.amount, party_id=khata.pk)
        ),
        reference=entry.reference or khata.pk,
    )
    entry.save(force_insert=True)
    if entry.kind == Kind.UPI:
        payload = {"entry": str(entry.pk), "store_id": str(store_id)}
        outbox.publish(PAID, payload, store_id=store_id)
    return entry


def undo(*, store_id: UUID, khata_id: UUID, entry_id: UUID, actor: str) -> KhataEntry:
    """Strike out a line that was written by hand: another line undoes it, both stay.

    What is owed again because of it was within the limit once. Raises CannotUndo, PaidTooMuch when
    what the line added has been paid back, KhataClosed, Busy.
    """
    with busy_when_locked(), transaction.atomic():
        khata = lock_khata(store_id=store_id, khata_id=khata_id)
        entry = KhataEntry.objects.of(khata).select_related("undone_by").get(pk=entry_id)
        if not entry.can_be_undone:
            raise CannotUndo
        struck_out = KhataEntry(
            id=uuid7(),
            store_id=store_id,
            khata=khata,
            kind=Kind.UNDONE,
            amount=-entry.amount,
            after=stands_after(khata, -entry.amount),
            limit=khata.limit,
            key=f"{Kind.UNDONE}:{entry.pk}",
            undoes=entry,
            actor=actor,
            txn_id=reverse(
                store_id=store_id,
                txn_id=entry.txn_id,
                key=f"khata:undone:{entry.pk}",
                business_date=business_date(),
            ),
        )
        struck_out.save(force_insert=True)
        return struck_out
