"""The document as a page, and as a PDF that a worker makes."""

import pytest
from django.utils import translation

from marketplace.core.clock import now, travel
from orders.invoicing.models import Print
from orders.invoicing.printing import lay_out
from orders.invoicing.prints import find_pdf, make_pdf, throw_away_old
from orders.invoicing.typesetting import figure
from tests.factories import make_listing, make_loose, make_product, make_store
from tests.invoicing.test_issuing import invoice_of, packed

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice():
    """Atta at 5 % and loose potatoes at none, from a regular taxpayer."""
    store = make_store(delivery_fee=2000)
    atta = make_product(name="Aashirvaad Atta", name_hi="आशीर्वाद आटा", pack_quantity=5000)
    listing, potato = make_listing(store, product=atta), make_loose(store)
    return invoice_of(packed(store, {listing.pk: 2, potato.pk: 1000}, {potato.pk: 950}))


def page_in(language, invoice):
    with translation.override(language):
        return lay_out(invoice)


@pytest.mark.parametrize(
    ("paise", "words"), [(0, "0.00"), (5, "0.05"), (12345650, "1,23,456.50"), (-33, "−0.33")]
)
def test_figures_have_two_decimals(paise, words):
    assert figure(paise) == words


def test_an_invoice_in_english(invoice):
    page = page_in("en", invoice)
    assert page["title"] == "Invoice-cum-bill of supply"
    assert page["columns"][5:] == ["Taxable value", "GST", "CGST", "SGST", "Amount"]
    atta, potato, untaxed_delivery, delivery = page["rows"]
    assert atta[1:] == [
        "Aashirvaad Atta 5 kg",
        "1101",
        "2 pc",
        "250.00 / 1 pc",
        "476.20",
        "5%",
        "11.90",
        "11.90",
        "500.00",
    ]
    assert potato[3:5] == ["950 g", "40.00 / 1 kg"]
    # ₹20.00 by the worth of the goods: 38.00 and 500.00
    assert untaxed_delivery[1:] == [
        "Delivery",
        "0701",
        "",
        "",
        "1.41",
        "0%",
        "0.00",
        "0.00",
        "1.41",
    ]
    assert delivery[1:] == ["Delivery", "1101", "", "", "17.71", "5%", "0.44", "0.44", "18.59"]
    assert (page["sums"], page["total"]) == ([], ["Total", "₹ 558.00"])
    assert page["in_words"] == "Rupees five hundred fifty-eight only"
    assert page["rates"][1:] == [
        ["0%", "39.41", "0.00", "0.00"],
        ["5%", "493.91", "12.34", "12.34"],
    ]
    assert ["Place of supply", "07 Delhi"] in page["facts"]
    assert "GSTIN 07AAACG1234A1ZG" in page["seller"]


def test_the_same_in_hindi(invoice):
    page = page_in("hi", invoice)
    assert page["title"] == "चालान-सह-आपूर्ति बिल"
    assert page["seller"][0] == "गुप्ता किराना"
    assert page["rows"][0][1] == "आशीर्वाद आटा 5 किलो"
    assert page["rows"][2][1] == "डिलीवरी"
    assert page["total"][0] == "कुल"
    assert page["in_words"] == "पाँच सौ अट्ठावन रुपये मात्र"


def test_a_bill_of_supply_shows_no_tax():
    store = make_store(tax_status="composition")
    page = page_in("en", invoice_of(packed(store, {make_listing(store).pk: 1})))
    assert page["columns"] == ["#", "Item", "HSN", "Quantity", "Price", "Amount"]
    assert page["rates"] == []
    assert page["notes"][0] == (
        "Composition taxable person, not eligible to collect tax on supplies."
    )


@pytest.mark.parametrize("language", ["hi", "en"])
def test_a_pdf_is_made_from_our_own_fonts_and_always_the_same(invoice, language):
    pdf = make_pdf(invoice, language, at=now())
    assert pdf.startswith(b"%PDF-")
    assert pdf == make_pdf(invoice, language, at=now())
    assert b"NotoSans" in pdf
    assert (b"Devanagari" in pdf) == (language == "hi")


def test_a_pdf_is_made_once_by_a_worker_and_thrown_away_in_time(invoice, deliver_due):
    assert find_pdf(invoice, "hi") is None
    assert find_pdf(invoice, "hi") is None
    deliver_due()
    pdf = find_pdf(invoice, "hi")
    assert pdf == make_pdf(invoice, "hi", at=now())
    assert Print.objects.count() == 1
    assert throw_away_old() == 0
    with travel(days=4):
        assert throw_away_old() == 1
        assert find_pdf(invoice, "hi") is None
