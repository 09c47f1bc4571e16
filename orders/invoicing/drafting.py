"""What stands on a document. Amounts are paise, quantities base units; texts are as of today.

{"seller": {"name", "name_hi", "legal_name", "address", "phone", "gstin", "fssai", "state"},
 "buyer": {"name", "phone", "address"}, all empty for a cash customer,
 "place": {"code", "state"}, "across_states": bool,
 "order": "NK-..." or "", "composition": bool,
 "lines": [{"name", "name_hi", "pack": [quantity, unit] or None, "hsn", "unit", "quantity",
            "price", "per", "gst_bps", "taxable", "cgst", "sgst", "igst", "amount"}],
 "delivery_fee", "rounding", "total"}

A line that says "delivery": true is the part of the delivery fee that goes with the goods of that
rate, under the HSN of the largest of them and of no quantity; "delivery_fee" is a fee without such
lines, on documents issued before there were any. Our own credit notes have "amends" besides: the
numbers and dates of all invoices that they are about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orders.delivery_fee import FeeShare
from orders.invoicing.models import Kind
from orders.models import CounterSale, CounterSaleLine, Order, OrderLine
from payments.khata.models import Khata
from stores.shops.models import Pincode, Store
from stores.shops.states import NAMES, gst_code

Content = dict[str, Any]
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Of one line that was sold: base units, and paise with the taxable value and one half of the GST
    in it."""

    line: OrderLine | CounterSaleLine
    quantity: int
    amount: int
    taxable: int
    half: int


def whole(lines: Iterable[OrderLine]) -> list[Part]:
    """All that was packed."""
    return [
        Part(line, line.billed, line.amount, line.taxable, line.cgst)
        for line in lines
        if not line.out
    ]


def returned(lines: Iterable[OrderLine], quantities: Mapping[UUID, int]) -> list[Part]:
    """What came back last, by line id, of lines that count it as `returned` already: the difference
    of cumulative shares, so that credit notes of any sizes add up to the invoice."""
    parts = []
    for line in lines:
        if quantity := quantities.get(line.pk, 0):
            amount, half = (
                line.share(paise, line.returned) - line.share(paise, line.returned - quantity)
                for paise in (line.amount, line.cgst)
            )
            parts.append(Part(line, quantity, amount, amount - 2 * half, half))
    return parts


def kind_of(store: Store, rates: Iterable[int]) -> Kind:
    """Which document goods of these rates take (CGST Act s.31; Rules 46, 46A and 49)."""
    if store.tax_status == Store.TaxStatus.UNREGISTERED:
        return Kind.BILL
    if store.tax_status == Store.TaxStatus.COMPOSITION:
        return Kind.BILL_OF_SUPPLY
    taxed = {bps > 0 for bps in rates}
    if taxed == {True}:
        return Kind.TAX_INVOICE
    return Kind.INVOICE_CUM_BILL if True in taxed else Kind.BILL_OF_SUPPLY


def draft(
    order: Order,
    parts: Iterable[Part],
    fee: Iterable[FeeShare | Line],
    *,
    delivery_fee: int = 0,
    rounding: int,
) -> Content:
    """The content of an order's document about these parts of it and of its delivery fee, which is
    newly shared out, or lines of the invoice again; `delivery_fee` is one without tax of its own."""
    code = place_of_supply(order)
    across = bool(order.store.gstin) and code != order.store.gstin[:2]
    lines = [_line(part, across=across) for part in parts]
    lines += [
        _fee_line(share, across=across) if isinstance(share, FeeShare) else share for share in fee
    ]
    buyer = {
        "name": order.contact_name,
        "phone": order.contact_phone,
        "address": f"{order.address} {order.pincode}".strip(),
    }
    return _content(order.store, buyer, code, lines, delivery_fee, rounding) | {
        "across_states": across,
        "order": order.number,
    }


def draft_counter_bill(
    sale: CounterSale, store: Store, lines: Iterable[CounterSaleLine]
) -> Content:
    """The content of a counter sale's bill: the goods are handed over in the shop itself."""
    buyer = {"name": "", "phone": "", "address": ""}
    if sale.khata_id is not None:
        khata = Khata.objects.get(store_id=store.pk, pk=sale.khata_id)
        buyer |= {"name": khata.name, "phone": khata.phone}
    parts = [Part(line, line.quantity, line.amount, line.taxable, line.cgst) for line in lines]
    sold = [_line(part, across=False) for part in parts]
    return _content(store, buyer, home_of(store), sold, 0, sale.rounding)


def fee_as_charged(invoice: Content, fee: int) -> tuple[list[Line], int]:
    """How so many paise of the delivery fee go back: by the invoice's own lines of it, all or none,
    and what of it was charged without tax of its own."""
    lines = [line for line in invoice["lines"] if line.get("delivery") and fee]
    return lines, fee - sum(line["amount"] for line in lines)


def place_of_supply(order: Order) -> str:
    """The GST code of the state where the goods are handed over (IGST Act s.10(1)(a))."""
    here = home_of(order.store)
    if order.fulfilment == Order.Fulfilment.PICKUP:
        return here
    state = Pincode.objects.filter(pk=order.pincode).values_list("state", flat=True).first()
    return gst_code(state or "") or here


def home_of(store: Store) -> str:
    """The GST code of the shop's own state."""
    return store.gstin[:2] or gst_code(store.state)


def _content(
    store: Store,
    buyer: dict[str, str],
    code: str,
    lines: list[Line],
    delivery_fee: int,
    rounding: int,
) -> Content:
    """A document of the shop's about lines that are handed over in the state of this code, its own
    as long as nothing else is said."""
    return {
        "seller": {
            "name": store.name,
            "name_hi": store.name_hi,
            "legal_name": store.legal_name,
            "address": address_of(store),
            "phone": store.phone,
            "gstin": store.gstin,
            "fssai": store.fssai,
            "state": store.state,
        },
        "buyer": buyer,
        "place": {"code": code, "state": NAMES.get(code, "")},
        "across_states": False,
        "composition": store.tax_status == Store.TaxStatus.COMPOSITION,
        "order": "",
        "lines": lines,
        "delivery_fee": delivery_fee,
        "rounding": rounding,
        "total": sum(line["amount"] for line in lines) + delivery_fee + rounding,
    }


def _line(part: Part, *, across: bool) -> Line:
    line = part.line
    goods = line if isinstance(line, OrderLine) else line.listing.product
    return {
        "name": line.name,
        "name_hi": line.name_hi,
        "pack": [goods.pack_quantity, goods.pack_unit] if goods.pack_quantity else None,
        "hsn": line.hsn,
        "unit": line.unit,
        "quantity": part.quantity,
        "price": line.price,
        "per": line.per,
        "gst_bps": line.gst_bps,
        "taxable": part.taxable,
        "cgst": 0 if across else part.half,
        "sgst": 0 if across else part.half,
        "igst": 2 * part.half if across else 0,
        "amount": part.amount,
    }


def _fee_line(share: FeeShare, *, across: bool) -> Line:
    goods, tax = share.principal, share.tax
    return {
        "name": "Delivery",
        "name_hi": "डिलीवरी",
        "delivery": True,
        "pack": None,
        "hsn": goods.hsn,
        "unit": goods.unit,
        "quantity": 0,
        "price": share.amount,
        "per": 1,
        "gst_bps": goods.gst_bps,
        "taxable": tax.taxable,
        "cgst": 0 if across else tax.cgst,
        "sgst": 0 if across else tax.sgst,
        "igst": tax.cgst + tax.sgst if across else 0,
        "amount": share.amount,
    }


def address_of(store: Store) -> str:
    """Where the shop is, in a line."""
    return f"{store.line1}, {store.locality}, {store.city}, {store.state} {store.pincode}"
