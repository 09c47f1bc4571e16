"""The filter by country of origin: only where there are imported goods, and no dearer where there are none."""

import re

import pytest
from django.db import connection

from marketplace.storefront.aisles import _read_tiles
from stores.catalogue.models import Category
from stores.inventory.imported import read_imported
from stores.inventory.services import set_shown
from tests.factories import make_listing, make_product, make_store


@pytest.fixture
def sweets(db):
    return Category.objects.create(slug="my-sweets", name="My sweets", name_hi="मिठाई")


@pytest.fixture
def imported(store, sweets):
    """Chocolate from Switzerland and Italy, olive oil from Spain, and as much from India."""
    made = {}
    for rank, (name, country, category) in enumerate(
        [
            ("Swiss chocolate", "CH", sweets),
            ("Italian chocolate", "IT", sweets),
            ("Indian chocolate", "IN", sweets),
            ("Olive oil", "ES", None),
            ("Mustard oil", "IN", None),
        ]
    ):
        more = {"category": category} if category else {}
        product = make_product(name=name, country_of_origin=country, **more)
        made[name] = make_listing(store, product=product, rank=rank)
    return made


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def shown(text):
    """What stands on the cards: each once, in order."""
    return list(dict.fromkeys(re.findall(r">\s*([A-Z][a-z]+ (?:chocolate|oil))\s*<", text)))


def offered(text):
    (form,) = re.findall(r'<form class="row origins".*?</form>', text)
    return re.findall(r'<option value="([^"]*)"( selected)?>([^<]+)</option>', form)


ALL = [("", "", "All goods"), ("imported", "", "Imported goods, by country")]


@pytest.mark.usefixtures("imported")
def test_a_shop_offers_the_countries_of_its_imported_goods(visitor, store):
    assert offered(page(visitor, f"/shops/{store.slug}/")) == [
        *ALL,
        ("IT", "", "Italy"),
        ("ES", "", "Spain"),
        ("CH", "", "Switzerland"),
    ]


@pytest.mark.usefixtures("imported")
def test_an_aisle_offers_those_of_its_own(visitor, store):
    text = page(visitor, f"/shops/{store.slug}/c/my-sweets/")
    assert [code for code, _, _ in offered(text)] == ["", "imported", "IT", "CH"]


@pytest.mark.usefixtures("imported")
def test_a_search_offers_those_of_what_it_found(visitor, store):
    text = page(visitor, f"/shops/{store.slug}/search/?q=chocolate")
    assert [code for code, _, _ in offered(text)] == ["", "imported", "IT", "CH"]
    assert '<input type="hidden" name="q" value="chocolate">' in text
    text = page(visitor, "/search/?q=chocolate")
    assert [code for code, _, _ in offered(text)] == ["", "imported", "IT", "CH"]
    for address in (f"/shops/{store.slug}/search/?q=mustard", "/search/?q=mustard"):
        assert 'class="row origins"' not in page(visitor, address)


def test_where_all_is_from_india_nothing_is_offered(visitor, store, sweets):
    make_listing(store, product=make_product(name="Indian chocolate", category=sweets))
    for address in ("", "c/my-sweets/", "search/?q=chocolate"):
        assert 'class="row origins"' not in page(visitor, f"/shops/{store.slug}/{address}")


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("?origin=IT", ["Italian chocolate"]),
        ("?origin=ES", ["Olive oil"]),
        ("?origin=imported", ["Italian chocolate", "Olive oil", "Swiss chocolate"]),
        ("c/my-sweets/?origin=imported", ["Italian chocolate", "Swiss chocolate"]),
        ("c/my-sweets/?origin=ES", []),
        ("search/?q=chocolate&origin=CH", ["Swiss chocolate"]),
        ("search/?q=chocolate&origin=imported", ["Italian chocolate", "Swiss chocolate"]),
    ],
)
def test_a_country_narrows_and_all_imported_goods_stand_by_country(
    visitor, store, address, expected
):
    assert shown(page(visitor, f"/shops/{store.slug}/{address}")) == expected


@pytest.mark.usefixtures("imported")
def test_search_everywhere_narrows_too(visitor):
    assert shown(page(visitor, "/search/?q=chocolate&origin=IT")) == ["Italian chocolate"]
    assert shown(page(visitor, "/search/?q=chocolate&origin=imported")) == [
        "Italian chocolate",
        "Swiss chocolate",
    ]


@pytest.mark.usefixtures("imported")
def test_what_is_chosen_stays_chosen_and_nonsense_is_nothing(visitor, store):
    text = page(visitor, f"/shops/{store.slug}/?origin=CH")
    assert ("CH", " selected", "Switzerland") in offered(text)
    everything = shown(page(visitor, f"/shops/{store.slug}/"))
    assert len(everything) == 5
    for nonsense in ("XX", "IN", "%27", "imported%20"):
        assert shown(page(visitor, f"/shops/{store.slug}/?origin={nonsense}")) == everything


@pytest.mark.usefixtures("imported")
def test_in_hindi_countries_are_named_and_sorted_so(visitor, store):
    visitor.post("/language/", {"language": "hi"})
    text = page(visitor, f"/shops/{store.slug}/")
    assert [name for _, _, name in offered(text)][2:] == ["इटली", "स्पेन", "स्विट्ज़रलैंड"]


def test_pages_of_a_country_follow_one_another(visitor, store, sweets):
    for n in range(26):
        product = make_product(name=f"Swiss bar {n}", category=sweets, country_of_origin="CH")
        make_listing(store, product=product)
    for address in ("?origin=CH", "c/my-sweets/?origin=CH", "search/?q=swiss&origin=CH"):
        first = page(visitor, f"/shops/{store.slug}/{address}")
        (following,) = re.findall(r'href="([^"]+)" rel="next"', first)
        assert "origin=CH&amp;after=24" in following
        here = f"/shops/{store.slug}/{address}".partition("?")[0]
        second = page(visitor, here + following.replace("&amp;", "&"))
        found = [set(re.findall(r"Swiss bar \d+", text)) for text in (first, second)]
        assert [len(each) for each in found] == [24, 2]
        assert len(found[0] | found[1]) == 26
        assert 'rel="next"' not in second
        assert ("CH", " selected", "Switzerland") in offered(second)


@pytest.mark.usefixtures("imported")
def test_a_narrowed_page_is_the_same_to_search_engines(visitor, store):
    plain = page(visitor, f"/shops/{store.slug}/")
    narrowed = page(visitor, f"/shops/{store.slug}/?origin=IT")
    (canonical,) = re.findall(r'<link rel="canonical" href="([^"]+)"', plain)
    assert f'<link rel="canonical" href="{canonical}"' in narrowed
    assert "origin" not in canonical


@pytest.mark.parametrize("address", ["", "c/my-sweets/", "search/?q=chocolate"])
def test_imported_goods_cost_no_further_statement(visitor, store, sweets, address):
    counts = []
    for country in ("IN", "CH"):
        product = make_product(
            name=f"Chocolate {country}", category=sweets, country_of_origin=country
        )
        make_listing(store, product=product)
        # what is kept of the shop's aisles is read again
        _read_tiles.cache_clear()
        counts.append(0)
        with connection.execute_wrapper(counting(counts)):
            text = page(visitor, f"/shops/{store.slug}/{address}")
        assert ('class="row origins"' in text) is (country == "CH")
    assert counts[0] == counts[1] <= 6


def counting(counts):
    def count(execute, sql, params, many, context):
        counts[-1] += 1
        return execute(sql, params, many, context)

    return count


@pytest.mark.usefixtures("imported")
def test_a_narrowed_page_costs_no_more_than_a_whole_one(visitor, store):
    counts = []
    for address in ("", "?origin=IT", "c/my-sweets/?origin=IT", "search/?q=chocolate&origin=IT"):
        counts.append(0)
        with connection.execute_wrapper(counting(counts)):
            page(visitor, f"/shops/{store.slug}/{address}")
    assert max(counts) <= 6


def test_hidden_goods_and_other_shops_goods_stay_out(store, imported):
    other = make_store()
    make_listing(other, product=make_product(name="Other chocolate", country_of_origin="IT"))
    set_shown(
        store_id=store.pk, listing_id=imported["Italian chocolate"].pk, shown=False, actor="x"
    )
    assert read_imported(store_id=store.pk, origins=["IT"], most=5) == []


def test_a_products_page_names_the_country(visitor, store):
    listing = make_listing(store, product=make_product(name="Kiwi", country_of_origin="NZ"))
    address = f"/shops/{store.slug}/p/{listing.pk}/"
    text = re.sub(r"\s+", " ", visitor.get(address, follow=True).content.decode())
    assert "<dt>Country of origin</dt><dd>New Zealand</dd>" in text
    visitor.post("/language/", {"language": "hi"})
    text = visitor.get(address, follow=True).content.decode()
    assert "<dd>न्यूज़ीलैंड</dd>" in text
