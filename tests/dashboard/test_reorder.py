import csv
import io
from urllib.parse import unquote

import pytest

from stores.catalogue.models import Brand
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def low(store):
    """Three packets of Tata Salt left of a level of five."""
    brand = Brand.objects.create(name="Tata", name_hi="टाटा")
    product = make_product(name="Salt", name_hi="नमक", brand=brand, ean="8901058000290")
    return make_listing(store, product=product, on_hand=3, reorder_level=5)


def test_the_list_says_what_to_buy(manager, low):
    page = text(manager.get("reorder"))
    assert "Salt" in page
    assert "3 pc left · 0 pc sold in 14 days" in page
    assert ">3 pc</b>" in page


def test_it_is_sent_on_whatsapp(manager, low):
    page = text(manager.get("reorder"))
    link = page.split('href="https://wa.me/?text=')[1].split('"')[0]
    assert unquote(link) == "Order for Gupta Kirana\n\n*Tata*\nSalt 5 kg: 3 pc"
    page = text(manager.get("reorder", "?by=aisle"))
    link = page.split('href="https://wa.me/?text=')[1].split('"')[0]
    assert unquote(link) == "Order for Gupta Kirana\n\n*Atta*\nSalt 5 kg: 3 pc"


def test_it_is_a_file_for_a_spreadsheet(manager, store, low):
    make_listing(store, product=make_product(name="=SUM(A1)"), on_hand=0, reorder_level=1)
    answer = manager.get("reorder-csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(text(answer).removeprefix("\ufeff"))))
    assert rows[1] == [
        *("Tata", "Atta", "Salt", "5 kg", "8901058000290", "pieces"),
        *("3", "5", "0", "3"),
    ]
    assert rows[2][2] == "'=SUM(A1)"
    assert len(rows) == 3


def test_every_item_is_on_exactly_one_page(manager, store):
    wanted = {str(make_listing(store, on_hand=0, reorder_level=1).pk) for _ in range(120)}
    seen: list[str] = []
    for page in (1, 2, 3):
        shown = text(manager.get("reorder", f"?page={page}"))
        seen += [pk for pk in wanted if f"/{pk}/" in shown]
        assert ('rel="next"' in shown) == (page < 3)
    assert len(seen) == 120
    assert set(seen) == wanted


@pytest.mark.parametrize("listings", [1, 30])
def test_it_costs_three_statements(manager, store, listings, django_assert_num_queries):
    for _ in range(listings):
        make_listing(store, on_hand=0, reorder_level=1)
    with django_assert_num_queries(3):  # session, desk, listings
        manager.get("reorder", "?page=nonsense&by=nonsense")


def test_with_nothing_to_buy_it_says_how_items_get_there(manager, listing):
    assert "Nothing to buy" in text(manager.get("reorder"))
