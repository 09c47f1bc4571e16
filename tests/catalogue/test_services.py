from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import InvalidInput
from stores.catalogue import services
from stores.catalogue.barcodes import check_digit, ean13
from stores.catalogue.models import Category, GstRate, Product
from tests.factories import make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def aisles():
    return services.lay_out_aisles()


def shared(aisles, **changes):
    fields = {
        "category": aisles["atta"],
        "brand": services.name_brand(name="Aashirvaad", name_hi="आशीर्वाद"),
        "name": "Shudh  Chakki Atta",
        "name_hi": "शुद्ध चक्की आटा",
        "other_names": ["gehu atta"],
        "pack_quantity": 5000,
        "pack_unit": "g",
        "hsn": "1101",
    }
    return services.add_product(store_id=None, **fields | changes)


def test_the_aisles_are_laid_out_once(aisles):
    assert aisles["atta"].parent == aisles["staples"]
    before = Category.objects.count()
    assert before == 34
    services.lay_out_aisles()
    assert Category.objects.count() == before


def test_a_category_is_at_most_three_levels_deep(aisles):
    third = services.add_category(slug="chakki", name="Chakki", parent=aisles["atta"])
    assert third.level == 3
    with pytest.raises(InvalidInput):
        services.add_category(slug="fourth", name="Fourth", parent=third)
    assert not Category.objects.filter(slug="fourth").exists()


def test_a_product_is_found_by_every_name_it_has(aisles):
    product = shared(aisles)
    assert product.name == "Shudh Chakki Atta"
    assert product.search_text == ("shudh chakki atta शुद्ध चक्की आटा gehu atta aashirvaad आशीर्वाद")


def test_a_shop_changes_its_own_products_and_no_others(aisles):
    mine, theirs = make_store(), make_store()
    common = shared(aisles)
    private = shared(aisles, name="Loose atta")
    Product.objects.filter(pk=private.pk).update(store=theirs)
    with pytest.raises(services.SharedProduct):
        services.change_product(product_id=common.pk, store_id=mine.pk, name="Mine")
    with pytest.raises(services.UnknownProduct):
        services.change_product(product_id=private.pk, store_id=mine.pk, name="Mine")
    assert not Product.objects.filter(name="Mine").exists()
    services.change_product(product_id=private.pk, store_id=theirs.pk, name="Ours")
    services.change_product(product_id=common.pk, store_id=None, name="Everybody's")
    assert set(Product.objects.values_list("name", flat=True)) == {"Ours", "Everybody's"}


def test_the_same_product_twice_is_refused(aisles):
    shared(aisles)
    with pytest.raises(services.ProductExists):
        shared(aisles)
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ean", "8901030000000"),
        ("name", " "),
        ("pack_quantity", None),
        ("pack_unit", ""),
        ("base_unit", "kg"),
        ("veg", "maybe"),
    ],
)
def test_what_cannot_be_right_is_refused(aisles, field, value):
    with pytest.raises(InvalidInput):
        shared(aisles, packed=field != "base_unit", **{field: value})
    assert not Product.objects.exists()


@given(st.from_regex(r"\A[0-9]{12}\Z"), st.integers(0, 11), st.integers(1, 9))
def test_a_barcode_with_one_wrong_digit_is_refused(first, place, off):
    code = first + check_digit(first)
    assert ean13(code) == code
    wrong = str((int(code[place]) + off) % 10)
    assert ean13(code[:place] + wrong + code[place + 1 :]) is None


def test_short_and_american_barcodes_become_thirteen_digits():
    assert ean13("036000291452") == "0036000291452"
    assert ean13("9638 5074") == "0000096385074"
    assert ean13("8.90103E+12") is None


def test_a_private_product_goes_into_a_shared_one_with_its_names(aisles):
    common = shared(aisles)
    private = services.add_product(
        store_id=make_store().pk, category=aisles["atta"], name="Ashirwad aata"
    )
    services.mark_merged(product_id=private.pk, into_id=common.pk)
    common.refresh_from_db()
    assert common.other_names == ["gehu atta", "Ashirwad aata"]
    assert "ashirwad aata" in common.search_text
    with pytest.raises(InvalidInput):
        services.mark_merged(product_id=common.pk, into_id=private.pk)


@pytest.mark.parametrize(
    ("hsn", "packed", "bps"),
    [
        ("1006", True, 500),
        ("1006", False, 0),
        ("1701", False, 500),
        ("2501", True, 0),
        ("220210", True, 4000),
        ("3402", True, 1800),
        ("040610", True, 0),
        ("040630", True, 500),
    ],
)
def test_the_rates_since_22_september_2025_are_known(hsn, packed, bps):
    rates = GstRate.objects.in_force(date(2026, 11, 22)).filter(hsn=hsn, packed=packed)
    assert [rate.bps for rate in rates] == [bps]
    assert not GstRate.objects.in_force(date(2025, 9, 21)).exists()
