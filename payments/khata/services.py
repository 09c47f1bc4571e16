"""Writing in a khata: credit given, money back, and a line struck out by another line."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.services import normalise_phone
from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.errors import DomainError, InvalidInput
from marketplace.core.ids import uuid7
from marketplace.core.locks import busy_when_locked
from marketplace.core.money import rupees
from payments.khata.models import Khata, KhataEntry
from payments.khata.selectors import owed_by
from payments.ledger import postings
from payments.ledger.models import Kind as Posting
from payments.ledger.services import KeyReused, post, reverse

Kind = KhataEntry.Kind

PAID = "khata.paid"
PAID_BACK = (Kind.CASH, Kind.UPI)
_POSTED_AS = {
    Kind.SALE: Posting.KHATA_CHARGED,
    Kind.CARRIED: Posting.KHATA_CHARGED,
    Kind.CASH: Posting.KHATA_PAID_BACK,
    Kind.UPI: Posting.KHATA_PAID_BY_UPI,
}

# One lakh rupees is what a kirana shop would lend nobody.
HIGHEST_LIMIT = 1_00_000_00


class KhataOpen(DomainError):
    """The number has an open khata in this shop; nothing has changed."""

    code = "khata_open"
    message = _("%(phone)s has a khata already: %(name)s.")


class KhataClosed(DomainError):
    """Nothing is written in a closed khata."""

    code = "khata_closed"
    message = _("This khata is closed.")


class OverLimit(DomainError):
    """More would be owed than the shop gives; nothing has been written."""

    code = "over_limit"
    message = _("%(name)s owes %(owed)s of at most %(limit)s: only %(left)s more on khata.")


class PaidTooMuch(DomainError):
    """More would be paid back than is owed; nothing has been written."""

    code = "paid_too_much"
    message = _("Only %(owed)s is owed.")


class CannotUndo(DomainError):
    """The line is a sale, or has been struck out before; nothing has been written."""

    code = "cannot_undo"
    message = _("This line cannot be struck out.")


def open_khata(*, store_id: UUID, phone: str, name: str, limit: int, actor: str) -> Khata:
    """Give a customer credit up to `limit` paise. Raises InvalidPhone, InvalidInput, KhataOpen."""
    khata = Khata(
        store_id=store_id,
        phone=normalise_phone(phone),
        name=_named(name),
        limit=_limited(limit),
        opened_by=actor,
    )
    try:
        with transaction.atomic():
            khata.save(force_insert=True)
    except IntegrityError as error:
        known = Khata.objects.of_store(store_id).open().filter(phone=khata.phone).first()
        if known is None:
            raise
        raise KhataOpen(phone=khata.phone, name=known.name) from error
    return khata


def change_khata(*, store_id: UUID, khata_id: UUID, name: str, limit: int) -> Khata:
    """Call it otherwise, or give more or less credit; what is owed already stays owed. Raises
    InvalidInput and KhataClosed."""
    with transaction.atomic():
        khata = _lock(store_id, khata_id)
        khata.name, khata.limit = _named(name), _limited(limit)
        khata.save(update_fields=["name", "limit"])
        return khata


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
    entry = KhataEntry(kind=kind, amount=amount, reference=reference)
    return _write(entry, store_id, khata_id, key, actor, note)


def pay_back_cash(
    *, store_id: UUID, khata_id: UUID, amount: int, key: str, actor: str, note: str = ""
) -> KhataEntry:
    """The customer paid `amount` paise into the shop's own till, once per key.

    Raises KhataClosed, PaidTooMuch, InvalidInput, KeyReused, Busy; then nothing is written.
    """
    entry = KhataEntry(kind=Kind.CASH, amount=-amount)
    return _write(entry, store_id, khata_id, key, actor, note)


def pay_back_by_upi(*, khata: Khata, amount: int) -> KhataEntry:
    """Money that came for a locked khata, which owes so much; in the payment's own transaction."""
    entry = KhataEntry(kind=Kind.UPI, amount=-amount)
    return _write(entry, khata.store_id, khata.pk, uuid7().hex, "bank", "")


def _write(
    entry: KhataEntry, store_id: UUID, khata_id: UUID, key: str, actor: str, note: str
) -> KhataEntry:
    if (entry.amount > 0) is (entry.kind in PAID_BACK) or not entry.amount:
        raise InvalidInput(field="amount", why=str(entry.amount))
    if not 0 < len(key) <= 80:
        raise InvalidInput(field="key", why="1-80 characters")
    with busy_when_locked(), transaction.atomic():
        khata = _lock(store_id, khata_id)
        key = f"{entry.kind}:{key}"
        earlier = KhataEntry.objects.filter(store_id=store_id, key=key).first()
        if earlier is not None:
            if (earlier.khata_id, earlier.amount) != (khata.pk, entry.amount):
                raise KeyReused(key=key)
            return earlier
        entry.after, entry.limit = _stands_after(khata, entry.amount), khata.limit
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

    Raises CannotUndo, PaidTooMuch when what it added has been paid back, KhataClosed, Busy.
    """
    with busy_when_locked(), transaction.atomic():
        khata = _lock(store_id, khata_id)
        entry = KhataEntry.objects.of(khata).select_related("undone_by").get(pk=entry_id)
        if not entry.can_be_undone:
            raise CannotUndo
        struck_out = KhataEntry(
            id=uuid7(),
            store_id=store_id,
            khata=khata,
            kind=Kind.UNDONE,
            amount=-entry.amount,
            after=_stands_after(khata, -entry.amount, again=entry.amount < 0),
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


def lock_khata(*, store_id: UUID, khata_id: UUID) -> None:
    """Hold a khata before listings are held, as the order of locks wants it. Raises InvalidInput and
    KhataClosed."""
    _lock(store_id, khata_id)


def close_khata(*, store_id: UUID, khata_id: UUID) -> Khata:
    """Give no more credit; nothing may be owed. Raises PaidTooMuch, which says what is, and
    KhataClosed."""
    with transaction.atomic():
        khata = _lock(store_id, khata_id)
        if owed := owed_by(khata):
            raise StillOwed(owed=rupees(owed))
        khata.closed_at = now()
        khata.save(update_fields=["closed_at"])
        return khata


class StillOwed(DomainError):
    """A khata on which something is owed is not closed."""

    code = "still_owed"
    message = _("%(owed)s is still owed.")


def _stands_after(khata: Khata, amount: int, *, again: bool = False) -> int:
    """What is owed with so much more, or less if negative; under the khata's lock. `again`: it was
    owed before, so the limit does not matter. Raises OverLimit and PaidTooMuch."""
    owed = owed_by(khata)
    if amount > 0 and not again and owed + amount > khata.limit:
        raise OverLimit(
            name=khata.name,
            owed=rupees(owed),
            limit=rupees(khata.limit),
            left=rupees(max(khata.limit - owed, 0)),
        )
    if owed + amount < 0:
        raise PaidTooMuch(owed=rupees(owed))
    return owed + amount


def _lock(store_id: UUID, khata_id: UUID) -> Khata:
    khata = Khata.objects.locked().filter(store_id=store_id, pk=khata_id).first()
    if khata is None:
        raise InvalidInput(field="khata", why=str(khata_id))
    if khata.closed_at is not None:
        raise KhataClosed
    return khata


def _named(name: str) -> str:
    if not 0 < len(name.strip()) <= 120:
        raise InvalidInput(field="name", why="1-120")
    return name.strip()


def _limited(limit: int) -> int:
    if not 0 <= limit <= HIGHEST_LIMIT:
        raise InvalidInput(field="limit", why=rupees(HIGHEST_LIMIT))
    return limit
