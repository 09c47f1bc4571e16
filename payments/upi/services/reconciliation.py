"""The bank's file of a day against our books, row by row, to the paisa."""

import csv
import io
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from marketplace.core.clock import INDIA, now
from payments.upi import bank_client
from payments.upi.bank_client import BankUnavailable
from payments.upi.models import BankEvent, Difference, Receipt, ReconciledDay, Refund
from payments.upi.services.attempts import word_of_payment
from payments.upi.services.events import apply_bank_event

logger = logging.getLogger(__name__)

PAYMENT, REFUND = "payment", "refund"


@dataclass(frozen=True, slots=True)
class Entry:
    """What our books have under one id of the bank, in paise, and whose it is."""

    amount: int
    store_id: UUID | None


# What our books have between two instants, by the bank's id.
Entries = Callable[[datetime, datetime], dict[str, Entry]]


@dataclass(frozen=True, slots=True)
class Book:
    """Our side of some rows of the file: whose id is in `column`, which types count how, and
    whether such a movement brings money in (1) or takes it out (-1)."""

    movement: str
    column: str
    signs: Mapping[str, int]
    direction: int
    entries: Entries


_books: list[Book] = []


def keep_book(book: Book) -> None:
    """Have `reconcile` compare these rows too; called from the AppConfig of the book's owner."""
    _books.append(book)


def direction_of(movement: str) -> int:
    """1 where such a movement brings us money, -1 where it takes money out."""
    return next(book.direction for book in _books if book.movement == movement)


def reconcile(*, day: date) -> list[Difference]:
    """Take in what the file of an Indian calendar day shows and we had missed; note what differs.

    Successes that no webhook brought go through `apply_bank_event` first, so only true differences
    are left; returns those. Again, it settles those of the day that are gone and opens what is new.
    Not inside a transaction. Raises BankUnavailable.
    """
    rows = read_file(bank_client.reconciliation_file(day=day))
    for row in rows:
        if row["type"] == PAYMENT and (row["tr"] or row.get("payee_vpa")):
            _take_in(row)
    with transaction.atomic():
        take_turns()
        pages = [_compare(day, book, rows) for book in _books]
        ReconciledDay.objects.update_or_create(
            day=day,
            defaults={
                "matched": sum(page.matched for page in pages),
                "file_net": sum(page.theirs for page in pages),
                "books_net": sum(page.ours for page in pages),
                "compared_at": now(),
            },
        )
        found = _note(day, [each for page in pages for each in page.differences])
    for difference in found:
        logger.error("The bank's books differ: %s %s", difference.kind, difference)
    return found


def read_file(text: str) -> list[dict[str, str]]:
    """The rows of the bank's CSV; raises BankUnavailable for a file that is not one."""
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        if not row.get("type") or not str(row.get("amount")).isdecimal():
            raise BankUnavailable("nonsense", f"a row of the file is {row}")
    return rows


def _take_in(row: Mapping[str, str]) -> None:
    word = word_of_payment(
        {
            "payment_id": row["payment_id"],
            "tr": row["tr"],
            "amount": int(row["amount"]),
            "status": "SUCCESS",
            "code": "00",
            "rrn": row["rrn"],
            "payer_vpa": row["counterparty_vpa"],
            "payee_vpa": row.get("payee_vpa", ""),
            "completed_at": row["at"],
        },
        source=BankEvent.Source.FILE,
    )
    try:
        apply_bank_event(word=word)
    except Exception:
        # One row that breaks must not hide the others; it shows as a difference.
        logger.exception("The payment %s of the file could not be taken in.", row["payment_id"])


@dataclass(frozen=True, slots=True)
class Page:
    """One book of a day beside the file: what differs, on how many lines both agree, and what each
    has, in less out."""

    differences: list[Difference]
    matched: int
    theirs: int
    ours: int


def _compare(day: date, book: Book, rows: list[dict[str, str]]) -> Page:
    theirs, lines = _theirs(book, rows)
    ours = _ours(day, book)
    both = sorted(theirs.keys() | ours.keys())
    found = []
    for reference in both:
        entry, amount = ours.get(reference), theirs.get(reference)
        if entry is not None and entry.amount == amount:
            continue
        kind = Difference.Kind.AMOUNT
        if entry is None:
            kind = Difference.Kind.NOT_OURS
        elif amount is None:
            kind = Difference.Kind.NOT_AT_BANK
        found.append(
            Difference(
                day=day,
                kind=kind,
                movement=book.movement,
                bank_reference=reference,
                store_id=entry.store_id if entry else None,
                ours=entry.amount if entry else None,
                theirs=amount,
                bank_row=lines.get(reference, {}),
            )
        )
    return Page(
        differences=found,
        matched=len(both) - len(found),
        theirs=book.direction * sum(theirs.values()),
        ours=book.direction * sum(entry.amount for entry in ours.values()),
    )


def _theirs(
    book: Book, rows: list[dict[str, str]]
) -> tuple[dict[str, int], dict[str, dict[str, str]]]:
    """The file's sum per id, and its last row; what went out and came back the same day is nothing."""
    sums: dict[str, int] = defaultdict(int)
    lines: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["type"] in book.signs:
            sums[row[book.column]] += book.signs[row["type"]] * int(row["amount"])
            lines[row[book.column]] = row
    return {reference: amount for reference, amount in sums.items() if amount}, lines


def _ours(day: date, book: Book) -> dict[str, Entry]:
    """What our books have, with what was corrected in them."""
    start = datetime.combine(day, time.min, INDIA)
    entries = book.entries(start, start + timedelta(days=1))
    for settled in Difference.objects.corrected().filter(day=day, movement=book.movement):
        entry = entries.get(settled.bank_reference, Entry(0, settled.store_id))
        entries[settled.bank_reference] = Entry(entry.amount + settled.missing, entry.store_id)
    return {reference: entry for reference, entry in entries.items() if entry.amount}


def _note(day: date, found: Sequence[Difference]) -> list[Difference]:
    """Bring the open differences of the day up to date; returns those that are open now."""
    known = {
        (each.movement, each.bank_reference): each
        for each in Difference.objects.open().filter(day=day)
    }
    left = []
    for each in found:
        same = known.pop((each.movement, each.bank_reference), None)
        if same is None:
            each.save(force_insert=True)
            same = each
        elif (same.kind, same.ours, same.theirs) != (each.kind, each.ours, each.theirs):
            same.kind, same.ours, same.theirs = each.kind, each.ours, each.theirs
            same.store_id, same.bank_row = each.store_id, each.bank_row
            same.save()
        if not _on_another_day(same):
            left.append(same)
    for gone in known.values():
        settle(gone, Difference.Settled.AGREES)
    return left


def _on_another_day(difference: Difference) -> bool:
    """Whether the file of another day makes up for it to the paisa; both are settled then."""
    others = Difference.objects.open().filter(
        movement=difference.movement, bank_reference=difference.bank_reference
    )
    for other in others.exclude(pk=difference.pk):
        if other.missing == -difference.missing:
            for each in (difference, other):
                settle(each, Difference.Settled.OTHER_DAY)
            return True
    return False


def settle(
    difference: Difference,
    how: Difference.Settled,
    *,
    by: UUID | None = None,
    note: str = "",
) -> None:
    """Write down how a difference was settled; in the caller's transaction, which had its turn."""
    difference.settled, difference.settled_at = how, now()
    difference.settled_by, difference.note = by, note
    difference.save()
    if how != Difference.Settled.AGREES:
        ReconciledDay.objects.filter(day=difference.day).update(
            books_net=F("books_net") + direction_of(difference.movement) * difference.missing
        )


def take_turns() -> None:
    """Wait until nobody else compares or settles: differences change only under this, which is held
    until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('reconciliation', 0))")


def _receipts(start: datetime, end: datetime) -> dict[str, Entry]:
    rows = Receipt.objects.filter(completed_at__gte=start, completed_at__lt=end)
    return {row.payment_id: Entry(row.amount, row.store_id) for row in rows}


def _refunds(start: datetime, end: datetime) -> dict[str, Entry]:
    rows = Refund.objects.filter(completed_at__gte=start, completed_at__lt=end)
    return {row.bank_id: Entry(row.amount, row.store_id) for row in rows}


keep_book(Book(PAYMENT, "payment_id", {PAYMENT: 1}, 1, _receipts))
keep_book(Book(REFUND, "refund_id", {REFUND: 1}, -1, _refunds))
