"""The number of a document, and its row. The counter of a series is the last lock of all
(docs/stock.md), held only while the transaction commits."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection

from marketplace.core.clock import business_date
from marketplace.core.ids import ALPHABET, uuid7
from orders.invoicing.drafting import Content
from orders.invoicing.models import OURS, Document, Kind, Series
from orders.models import CounterSale, Order

# The first letter of a serial says what it is: the kinds of a shop never share a prefix.
LETTERS: Mapping[str, str] = {
    Kind.TAX_INVOICE: "T",
    Kind.BILL_OF_SUPPLY: "S",
    Kind.INVOICE_CUM_BILL: "M",
    Kind.BILL: "B",
    Kind.CREDIT_NOTE: "C",
    Kind.COMMISSION: "N",
    Kind.COMMISSION_NOTE: "R",
}
# CGST Rules 2017, rule 46(b)
LONGEST = 16
# So many characters tell the shops of one GSTIN apart: a few of a merchant's, all of them of ours.
# Where some are taken, others are tried so often.
MARKS, MARKS_OF_OURS, TRIES = 2, 7, 20


def issue(
    store_id: UUID,
    kind: Kind,
    content: Content,
    *,
    order: Order | None = None,
    sale: CounterSale | None = None,
    amends: Document | None = None,
    reference: UUID | None = None,
) -> Document:
    """Write down a document under the next number of its series; the caller's last step."""
    today = business_date()
    year = today.year if today.month >= 4 else today.year - 1
    series_id, prefix, number = _take_number(
        store_id=store_id, gstin=content["seller"]["gstin"], year=year, kind=kind
    )
    sums = {
        name: sum(line[name] for line in content["lines"])
        for name in ("taxable", "cgst", "sgst", "igst")
    }
    return Document.objects.create(
        store_id=store_id,
        order=order,
        sale=sale,
        kind=kind,
        series_id=series_id,
        number=number,
        serial=f"{prefix}-{number:0{min(6, LONGEST - len(prefix) - 1)}d}",
        amends=amends,
        reference=reference,
        issued_on=today,
        total=content["total"],
        content=content,
        **sums,
    )


def _take_number(*, store_id: UUID, gstin: str, year: int, kind: Kind) -> tuple[UUID, str, int]:
    """The next number of a series, held until the transaction ends: it is used, or never was."""
    series: dict[str, Any] = {"store_id": store_id, "gstin": gstin, "year": year, "kind": kind}
    for tried in range(TRIES):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE invoicing_series SET last = last + 1"
                " WHERE store_id = %(store_id)s AND gstin = %(gstin)s AND year = %(year)s"
                " AND kind = %(kind)s RETURNING id, prefix, last",
                series,
            )
            if row := cursor.fetchone():
                series_id, prefix, number = row
                return series_id, prefix, number
        _open_series(series, tried)
    raise IntegrityError(f"no prefix is free for {series}")


def _open_series(series: Mapping[str, Any], tried: int) -> None:
    """Begin a run of numbers; who else begins it at the same time, or has that prefix, is waited for."""
    count = MARKS_OF_OURS if series["kind"] in OURS else MARKS
    mark = int.from_bytes(sha256(f"{series['store_id']} {tried}".encode()).digest()[:8])
    marks = "".join(ALPHABET[mark >> 5 * n & 31] for n in range(count))
    prefix = f"{LETTERS[series['kind']]}{series['year'] % 100:02d}-{marks}"
    Series.objects.bulk_create([Series(id=uuid7(), prefix=prefix, **series)], ignore_conflicts=True)
