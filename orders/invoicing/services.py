"""Issuing documents. Every function runs in its caller's transaction, as its last step: the counter
of a series is the last lock of all (docs/stock.md), held only while the transaction commits."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection

from marketplace.core.clock import business_date
from marketplace.core.ids import ALPHABET, uuid7
from orders.delivery_fee import share_fee
from orders.invoicing.drafting import (
    Content,
    draft,
    draft_commission,
    draft_counter_bill,
    fee_as_charged,
    kind_of,
    returned,
    whole,
)
from orders.invoicing.models import FOR_GOODS, Document, Kind, Series
from orders.models import CounterSale, CounterSaleLine, Order, OrderLine
from payments.settlement.models import Settlement
from stores.shops.models import Store

# The first letter of a serial says what it is: the kinds of a shop never share a prefix.
LETTERS: Mapping[str, str] = {
    Kind.TAX_INVOICE: "T",
    Kind.BILL_OF_SUPPLY: "S",
    Kind.INVOICE_CUM_BILL: "M",
    Kind.BILL: "B",
    Kind.CREDIT_NOTE: "C",
    Kind.COMMISSION: "N",
}
# CGST Rules 2017, rule 46(b)
LONGEST = 16
# So many characters tell the shops of one GSTIN apart: a few of a merchant's, all of them of ours.
# Where some are taken, others are tried so often.
MARKS, MARKS_OF_OURS, TRIES = 2, 7, 20


def issue_invoice(order: Order, lines: Iterable[OrderLine]) -> Document:
    """The document of an order that has just been packed, with its lines as they are billed."""
    lines = list(lines)
    content = draft(
        order, whole(lines), share_fee(order.delivery_fee, lines), rounding=order.rounding
    )
    kind = kind_of(order.store, (line.gst_bps for line in lines if not line.out))
    return _issue(order.store_id, kind, content, order=order)


def issue_counter_bill(
    sale: CounterSale, store: Store, lines: Iterable[CounterSaleLine]
) -> Document:
    """The document of goods that have just been sold over the counter, to whoever has the khata or
    paid; the lines know their listings and products."""
    lines = list(lines)
    content = draft_counter_bill(sale, store, lines)
    return _issue(store.pk, kind_of(store, (line.gst_bps for line in lines)), content, sale=sale)


def issue_credit_note(
    order: Order,
    lines: Iterable[OrderLine],
    quantities: Mapping[UUID, int],
    *,
    reference: UUID,
    delivery_fee: int,
    rounding: int,
) -> Document | None:
    """Goods came back: base units by line id, which the lines count as returned already (CGST Act
    s.34). None for an order that was packed before there were documents."""
    invoice = _invoice_of(order)
    if invoice is None:
        return None
    parts = returned(lines, quantities)
    fee, untaxed = fee_as_charged(invoice.content, delivery_fee)
    content = draft(order, parts, fee, delivery_fee=untaxed, rounding=rounding)
    return _issue(
        order.store_id,
        Kind.CREDIT_NOTE,
        content,
        order=order,
        amends=invoice,
        reference=reference,
    )


def cancel_invoice(order: Order) -> Document | None:
    """The packed order is called off: a credit note of the whole invoice, since no number is ever
    used twice. None where there is no invoice."""
    invoice = _invoice_of(order)
    if invoice is None:
        return None
    return _issue(
        order.store_id,
        Kind.CREDIT_NOTE,
        invoice.content,
        order=order,
        amends=invoice,
        reference=order.pk,
    )


def issue_commission_invoice(settlement: Settlement) -> Document | None:
    """Ours to the shop for what a settlement took off, once; None where it took nothing."""
    if known := Document.objects.of_settlement(settlement).first():
        return known
    store = Store.objects.get(pk=settlement.store_id)
    content = draft_commission(store, settlement)
    if content["total"] <= 0:
        return None
    return _issue(store.pk, Kind.COMMISSION, content, reference=settlement.pk)


def _invoice_of(order: Order) -> Document | None:
    return Document.objects.of_order(order).filter(kind__in=FOR_GOODS).first()


def _issue(
    store_id: UUID,
    kind: Kind,
    content: Content,
    *,
    order: Order | None = None,
    sale: CounterSale | None = None,
    amends: Document | None = None,
    reference: UUID | None = None,
) -> Document:
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
    count = MARKS_OF_OURS if series["kind"] == Kind.COMMISSION else MARKS
    mark = int.from_bytes(sha256(f"{series['store_id']} {tried}".encode()).digest()[:8])
    marks = "".join(ALPHABET[mark >> 5 * n & 31] for n in range(count))
    prefix = f"{LETTERS[series['kind']]}{series['year'] % 100:02d}-{marks}"
    Series.objects.bulk_create([Series(id=uuid7(), prefix=prefix, **series)], ignore_conflicts=True)
