"""A month of a shop, hand-worked."""

import pytest

from marketplace.core.clock import business_date
from orders import services
from orders.invoicing import reports
from orders.models import Order
from tests.factories import make_listing, make_loose, make_store
from tests.invoicing.test_issuing import SHOP, give_back, packed
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    """Two packets of atta and 950 g of potatoes sold; of three more packets one came back; one
    order was called off when it was packed already."""
    store = make_store(delivery_fee=0)
    atta, potato = make_listing(store, on_hand=20), make_loose(store)
    packed(store, {atta.pk: 2, potato.pk: 1000}, {potato.pk: 950})
    give_back(deliver_order(store, {atta.pk: 3}), 1)
    gone: Order = packed(store, {atta.pk: 1})
    services.cancel(store_id=store.pk, order_id=gone.pk, actor=SHOP, reason="nobody home")
    return store


def rows(store, name):
    today = business_date()
    first, last = reports.days_of(today.year, today.month)
    found = reports.documents_of(store.pk, first, last)
    return list(reports.REPORTS[name](found))[1:]


def test_a_month_has_its_days():
    assert [str(day) for day in reports.days_of(2028, 2)] == ["2028-02-01", "2028-02-29"]
    assert [str(day) for day in reports.days_of(2026, 12)] == ["2026-12-01", "2026-12-31"]


def test_taxed_supplies_by_place_and_rate(store):
    # ₹250 holds 238.10 and 11.90: five packets less one
    assert rows(store, "b2cs") == [["OE", "07-Delhi", "5", "", "952.38", "0.00", ""]]


def test_untaxed_supplies(store):
    assert rows(store, "exemp") == [
        ["Inter-State supplies to unregistered persons", "0.00", "0.00", "0.00"],
        ["Intra-State supplies to unregistered persons", "38.00", "0.00", "0.00"],
    ]


def test_supplies_by_hsn(store):
    assert rows(store, "hsn") == [
        [
            "0701",
            "",
            "KGS-KILOGRAMS",
            "0.95",
            "38.00",
            "38.00",
            "0.00",
            "0.00",
            "0.00",
            "0.00",
            "0",
        ],
        [
            "1101",
            "",
            "PCS-PIECES",
            "4.00",
            "1000.00",
            "952.38",
            "0.00",
            "23.81",
            "23.81",
            "0.00",
            "5",
        ],
    ]


def test_the_numbers_used(store):
    used = [(row[0], row[1][-6:], row[2][-6:], row[3]) for row in rows(store, "docs")]
    assert used == [
        ("Credit Note", "000001", "000002", 2),
        ("Invoices for outward supply", "000001", "000001", 1),
        ("Invoices for outward supply", "000001", "000002", 2),
    ]


def test_the_register_has_every_document_and_nothing_of_other_shops(store):
    other = make_store()
    packed(other, {make_listing(other).pk: 1})
    register = rows(store, "register")
    assert len(register) == 5
    assert {row[1] for row in register} == {
        "Credit note",
        "Tax invoice",
        "Invoice-cum-bill of supply",
    }
    assert [row[-1] for row in register if row[1] == "Credit note"] == ["250.00", "250.00"]
