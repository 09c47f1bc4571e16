"""Listings know where imported goods come from: as they are added, imported, changed and merged."""

import pytest

from marketplace.core import outbox
from marketplace.core.errors import InvalidInput
from marketplace.core.models import OutboxEntry
from stores.catalogue.countries import by_name, countries, country_name, find_country
from stores.catalogue.models import Category, Product
from stores.catalogue.services import add_product, change_product
from stores.inventory.models import Listing
from stores.inventory.services import merge_product
from tests.factories import make_listing, make_product, make_store
from tests.inventory.test_import import counts, errors, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


def origin(listing):
    return Listing.objects.get(pk=listing.pk).imported_from


def follow():
    for entry in OutboxEntry.objects.waiting().filter(event="product.moved"):
        outbox.deliver(entry.pk)


def test_a_listing_copies_where_its_product_comes_from(store):
    kiwi = make_listing(store, product=make_product(name="Kiwi", country_of_origin="NZ"))
    atta = make_listing(store)
    assert (origin(kiwi), origin(atta)) == ("NZ", "")
    listings = Listing.objects.of_store(store.pk)
    assert list(listings.from_country("NZ")) == [kiwi]
    assert list(listings.from_country("IN")) == [atta]


def test_listings_follow_a_product_to_another_country_and_aisle_in_every_shop(store):
    product = make_product(name="Kiwi", country_of_origin="NZ")
    listings = [make_listing(shop, product=product) for shop in (store, make_store())]
    fruits = Category.objects.create(slug="my-fruits", name="Fruits")
    change_product(product_id=product.pk, store_id=None, country_of_origin="IT", category=fruits)
    follow()
    for listing in listings:
        listing.refresh_from_db()
        assert (listing.imported_from, listing.category_id) == ("IT", fruits.pk)
    change_product(product_id=product.pk, store_id=None, country_of_origin="IN")
    follow()
    assert [origin(listing) for listing in listings] == ["", ""]


def test_another_name_moves_no_listing(store):
    product = make_product(name="Kiwi", country_of_origin="NZ")
    change_product(product_id=product.pk, store_id=None, name="Kiwi fruit")
    assert not OutboxEntry.objects.filter(event="product.moved").exists()


def test_a_merged_product_brings_its_country(store):
    shared = make_product(name="Kiwi", country_of_origin="NZ")
    mine = make_product(name="My kiwi", store=store)
    listing = make_listing(store, product=mine)
    merge_product(product_id=mine.pk, into_id=shared.pk)
    assert origin(listing) == "NZ"


@pytest.mark.parametrize(
    ("heading", "cell", "code"),
    [
        ("Country of origin", "NZ", "NZ"),
        ("country", "new zealand", "NZ"),
        ("मूल देश", "स्पेन", "ES"),
        ("Origin", "USA", "US"),
        ("Made in", "India", ""),
        ("Country", "", ""),
    ],
)
def test_a_file_says_where_goods_come_from(store, heading, cell, code):
    done = run(store, f"name,price,{heading}\nSomething,35,{cell}\n")
    assert counts(done) == (1, 0, 0, 0)
    listing = Listing.objects.get()
    assert listing.imported_from == code
    assert Product.objects.get(store=store).country_of_origin == (code or "IN")


def test_what_is_no_country_is_named(store):
    done = run(store, "name,price,country\nKiwi,35,Atlantis\n")
    assert counts(done) == (0, 0, 0, 1)
    assert errors(done)[0]["error"] == "“Atlantis” is not a country."
    assert not Listing.objects.exists()


def test_a_known_product_brings_its_country_into_the_file(store):
    make_product(name="Kiwi", country_of_origin="NZ", pack_quantity=None, pack_unit="")
    assert counts(run(store, "name,price\nKiwi,35\n")) == (1, 0, 0, 0)
    assert Listing.objects.get().imported_from == "NZ"


def test_a_product_from_nowhere_is_refused(store):
    category = Category.objects.create(slug="x", name="X")
    with pytest.raises(InvalidInput, match="country_of_origin"):
        add_product(store_id=store.pk, name="Kiwi", category=category, country_of_origin="XX")
    assert not Product.objects.filter(name="Kiwi").exists()


def test_every_country_has_a_name_in_both_languages():
    assert len(countries()) == 243
    assert all(
        len(code) == 2 and code.isupper() and name and any("ऀ" <= c <= "ॿ" for c in name_hi)
        for code, (name, name_hi) in countries().items()
    )
    assert (country_name("NZ"), country_name("??")) == ("New Zealand", "??")
    assert by_name(["ES", "NZ", "IT"]) == [("IT", "Italy"), ("NZ", "New Zealand"), ("ES", "Spain")]
    assert [find_country(text) for text in ("  new  zealand ", "नेपाल", "Nowhere")] == [
        "NZ",
        "NP",
        None,
    ]
