"""What we take off shops' sales for the State: TCS, for our GSTR-8, and TDS (docs/documents.md).

The tax is read from the ledger, transaction by transaction; what it was taken of, and from whom, from
the document of the same sale or return. Amounts are paise.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from marketplace.core.money import in_rupees
from orders.invoicing.models import FOR_GOODS
from payments.ledger.models import Kind
from stores.shops.models import Store

Rows = Iterator[list[object]]

SOLD = (Kind.DELIVERY, Kind.CASH_DELIVERY, Kind.KHATA_DELIVERY)

# A sale is of the day on which it was delivered and posted. A return of goods on which nothing had
# been charged is not posted; it is of the day of its credit note.
_SUPPLIES = """
WITH supplied AS (
    SELECT txn.store_id, txn.id, document.content, document.taxable AS made, 0 AS returned
    FROM ledger_txn AS txn
    JOIN invoicing_document AS document
        ON document.store_id = txn.store_id AND document.order_id = txn.reference
        AND document.kind = ANY(%(for_goods)s)
    WHERE txn.business_date BETWEEN %(first)s AND %(last)s AND txn.kind = ANY(%(sold)s)
    UNION ALL
    SELECT document.store_id, txn.id, document.content, 0, document.taxable
    FROM invoicing_document AS document
    LEFT JOIN ledger_txn AS txn
        ON txn.store_id = document.store_id
        AND txn.idempotency_key = 'return:' || document.reference
    WHERE document.kind = 'credit_note' AND document.reference <> document.order_id
      AND document.issued_on BETWEEN %(first)s::date - 1 AND %(last)s::date + 1
      AND coalesce(txn.business_date, document.issued_on) BETWEEN %(first)s AND %(last)s
)
SELECT store_id, content -> 'seller' ->> 'gstin', content -> 'place' ->> 'code',
    content -> 'place' ->> 'state', (content ->> 'across_states')::boolean,
    sum(made), sum(returned), coalesce(sum(taken.tcs), 0)
FROM supplied
LEFT JOIN LATERAL (
    SELECT -sum(amount) AS tcs FROM ledger_leg
    WHERE store_id = supplied.store_id AND txn_id = supplied.id AND account = 'tcs_payable'
) AS taken ON true
GROUP BY 1, 2, 3, 4, 5
ORDER BY 2, 3, 1
"""

_SALES = """
SELECT txn.store_id, sum(document.total - (document.content ->> 'rounding')::bigint),
    coalesce(sum(taken.tds), 0)
FROM ledger_txn AS txn
JOIN invoicing_document AS document
    ON document.store_id = txn.store_id AND document.order_id = txn.reference
    AND document.kind = ANY(%(for_goods)s)
LEFT JOIN LATERAL (
    SELECT -sum(amount) AS tds FROM ledger_leg
    WHERE store_id = txn.store_id AND txn_id = txn.id AND account = 'tds_payable'
) AS taken ON true
WHERE txn.business_date BETWEEN %(first)s AND %(last)s AND txn.kind = ANY(%(sold)s)
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Supplies:
    """What a shop supplied through us in a month, under one GSTIN and to one state: the value without
    GST of what was sold and of what came back, and the TCS on it."""

    store: Store
    gstin: str
    place: str
    across: bool
    made: int
    returned: int
    tcs: int

    @property
    def table(self) -> str:
        return "3B" if self.gstin else "3.1"

    @property
    def net(self) -> int:
        return self.made - self.returned

    @property
    def integrated(self) -> int:
        """All of the TCS on supplies to another state (IGST Act s.20)."""
        return self.tcs if self.across else 0

    @property
    def central(self) -> int:
        """Half of the TCS within the state; of an odd sum the larger half."""
        return 0 if self.across else self.tcs - self.tcs // 2

    @property
    def of_state(self) -> int:
        return 0 if self.across else self.tcs // 2


@dataclass(frozen=True, slots=True)
class Sales:
    """What a shop sold through us in a month, with GST and delivery, and the TDS on it. Goods that
    come back later undo no TDS (see `postings.goods_returned`)."""

    store: Store
    gross: int
    tds: int


def supplies_in(first: date, last: date) -> list[Supplies]:
    """Table 3 of GSTR-8 and, last, 3.1: whose shops have no GSTIN. By GSTIN and place of supply."""
    rows = _ask(_SUPPLIES, first, last)
    stores = Store.objects.in_bulk({store_id for store_id, *_ in rows})
    found = [
        Supplies(
            store=stores[store_id],
            gstin=gstin,
            place=f"{code}-{state}" if code else "",
            across=across,
            made=int(made),
            returned=int(returned),
            tcs=int(tcs),
        )
        for store_id, gstin, code, state, across, made, returned, tcs in rows
    ]
    return sorted(found, key=lambda each: not each.gstin)


def sales_in(first: date, last: date) -> list[Sales]:
    """Every shop that sold in these days, by the name under which it pays tax."""
    rows = _ask(_SALES, first, last)
    stores = Store.objects.in_bulk({store_id for store_id, *_ in rows})
    found = [Sales(stores[store_id], int(gross), int(tds)) for store_id, gross, tds in rows]
    return sorted(found, key=lambda each: (each.store.legal_name, each.store.pk))


def gstr8(rows: Iterable[Supplies]) -> Rows:
    """Tables 3B (our buyers are consumers) and 3.1, where the PAN stands for the enrolment number."""
    yield [
        "Table",
        "GSTIN or PAN of Supplier",
        "Name of Supplier",
        "Gross Value of Supplies Made",
        "Value of Supplies Returned",
        "Net Amount",
        "Integrated Tax",
        "Central Tax",
        "State/UT Tax",
        "Place of Supply",
    ]
    for each in rows:
        amounts = (
            each.made,
            each.returned,
            each.net,
            each.integrated,
            each.central,
            each.of_state,
        )
        yield [
            each.table,
            each.gstin or each.store.pan,
            each.store.legal_name,
            *map(in_rupees, amounts),
            each.place,
        ]


def tds(rows: Iterable[Sales]) -> Rows:
    """What form 26Q asks of section 194-O; a shop without a PAN has none."""
    yield ["PAN", "Name", "Shop", "Gross Amount of Sales", "Tax Deducted"]
    for each in rows:
        names = [each.store.pan, each.store.legal_name, each.store.name]
        yield [*names, in_rupees(each.gross), in_rupees(each.tds)]


def _ask(sql: str, first: date, last: date) -> list[tuple[Any, ...]]:
    given: dict[str, Any] = {
        "first": first,
        "last": last,
        "sold": [str(kind) for kind in SOLD],
        "for_goods": [str(kind) for kind in FOR_GOODS],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()
