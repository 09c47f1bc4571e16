"""The bank's file of a day against our books, row by row, to the paisa."""

import csv
import io
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from marketplace.core.clock import INDIA
from payments.upi import bank_client
from payments.upi.bank_client import BankUnavailable
from payments.upi.models import BankEvent, Difference, Receipt, Refund
from payments.upi.services.attempts import word_of_payment
from payments.upi.services.events import apply_bank_event

logger = logging.getLogger(__name__)

PAYMENT, REFUND = "payment", "refund"


@dataclass(frozen=True, slots=True)
class Entry:
    """What our books have under one id of the bank, in paise, and whose it is."""

    amount: int
    store_id: UUID


# What our books have between two instants, by the bank's id.
Entries = Callable[[datetime, datetime], dict[str, Entry]]


@dataclass(frozen=True, slots=True)
class Book:
    """Our side of some rows of the file: whose id is in `column`, and which types count how."""

    movement: str
    column: str
    signs: Mapping[str, int]
    entries: Entries


_books: list[Book] = []


def keep_book(book: Book) -> None:
    """Have `reconcile` compare these rows too; called from the AppConfig of the book's owner."""
    _books.append(book)


def reconcile(*, day: date) -> list[Difference]:
    """Take in what the file of an Indian calendar day shows and we had missed; note what differs.

    Successes that no webhook brought go through `apply_bank_event` first, so only true differences
    stay. Run again, it replaces that day's differences. Not inside a transaction. Raises
    BankUnavailable.
    """
    rows = read_file(bank_client.reconciliation_file(day=day))
    for row in rows:
        if row["type"] == PAYMENT and row["tr"]:
            _take_in(row)
    start = datetime.combine(day, time.min, INDIA)
    found = [
        difference
        for book in _books
        for difference in _compare(
            day,
            book.movement,
            theirs=_theirs(book, rows),
            ours=book.entries(start, start + timedelta(days=1)),
        )
    ]
    with transaction.atomic():
        Difference.objects.filter(day=day).delete()
        Difference.objects.bulk_create(found)
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
            "completed_at": row["at"],
        },
        source=BankEvent.Source.FILE,
    )
    try:
        apply_bank_event(word=word)
    except Exception:
        # One row that breaks must not hide the others; it shows as a difference.
        logger.exception("The payment %s of the file could not be taken in.", row["payment_id"])


def _theirs(book: Book, rows: list[dict[str, str]]) -> dict[str, int]:
    """The file's sum per id; what went out and came back the same day is nothing."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["type"] in book.signs:
            sums[row[book.column]] += book.signs[row["type"]] * int(row["amount"])
    return {reference: amount for reference, amount in sums.items() if amount}


def _compare(
    day: date, movement: str, *, theirs: Mapping[str, int], ours: Mapping[str, Entry]
) -> list[Difference]:
    found = []
    for reference in sorted(theirs.keys() | ours.keys()):
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
                movement=movement,
                bank_reference=reference,
                store_id=entry.store_id if entry else None,
                ours=entry.amount if entry else None,
                theirs=amount,
            )
        )
    return found


def _receipts(start: datetime, end: datetime) -> dict[str, Entry]:
    rows = Receipt.objects.filter(completed_at__gte=start, completed_at__lt=end)
    return {row.payment_id: Entry(row.amount, row.store_id) for row in rows}


def _refunds(start: datetime, end: datetime) -> dict[str, Entry]:
    rows = Refund.objects.filter(completed_at__gte=start, completed_at__lt=end)
    return {row.bank_id: Entry(row.amount, row.store_id) for row in rows}


keep_book(Book(PAYMENT, "payment_id", {PAYMENT: 1}, _receipts))
keep_book(Book(REFUND, "refund_id", {REFUND: 1}, _refunds))
