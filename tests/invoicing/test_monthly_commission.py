"""The commission of shops that no settlement pays, invoiced once a month, and never twice."""

from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import translation

from marketplace.core.clock import business_date, travel
from orders.invoicing.commission import issue_commission_invoice, issue_monthly_commission
from orders.invoicing.models import Document, InvoicedCommission, Kind
from orders.invoicing.printing import lay_out
from orders.invoicing.tasks import due_on, invoice_stores
from payments.ledger.models import Account
from payments.ledger.selectors import balance
from payments.settlement.services import settle_store
from tests.factories import make_listing, make_store
from tests.invariants import broken_invariants
from tests.invoicing.test_issuing import give_back
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db

OCTOBER = datetime(2026, 10, 30, 6, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 10, 6, tzinfo=UTC)
FIRST_OF_NOVEMBER = datetime(2026, 11, 1, 6, tzinfo=UTC)
FIRST_OF_DECEMBER = datetime(2026, 12, 1, 6, tzinfo=UTC)
LAST_OF_OCTOBER, LAST_OF_NOVEMBER = date(2026, 10, 31), date(2026, 11, 30)


@pytest.fixture
def store(db):
    return make_store(delivery_fee=0)


def sold(store, *, at, pieces=4, **changes):
    """₹250 a piece at 3 %: 7.50 of commission each, and 1.35 of GST on it."""
    with travel(to=at):
        return deliver_order(store, {make_listing(store, on_hand=50).pk: pieces}, **changes)


def invoiced(store, *, at, upto):
    with travel(to=at):
        return issue_monthly_commission(store_id=store.pk, upto=upto)


def on_documents(store) -> tuple[int, int]:
    """Commission, and commission with its GST, as all our documents together have it."""
    sums = [
        (document.taxable * sign, document.total * sign)
        for document in Document.objects.to_store(store.pk)
        for sign in [-1 if document.kind == Kind.COMMISSION_NOTE else 1]
    ]
    return sum(fee for fee, _ in sums), sum(total for _, total in sums)


def in_the_books(store) -> tuple[int, int]:
    fee = -balance(store.pk, Account.COMMISSION)
    return fee, fee - balance(store.pk, Account.GST_ON_COMMISSION)


def test_a_shop_that_takes_only_cash_is_invoiced_for_its_month(store):
    sold(store, at=OCTOBER)
    sold(store, at=IN_NOVEMBER, pieces=2)
    invoice = invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER)
    assert (invoice.kind, invoice.taxable, invoice.cgst, invoice.sgst, invoice.total) == (
        "commission",
        3000,
        270,
        270,
        3540,
    )
    assert (str(invoice.issued_on), invoice.reference) == ("2026-11-01", None)
    assert invoice.content["lines"][0]["name"] == "Commission on sales up to 31.10.2026"
    second = invoiced(store, at=FIRST_OF_DECEMBER, upto=LAST_OF_NOVEMBER)
    assert (second.taxable, second.number) == (1500, 2)
    assert on_documents(store) == in_the_books(store) == (4500, 5310)


def test_again_changes_nothing(store):
    sold(store, at=OCTOBER)
    assert invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER) is not None
    assert invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER) is None
    assert Document.objects.to_store(store.pk).count() == 1


def test_what_a_settlement_invoiced_is_not_invoiced_again_nor_the_other_way_round(store):
    sold(store, at=OCTOBER, payment_method="upi")
    with travel(to=OCTOBER):
        early = settle_store(store_id=store.pk, upto=business_date())
        assert issue_commission_invoice(early).taxable == 3000
    sold(store, at=OCTOBER, pieces=2, payment_method="upi")
    assert invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER).taxable == 1500
    sold(store, at=IN_NOVEMBER, pieces=1, payment_method="upi")
    with travel(to=IN_NOVEMBER):
        late = settle_store(store_id=store.pk, upto=business_date())
        # of the settlement's 22.50 the monthly invoice has 15.00
        assert issue_commission_invoice(late).taxable == 750
        assert issue_commission_invoice(late).taxable == 750
    assert invoiced(store, at=FIRST_OF_DECEMBER, upto=LAST_OF_NOVEMBER) is None
    assert on_documents(store) == in_the_books(store) == (5250, 6195)


def test_a_settlement_of_what_the_month_has_invoiced_needs_no_invoice(store):
    sold(store, at=OCTOBER, payment_method="upi")
    invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER)
    with travel(to=FIRST_OF_NOVEMBER):
        settlement = settle_store(store_id=store.pk, upto=LAST_OF_OCTOBER)
        assert issue_commission_invoice(settlement) is None
    assert on_documents(store) == in_the_books(store) == (3000, 3540)


def test_what_returns_gave_back_is_taken_off(store):
    order = sold(store, at=OCTOBER)
    with travel(to=OCTOBER):
        give_back(order, 1)
    assert invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER).taxable == 2250
    assert on_documents(store) == in_the_books(store)


def test_more_given_back_than_charged_is_a_credit_note_on_the_invoice_of_the_sale():
    store = make_store(delivery_fee=0, return_days=7)
    sold(store, at=datetime(2026, 9, 20, 6, tzinfo=UTC), pieces=1)
    invoiced(store, at=datetime(2026, 10, 1, 6, tzinfo=UTC), upto=date(2026, 9, 30))
    order = sold(store, at=OCTOBER)
    invoice = invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER)
    with travel(to=FIRST_OF_NOVEMBER, days=1):
        give_back(order, 3)
    note = invoiced(store, at=FIRST_OF_DECEMBER, upto=LAST_OF_NOVEMBER)
    assert (note.kind, note.amends, note.taxable, note.total) == (
        "commission_note",
        invoice,
        2250,
        2655,
    )
    assert note.serial[0] == "R"
    assert note.content["amends"] == [[invoice.serial, "2026-11-01"]]
    with translation.override("en"):
        page = lay_out(note)
    assert page["title"] == "Credit note"
    assert ["For", f"{invoice.serial}, 1 November 2026"] in page["facts"]
    assert page["rows"][0][1] == "Commission given back for goods returned up to 30.11.2026"
    assert on_documents(store) == in_the_books(store) == (1500, 1770)
    assert invoiced(store, at=FIRST_OF_DECEMBER, upto=LAST_OF_NOVEMBER) is None


def test_a_sale_and_its_return_in_one_month_make_no_document_and_are_left(store):
    order = sold(store, at=OCTOBER, pieces=1)
    with travel(to=OCTOBER):
        give_back(order, 1)
    assert invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER) is None
    assert not Document.objects.to_store(store.pk).exists()
    sold(store, at=IN_NOVEMBER)
    assert invoiced(store, at=FIRST_OF_DECEMBER, upto=LAST_OF_NOVEMBER).taxable == 3000
    assert InvoicedCommission.objects.count() == 3


def test_an_odd_paisa_of_gst_is_a_rounding_and_the_fee_stays_the_fee(store):
    """₹250.30 at 3 %: 7.51, and 1.35 of GST, which is no two halves."""
    with travel(to=OCTOBER):
        deliver_order(store, {make_listing(store, price=25030).pk: 1})
    invoice = invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER)
    assert (invoice.taxable, invoice.cgst, invoice.sgst) == (751, 67, 67)
    assert (invoice.content["rounding"], invoice.total) == (1, 886)
    assert on_documents(store) == in_the_books(store)


def test_no_transaction_stands_on_two_documents(store):
    sold(store, at=OCTOBER)
    invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER)
    row = InvoicedCommission.objects.get()
    for change in (
        lambda: InvoicedCommission.objects.bulk_create([row]),
        lambda: InvoicedCommission.objects.all().delete(),
        lambda: InvoicedCommission.objects.update(txn_id=row.pk),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_month_is_handed_out_by_shop_up_to_its_last_day_in_india(store):
    """At half past eleven in the evening of UTC it is the first of the month in India already."""
    idle, busy = make_store(), make_store(delivery_fee=0)
    for shop in (store, busy):
        sold(shop, at=OCTOBER)
    with travel(to=datetime(2026, 10, 31, 19, tzinfo=UTC)):
        ((stores, upto),) = due_on(business_date())
        assert upto == "2026-10-31"
        assert set(stores) == {str(store.pk), str(busy.pk)}
        for _ in range(2):
            invoice_stores(stores, upto)
    assert Document.objects.filter(kind="commission").count() == 2
    assert not Document.objects.to_store(idle.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_issue_one(two_connections):
    store = make_store(delivery_fee=0)
    deliver_order(store, {make_listing(store).pk: 4})
    today = business_date()
    outcomes = two_connections(lambda: str(issue_monthly_commission(store_id=store.pk, upto=today)))
    assert sum(outcome != "None" for outcome in outcomes) == 1
    assert Document.objects.filter(kind="commission").count() == 1
    assert on_documents(store) == in_the_books(store) == (3000, 3540)
    assert broken_invariants(connection) == []


@pytest.mark.django_db(transaction=True)
def test_a_settlements_invoice_and_the_months_at_once_hold_it_once(concurrently):
    store = make_store(delivery_fee=0)
    deliver_order(store, {make_listing(store).pk: 4}, payment_method="upi")
    today = business_date()
    settlement = settle_store(store_id=store.pk, upto=today)
    concurrently(
        [
            lambda: str(issue_commission_invoice(settlement)),
            lambda: str(issue_monthly_commission(store_id=store.pk, upto=today)),
            lambda: str(issue_commission_invoice(settlement)),
            lambda: str(issue_monthly_commission(store_id=store.pk, upto=today)),
        ]
    )
    assert Document.objects.filter(kind="commission").count() == 1
    assert on_documents(store) == in_the_books(store) == (3000, 3540)
    assert broken_invariants(connection) == []


def test_what_settlements_invoiced_before_is_known_by_the_migration(store):
    """Its rows are those that the invoices of settlements write now."""
    before = import_module("orders.invoicing.migrations.0006_what_settlements_invoiced").INVOICED
    sold(store, at=OCTOBER, payment_method="upi")
    order = sold(store, at=OCTOBER, payment_method="upi")
    with travel(to=OCTOBER):
        give_back(order, 1)
        issue_commission_invoice(settle_store(store_id=store.pk, upto=business_date()))
    with connection.cursor() as cursor:
        cursor.execute(before[before.index("SELECT") :])
        known = cursor.fetchall()
    written = InvoicedCommission.objects.values_list("txn_id", "store_id", "document_id")
    assert sorted(known) == sorted(written)
    assert len(known) == 3


def test_a_crash_between_leaves_nothing_behind(store):
    sold(store, at=OCTOBER)
    with pytest.raises(RuntimeError), transaction.atomic():
        invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER)
        raise RuntimeError
    assert not Document.objects.to_store(store.pk).exists()
    assert invoiced(store, at=FIRST_OF_NOVEMBER, upto=LAST_OF_OCTOBER).number == 1


def test_all_that_was_invoiced_is_the_commission_of_every_shop(store):
    """Cash only, settled and mixed shops over two months, with returns."""
    settled, mixed = make_store(delivery_fee=0), make_store(delivery_fee=0)
    for at, end in ((OCTOBER, LAST_OF_OCTOBER), (IN_NOVEMBER, LAST_OF_NOVEMBER)):
        for shop, methods in ((store, ["cash"]), (settled, ["upi"]), (mixed, ["cash", "upi"])):
            for method in methods:
                order = sold(shop, at=at, pieces=3, payment_method=method)
                with travel(to=at):
                    give_back(order, 1)
            with travel(to=at):
                if settlement := settle_store(store_id=shop.pk, upto=end):
                    issue_commission_invoice(settlement)
        for shop in (store, settled, mixed):
            with travel(to=at):
                issue_monthly_commission(store_id=shop.pk, upto=end)
    for shop in (store, settled, mixed):
        assert on_documents(shop) == in_the_books(shop)
    assert broken_invariants(connection) == []
    everything = Document.objects.filter(kind="commission").aggregate(fee=Sum("taxable"))
    assert everything["fee"] == 8 * 1500
