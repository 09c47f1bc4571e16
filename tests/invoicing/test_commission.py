"""Our own invoice to a shop, for what a settlement took off."""

from datetime import timedelta

import pytest

from marketplace.core.clock import business_date, travel
from marketplace.core.models import OutboxEntry
from orders.invoicing.commission import issue_commission_invoice
from orders.invoicing.consumers import invoice_commission
from orders.invoicing.models import Document, Kind
from payments.settlement.models import Settlement
from payments.settlement.services import settle_store
from tests.factories import make_listing, make_store
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db

HARYANA = {"gstin": "06AAACG1234A1ZI", "state": "Haryana"}


def settled(store) -> Settlement:
    """₹1,000 of goods at 3 %: ₹30 of commission and ₹5.40 of GST on it."""
    deliver_order(store, {make_listing(store).pk: 4}, payment_method="upi")
    with travel(days=1):
        return settle_store(store_id=store.pk, upto=business_date() - timedelta(days=1))


def test_a_settlement_is_invoiced_once_by_a_worker():
    settlement = settled(make_store(delivery_fee=0))
    entry = OutboxEntry.objects.get(event="payout.ready", consumer="invoice_commission")
    for _ in range(2):
        invoice_commission(entry.payload)
    invoice = Document.objects.of_settlement(settlement).get()
    assert (invoice.taxable, invoice.cgst, invoice.sgst, invoice.igst) == (3000, 270, 270, 0)
    assert (invoice.total, invoice.number, len(invoice.serial)) == (3540, 1, 16)
    assert invoice.serial.startswith("N26-")
    assert invoice.content["seller"]["legal_name"] == "Nukkad Bazaar Private Limited"
    assert "GSTIN 07AAACG1234A1ZG" in invoice.content["buyer"]["name"]
    assert (invoice.content["lines"][0]["hsn"], invoice.content["lines"][0]["gst_bps"]) == (
        "998599",
        1800,
    )
    assert issue_commission_invoice(settlement) == invoice
    assert Document.objects.filter(kind=Kind.COMMISSION).count() == 1


def test_a_shop_of_another_state_is_charged_igst():
    invoice = issue_commission_invoice(settled(make_store(delivery_fee=0, **HARYANA)))
    assert (invoice.taxable, invoice.cgst, invoice.sgst, invoice.igst) == (3000, 0, 0, 540)
    assert invoice.content["place"] == {"code": "06", "state": "Haryana"}


def test_it_is_none_of_the_shops_own_documents():
    store = make_store(delivery_fee=0)
    invoice = issue_commission_invoice(settled(store))
    assert invoice not in Document.objects.of_store(store.pk)


def test_without_commission_there_is_nothing_to_invoice():
    assert issue_commission_invoice(settled(make_store(commission_bps=0))) is None
    assert not Document.objects.filter(kind=Kind.COMMISSION).exists()
