import csv
import io
from datetime import date

import pytest

from marketplace.core import outbox
from marketplace.core.clock import business_date
from marketplace.core.models import OutboxEntry
from marketplace.core.money import tax_inside
from orders.invoicing.commission import issue_commission_invoice, issue_monthly_commission
from orders.invoicing.models import Print
from orders.invoicing.prints import make_wanted
from payments.ledger.models import Kind
from payments.ledger.postings import Charges, DeliveryTerms, capture, delivery
from payments.ledger.services import post
from payments.settlement.services import settle_store
from tests.dashboard.shopkeeper import text
from tests.factories import make_store
from tests.orders.building import deliver_order, place_order

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


def earn(store, order, *, goods=1_000_00):
    """Post a prepaid order of `goods` paise as delivered: the shop nets 958.84 of 1,000.00."""
    charges = Charges.of(
        DeliveryTerms(
            goods=goods,
            taxable=tax_inside(goods, 500).taxable,
            commission_bps=300,
            gst_on_commission_bps=1800,
            tds_bps=10,
            tcs_bps=50,
            delivery_fee=0,
        )
    )
    common = {"store_id": store.pk, "business_date": DAY, "reference": order.pk}
    post(key=f"receipt:{order.pk}", kind=Kind.CAPTURE, legs=capture(charges.total), **common)
    post(key=f"delivery:{order.pk}", kind=Kind.DELIVERY, legs=delivery(charges), **common)


@pytest.fixture
def settlement(store, order):
    earn(store, order)
    return settle_store(store_id=store.pk, upto=DAY)


def test_what_is_owed_is_shown_until_it_is_swept(owner, store, order):
    earn(store, order)
    assert "₹958.84" in text(owner.get("settlements"))
    settle_store(store_id=store.pk, upto=DAY)
    page = text(owner.get("settlements"))
    assert '<p class="owed price">₹0</p>' in page
    assert "20 Nov 2026" in page
    assert "₹958.84" in page


def test_a_statement_explains_every_paisa(owner, order, settlement):
    page = text(owner.get("settlement", settlement_id=settlement.pk))
    for wanted in ["₹1,000", "−₹30", "−₹5.40", "−₹1", "−₹4.76", "₹958.84", order.number]:
        assert wanted in page
    assert 100000 - 3000 - 540 - 100 - 476 == settlement.net == 95884


def test_the_statement_is_had_as_csv(owner, order, settlement):
    answer = owner.get("statement-csv", settlement_id=settlement.pk)
    assert answer["Content-Disposition"] == 'attachment; filename="nukkad-2026-11-20.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["reference"], row["net"]) for row in rows] == [
        (order.number, "958.84"),
        ("", "958.84"),
    ]


@pytest.mark.parametrize(
    "screen", ["settlement", "statement-csv", "statement-pdf", "commission-invoice"]
)
@pytest.mark.parametrize("role", ["owner", "manager"])
def test_a_statement_is_its_owners_alone(hire, settlement, screen, role):
    other = make_store()
    stranger = hire(other, "owner")
    assert stranger.get(screen, settlement_id=settlement.pk).status_code == 404
    if role == "manager":
        manager = hire(type(other).objects.get(pk=settlement.store_id), "manager")
        assert manager.get(screen, settlement_id=settlement.pk).status_code == 403


@pytest.mark.parametrize("orders", [1, 8])
def test_the_screens_cost_the_same_for_few_and_many(
    owner, store, listing, orders, django_assert_num_queries
):
    for _ in range(orders):
        earn(store, place_order(store, {listing.pk: 1}))
    found = settle_store(store_id=store.pk, upto=DAY)
    # session, desk, settlements, balance, holidays, our invoices
    with django_assert_num_queries(6):
        owner.get("settlements")
    # session, desk, settlement, legs, payouts, orders, invoice
    with django_assert_num_queries(7):
        owner.get("settlement", settlement_id=found.pk)


def test_the_commission_is_invoiced_on_the_statement(owner, settlement):
    invoice = issue_commission_invoice(settlement)
    page = text(owner.get("settlement", settlement_id=settlement.pk))
    assert f"Invoice for the commission {invoice.serial} (PDF)" in page
    assert owner.get("commission-invoice", settlement_id=settlement.pk).status_code == 202
    outbox.deliver(OutboxEntry.objects.get(event="document.wanted").pk)
    answer = owner.get("commission-invoice", settlement_id=settlement.pk)
    assert answer["Content-Type"] == "application/pdf"


def test_the_statement_is_had_as_a_pdf_made_by_a_worker(owner, settlement):
    asked = owner.get("statement-pdf", settlement_id=settlement.pk)
    assert (asked.status_code, "being made" in text(asked)) == (202, True)
    make_wanted(store_id=settlement.store_id, print_id=Print.objects.get().pk)
    made = owner.get("statement-pdf", settlement_id=settlement.pk)
    assert made["Content-Type"] == "application/pdf"
    assert made.content.startswith(b"%PDF-")
    assert "no-cache" in made["Cache-Control"]


def test_what_we_invoiced_without_a_settlement_is_listed(owner, hire, store, listing, deliver_due):
    deliver_order(store, {listing.pk: 2})
    page = text(owner.get("settlements"))
    assert "Nukkad&#x27;s invoices to you" not in page
    invoice = issue_monthly_commission(store_id=store.pk, upto=business_date())
    page = text(owner.get("settlements"))
    assert invoice.serial in page
    address = owner.url("our-document", document_id=invoice.pk)
    assert address in page
    assert owner.get("our-document", document_id=invoice.pk).status_code == 202
    deliver_due()
    assert owner.get("our-document", document_id=invoice.pk).content.startswith(b"%PDF-")
    assert hire(store, "manager").get("our-document", document_id=invoice.pk).status_code == 403
    stranger = hire(make_store(), "owner")
    assert stranger.get("our-document", document_id=invoice.pk).status_code == 404
