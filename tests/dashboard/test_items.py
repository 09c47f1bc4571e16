import pytest

from marketplace.core.quantity import Unit
from stores.catalogue.models import Product
from stores.inventory.models import Listing
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_product, make_store

pytestmark = pytest.mark.django_db

PACKED = {"price": "95", "mrp": "100", "policy": "counted", "on_hand": "12", "reorder_level": "3"}


def test_the_catalogue_is_searched_for_what_the_shop_may_sell(manager, store):
    make_product(name="Tata Salt")
    make_listing(store, product=make_product(name="Black Salt"))
    make_product(name="Secret Salt", store=make_store())
    page = text(manager.get("choose-product", "?q=salt"))
    assert "Tata Salt" in page
    assert "Black Salt" in page
    assert page.count("on your shelf") == 1
    assert "Secret Salt" not in page


def test_a_product_of_the_catalogue_goes_on_the_shelf(manager, store):
    product = make_product()
    answer = manager.post("add-item", PACKED, product_id=product.pk)
    listing = Listing.objects.get(store=store)
    assert answer["Location"] == manager.url("listing", listing_id=listing.pk)
    assert (listing.price, listing.mrp, listing.on_hand, listing.reorder_level) == (
        9500,
        10000,
        12,
        3,
    )


def test_loose_goods_are_priced_by_the_kilogram(manager, store):
    dal = make_product(packed=False, base_unit=Unit.GRAM, pack_quantity=None, pack_unit="")
    assert "Price per kg" in text(manager.get("add-item", product_id=dal.pk))
    data = {"price": "160", "policy": "counted", "on_hand": "24.5", "step": "250"}
    manager.post("add-item", data, product_id=dal.pk)
    listing = Listing.objects.get(store=store)
    assert (listing.price, listing.per, listing.step, listing.minimum, listing.on_hand) == (
        16000,
        1000,
        250,
        250,
        24500,
    )


def test_a_price_above_the_mrp_is_refused_with_the_form_as_typed(manager, store):
    answer = manager.post("add-item", PACKED | {"price": "101"}, product_id=make_product().pk)
    assert answer.status_code == 422
    assert "The price is above the printed MRP." in text(answer)
    assert 'value="101"' in text(answer)
    assert not Listing.objects.filter(store=store).exists()


def test_the_same_product_at_the_same_mrp_is_refused_at_another_it_is_a_second_item(manager, store):
    listing = make_listing(store, mrp=10000, price=9000)
    answer = manager.post("add-item", PACKED, product_id=listing.product_id)
    assert answer.status_code == 422
    assert "already sells this product at this MRP" in text(answer)
    manager.post("add-item", PACKED | {"mrp": "110"}, product_id=listing.product_id)
    assert Listing.objects.filter(store=store).count() == 2


def test_a_product_of_ones_own_is_private_and_on_the_shelf(manager, store):
    category = make_product().category
    data = PACKED | {
        "name": "Grandma's Pickle",
        "name_hi": "दादी का अचार",
        "brand": "Home",
        "category": str(category.pk),
        "kind": "packed",
        "pack_size": "0.5",
        "pack_unit": "kg",
        "veg": "veg",
        "step": "250",
    }
    answer = manager.post("new-product", data)
    assert answer.status_code == 302
    product = Product.objects.get(store=store)
    assert (product.pack_quantity, product.pack_unit, product.brand.name) == (500, "g", "Home")
    assert Listing.objects.get(store=store).product == product


def test_a_wrong_barcode_keeps_everything_typed_and_adds_nothing(manager, store):
    data = PACKED | {
        "name": "Pickle",
        "category": str(make_product().category.pk),
        "kind": "packed",
        "veg": "veg",
    }
    for ean in ("8901234567891", "12345"):
        answer = manager.post("new-product", data | {"ean": ean})
        assert answer.status_code == 422
        assert f'value="{ean}"' in text(answer)
        assert 'value="Pickle"' in text(answer)
    assert not Product.objects.filter(store=store).exists()


def test_what_was_searched_is_filled_in(manager):
    assert 'value="Pickle"' in text(manager.get("new-product", "?q=Pickle"))
    assert 'value="8901030865278"' in text(manager.get("new-product", "?q=8901030865278"))
    assert manager.get("choose-product", "?q=8901030865278").status_code == 200


def test_the_search_costs_five_statements(manager, django_assert_num_queries):
    for n in range(5):
        make_product(name=f"Salt {n}")
    with django_assert_num_queries(5):
        manager.get("choose-product", "?q=salt")


def test_a_product_of_ones_own_names_its_country(manager, store):
    data = PACKED | {
        "name": "Spanish olives",
        "category": str(make_product().category.pk),
        "kind": "packed",
        "step": "250",
        "country_of_origin": "ES",
    }
    assert manager.post("new-product", data).status_code == 302
    listing = Listing.objects.get(product__name="Spanish olives")
    assert (listing.product.country_of_origin, listing.imported_from) == ("ES", "ES")
    page = manager.get("listing", listing_id=listing.pk).content.decode()
    assert "<dt>Country of origin</dt><dd>Spain</dd>" in page
    manager.post("change-origin", {"country_of_origin": "IT"}, listing_id=listing.pk)
    listing.product.refresh_from_db()
    assert listing.product.country_of_origin == "IT"


def test_the_country_of_a_shared_product_is_not_a_shops_to_change(manager, store):
    listing = make_listing(store, product=make_product(name="Kiwi", country_of_origin="NZ"))
    page = manager.get("listing", listing_id=listing.pk).content.decode()
    assert "<dd>New Zealand</dd>" in page
    assert "/origin/" not in page
    manager.post("change-origin", {"country_of_origin": "IT"}, listing_id=listing.pk)
    listing.product.refresh_from_db()
    assert listing.product.country_of_origin == "NZ"
