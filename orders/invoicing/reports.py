"""A shop's month for its GST return (GSTR-1), as rows of the CSV files that the GST offline tool reads.

Credit notes to consumers are taken off the month in which they were issued, at the rate and place of
their invoice (tables 7 and 12 of GSTR-1). Amounts are rupees with two decimals.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation

from marketplace.core.money import in_rupees
from orders.invoicing.models import Document, Kind
from orders.invoicing.printing import TITLES

Rows = Iterator[list[object]]

# Unique quantity codes of the GST portal, with how many base units one of them is.
UQC = {"pc": ("PCS-PIECES", 1), "g": ("KGS-KILOGRAMS", 1000), "ml": ("LTR-LITRES", 1000)}
TAXES = ("taxable", "igst", "cgst", "sgst")
Sums = dict[str, int]


def days_of(year: int, month: int) -> tuple[date, date]:
    """The first and the last day of a month. Raises ValueError."""
    first = date(year, month, 1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def documents_of(store_id: UUID, first: date, last: date) -> Iterator[Document]:
    """The shop's documents of these days, by kind and number."""
    found = Document.objects.of_store(store_id).issued_between(first, last)
    return found.select_related("amends").iterator(chunk_size=500)


def register(documents: Iterator[Document]) -> Rows:
    """Every document in a row."""
    yield [
        "Date",
        "Document",
        "Number",
        "For",
        "Order",
        "Place of Supply",
        "Taxable Value",
        "Integrated Tax",
        "Central Tax",
        "State/UT Tax",
        "Total",
    ]
    for each in documents:
        yield [
            each.issued_on.isoformat(),
            _title(each.kind),
            each.serial,
            each.amends.serial if each.amends else "",
            each.content["order"],
            _place(each.content),
            *(in_rupees(getattr(each, name)) for name in TAXES),
            in_rupees(each.total),
        ]


def b2cs(documents: Iterator[Document]) -> Rows:
    """Table 7: supplies to consumers by place and rate, taxed ones. Those through us are no type of
    their own ("OE" is all that the portal takes): table 14 says what of it came through us."""
    yield [
        "Type",
        "Place Of Supply",
        "Rate",
        "Applicable % of Tax Rate",
        "Taxable Value",
        "Cess Amount",
        "E-Commerce GSTIN",
    ]
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for document, line, sign in _lines(documents):
        if line["gst_bps"]:
            sums[_place(document.content), line["gst_bps"]] += sign * line["taxable"]
    for (place, bps), taxable in sorted(sums.items()):
        yield ["OE", place, f"{bps / 100:g}", "", in_rupees(taxable), "0.00", ""]


def eco(documents: Iterator[Document]) -> Rows:
    """Table 14(a): of the supplies in the tables before it, those through us, on which we collect TCS."""
    yield [
        "Nature of Supply",
        "GSTIN of E-Commerce Operator",
        "E-Commerce Operator Name",
        "Net value of supplies",
        "Integrated tax",
        "Central tax",
        "State/UT tax",
        "Cess",
    ]
    through_us = (each for each in documents if each.order_id is not None)
    sums: Sums = defaultdict(int)
    for _document, line, sign in _lines(through_us):
        for name in TAXES:
            sums[name] += sign * line[name]
    if any(sums.values()):
        yield [
            "Liable to collect tax u/s 52(TCS)",
            settings.PLATFORM_SELLER["gstin"],
            settings.PLATFORM_SELLER["legal_name"],
            *(in_rupees(sums[name]) for name in TAXES),
            "0.00",
        ]


def exemp(documents: Iterator[Document]) -> Rows:
    """Table 8: supplies to consumers on which there is no tax, within the state and across."""
    yield [
        "Description",
        "Nil Rated Supplies",
        "Exempted(other than nil rated/non GST supply)",
        "Non-GST Supplies",
    ]
    within = across = 0
    for document, line, sign in _lines(documents):
        if not line["gst_bps"]:
            if document.content["across_states"]:
                across += sign * line["amount"]
            else:
                within += sign * line["amount"]
    for words, amount in (
        ("Inter-State supplies to unregistered persons", across),
        ("Intra-State supplies to unregistered persons", within),
    ):
        yield [words, in_rupees(amount), "0.00", "0.00"]


def hsn(documents: Iterator[Document]) -> Rows:
    """Table 12: supplies by HSN and rate."""
    yield [
        "HSN",
        "Description",
        "UQC",
        "Total Quantity",
        "Total Value",
        "Taxable Value",
        "Integrated Tax Amount",
        "Central Tax Amount",
        "State/UT Tax Amount",
        "Cess Amount",
        "Rate",
    ]
    sums: dict[tuple[str, str, int], Sums] = defaultdict(lambda: defaultdict(int))
    for _document, line, sign in _lines(documents):
        row = sums[line["hsn"], line["unit"], line["gst_bps"]]
        for name in ("quantity", "amount", *TAXES):
            row[name] += sign * line[name]
    for (code, unit, bps), row in sorted(sums.items()):
        uqc, per = UQC[unit]
        yield [
            code,
            "",
            uqc,
            f"{Decimal(row['quantity']) / per:.2f}",
            in_rupees(row["amount"]),
            *(in_rupees(row[name]) for name in TAXES),
            "0.00",
            f"{bps / 100:g}",
        ]


def docs(documents: Iterator[Document]) -> Rows:
    """Table 13: the numbers that were used; none is ever cancelled, a credit note undoes it."""
    yield ["Nature of Document", "Sr. No. From", "Sr. No. To", "Total Number", "Cancelled"]
    for _series, of_one in groupby(documents, key=lambda each: each.series_id):
        run = list(of_one)
        yield [_nature(run[0].kind), run[0].serial, run[-1].serial, len(run), 0]


REPORTS: dict[str, Callable[[Iterator[Document]], Rows]] = {
    "register": register,
    "b2cs": b2cs,
    "exemp": exemp,
    "hsn": hsn,
    "docs": docs,
    "eco": eco,
}


def _lines(documents: Iterator[Document]) -> Iterator[tuple[Document, dict[str, Any], int]]:
    """Every line with its document, and whether it adds to the month or is taken off it."""
    for document in documents:
        sign = -1 if document.kind == Kind.CREDIT_NOTE else 1
        for line in document.content["lines"]:
            yield document, line, sign


def _place(content: dict[str, Any]) -> str:
    place = content["place"]
    return f"{place['code']}-{place['state']}" if place["code"] else ""


def _title(kind: str) -> str:
    with translation.override("en"):
        return str(TITLES[Kind(kind)])


def _nature(kind: str) -> str:
    return "Credit Note" if kind == Kind.CREDIT_NOTE else "Invoices for outward supply"
