"""A shop's documents of a month."""

import pytest

from marketplace.core.clock import business_date, travel
from orders import services
from orders.invoicing.models import Document
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_store
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(store):
    """An order of a regular taxpayer."""
    store.tax_status, store.gstin = "regular", "07AAACG1234A1ZG"
    store.save()
    return deliver_order(store, {make_listing(store).pk: 2})


def month(day) -> str:
    return f"?month={day:%Y-%m}"


def test_a_month_lists_its_documents_and_files(manager, store, sold):
    invoice = Document.objects.of_order(sold).get()
    elsewhere = make_store()
    deliver_order(elsewhere, {make_listing(elsewhere).pk: 1})
    shown = text(manager.get("documents"))
    assert invoice.serial in shown
    assert shown.count(sold.number) == 1
    assert "₹520" in shown
    for name in ("register", "b2cs", "exemp", "hsn", "docs", "eco"):
        assert f"/documents/{name}.csv?month={business_date():%Y-%m}" in shown
    with travel(days=40):
        assert invoice.serial not in text(manager.get("documents"))
        assert invoice.serial in text(manager.get("documents", month(invoice.issued_on)))


def test_a_file_is_had_for_a_month(manager, sold):
    answer = manager.get("documents-file", month(business_date()), report="b2cs")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[1] == "OE,07-Delhi,5,,495.24,0.00,"
    assert manager.get("documents-file", report="everything").status_code == 404
    for nonsense in ("?month=2026-13", "?month=x", "?month=2026"):
        assert manager.get("documents", nonsense).status_code == 404


def test_a_counter_sale_is_in_the_month(manager, store, sold):
    lines = [services.Wanted(make_listing(store).pk, 1)]
    sale = services.sell_over_counter(
        store_id=store.pk, actor="system", idempotency_key="1", lines=lines, paid_by="cash"
    ).sale
    shown = text(manager.get("documents"))
    assert sale.documents.get().serial in shown
    assert manager.url("counter-bill", sale_id=sale.pk) in shown
    assert "Tax invoice · counter" in shown


def test_a_composition_taxpayer_gets_no_files_for_gstr1(manager, store, sold):
    store.tax_status = "composition"
    store.save()
    shown = text(manager.get("documents"))
    assert "register.csv" in shown
    assert "b2cs.csv" not in shown


def test_a_helper_opens_an_orders_invoice_but_not_the_month(helper, store, sold, deliver_due):
    invoice = Document.objects.of_order(sold).get()
    names = {"order_id": sold.pk, "document_id": invoice.pk}
    assert helper.get("document", **names).status_code == 202
    deliver_due()
    assert helper.get("document", **names).content.startswith(b"%PDF-")
    assert helper.get("documents").status_code == 403


def test_the_month_costs_the_same_for_few_and_many(
    manager, store, sold, django_assert_max_num_queries
):
    with django_assert_max_num_queries(9):
        manager.get("documents")
    tea = make_listing(store, on_hand=50)
    for _ in range(6):
        deliver_order(store, {tea.pk: 1})
    with django_assert_max_num_queries(9):
        manager.get("documents")
