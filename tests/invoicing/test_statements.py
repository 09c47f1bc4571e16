"""Statements as PDFs: a settlement's, whose columns add up to what was paid, and a khata's."""

from uuid import uuid4

import pytest
from django.utils import translation

from marketplace.core.clock import business_date, travel
from marketplace.core.in_words import rupees_in_words
from orders.invoicing.models import Print
from orders.invoicing.prints import find_pdf, make_pdf
from orders.invoicing.statements import lay_out_khata, lay_out_settlement
from payments.khata.services import charge, open_khata, pay_back_cash
from payments.settlement.services import settle_store
from tests.factories import make_listing, make_store
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store(delivery_fee=2000)


@pytest.fixture
def khata(store):
    return open_khata(store_id=store.pk, phone="9811111111", name="Asha", limit=1_000_00, actor="x")


def write(khata, amount, note=""):
    about = {"store_id": khata.store_id, "khata_id": khata.pk, "key": str(uuid4()), "actor": "x"}
    if amount < 0:
        return pay_back_cash(**about, amount=-amount, note=note)
    return charge(**about, kind="carried", amount=amount, note=note)


def in_paise(figure):
    return int(figure.replace("−", "-").replace(",", "").replace(".", "") or 0)


def test_every_order_stands_in_a_row_and_the_columns_add_up(store):
    listing = make_listing(store)
    paid = deliver_order(store, {listing.pk: 4}, payment_method="upi")
    cash = deliver_order(store, {listing.pk: 1})
    settlement = settle_store(store_id=store.pk, upto=business_date())
    with translation.override("en"):
        page = lay_out_settlement(settlement)
    assert page["columns"] == [
        "#",
        "What for",
        "Date",
        "Sales",
        "Nukkad's commission",
        "GST on the commission",
        "TDS",
        "TCS",
        "Cash and khata you hold already",
        "Yours",
    ]
    assert [row[1] for row in page["rows"]] == [
        f"{paid.number} order delivered",
        f"{cash.number} cash order delivered",
    ]
    for row in page["rows"]:
        *parts, net = map(in_paise, row[3:])
        assert sum(parts) == net
    assert sum(in_paise(row[-1]) for row in page["rows"]) == settlement.net
    assert sum(in_paise(figure) for _words, figure in page["sums"]) == settlement.net
    assert in_paise(page["total"][1].removeprefix("₹ ")) == settlement.net
    assert page["in_words"] == rupees_in_words(settlement.net)
    assert page["wide"]
    assert "GSTIN 07AAACG1234A1ZG" in page["buyer"]


def test_a_khata_shows_each_line_and_what_was_owed_after_it(khata):
    write(khata, 300_00, "rice")
    write(khata, -120_50)
    with translation.override("en"):
        page = lay_out_khata(khata)
    assert [row[3:] for row in page["rows"]] == [["300.00", "", "300.00"], ["", "120.50", "179.50"]]
    assert page["rows"][0][1] == "carried over rice"
    assert page["total"] == ["Still owed", "₹ 179.50"]
    assert page["in_words"] == "Rupees one hundred seventy-nine and fifty paise only"
    assert page["seller"][0] == "Gupta Kirana"
    assert f"/khata/{khata.pk}/" in page["notes"][0]


def test_a_long_khata_is_brought_forward(khata):
    for amount in (100, 200, 300):
        write(khata, amount)
    with translation.override("en"):
        page = lay_out_khata(khata, most=2)
    assert page["rows"][0][1:] == ["Brought forward", "", "", "", "1.00"]
    assert [row[-1] for row in page["rows"]] == ["1.00", "3.00", "6.00"]


@pytest.mark.parametrize("language", ["hi", "en"])
def test_both_become_pdfs(store, khata, language):
    deliver_order(store, {make_listing(store).pk: 4}, payment_method="upi")
    write(khata, 300_00)
    settlement = settle_store(store_id=store.pk, upto=business_date())
    for subject in (settlement, khata):
        pdf = make_pdf(subject, language, at=settlement.created_at)
        assert pdf.startswith(b"%PDF-")
        assert b"Devanagari" in pdf or language == "en"


def test_a_khata_that_changes_is_printed_anew(khata, deliver_due):
    write(khata, 100)
    assert find_pdf(khata, "en") is None
    deliver_due()
    first = find_pdf(khata, "en")
    assert first is not None
    with travel(days=1):
        assert find_pdf(khata, "en") == first
        write(khata, 100)
        assert find_pdf(khata, "en") is None
    assert Print.objects.filter(kind="khata", reference=khata.pk).count() == 2
