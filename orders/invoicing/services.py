"""Issuing the documents of a shop. Every function runs in its caller's transaction, as its last step."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from orders.delivery_fee import share_fee
from orders.invoicing.drafting import (
    draft,
    draft_counter_bill,
    fee_as_charged,
    kind_of,
    returned,
    whole,
)
from orders.invoicing.issuing import issue
from orders.invoicing.models import FOR_GOODS, Document, Kind
from orders.models import CounterSale, CounterSaleLine, Order, OrderLine
from stores.shops.models import Store


def issue_invoice(order: Order, lines: Iterable[OrderLine]) -> Document:
    """The document of an order that has just been packed, with its lines as they are billed."""
    lines = list(lines)
    content = draft(
        order, whole(lines), share_fee(order.delivery_fee, lines), rounding=order.rounding
    )
    kind = kind_of(order.store, (line.gst_bps for line in lines if not line.out))
    return issue(order.store_id, kind, content, order=order)


def issue_counter_bill(
    sale: CounterSale, store: Store, lines: Iterable[CounterSaleLine]
) -> Document:
    """The document of goods that have just been sold over the counter, to whoever has the khata or
    paid; the lines know their listings and products."""
    lines = list(lines)
    content = draft_counter_bill(sale, store, lines)
    return issue(store.pk, kind_of(store, (line.gst_bps for line in lines)), content, sale=sale)


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
    return issue(
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
    return issue(
        order.store_id,
        Kind.CREDIT_NOTE,
        invoice.content,
        order=order,
        amends=invoice,
        reference=order.pk,
    )


def _invoice_of(order: Order) -> Document | None:
    return Document.objects.of_order(order).filter(kind__in=FOR_GOODS).first()
