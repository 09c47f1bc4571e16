"""What search engines and those who share a link find."""

import json
import re
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree

import pytest
from django.test import Client

from marketplace.core.clock import business_date
from marketplace.storefront.views import crawlers
from stores.catalogue.services import name_brand
from stores.inventory.models import Listing
from stores.shops.models import Store
from tests.factories import make_listing, make_loose, make_product, make_store

BASE = "http://127.0.0.1:8000"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)


def data_in(page: str) -> dict[str, dict]:
    """The things in the one block of a page, by their type."""
    (block,) = BLOCK.findall(page)
    return {thing["@type"]: thing for thing in json.loads(block)["@graph"]}


def head_of(client: Client, path: str) -> dict[str, str]:
    """What the head of a page says: canonical, robots, description and the card."""
    page = client.get(path).content.decode()
    said = {
        unescape(name): unescape(content)
        for name, content in re.findall(
            r'<meta\s+(?:name|property)="([^"]+)"\s+content="([^"]*)"', page
        )
    }
    return (
        said
        | dict.fromkeys(re.findall(r'rel="(canonical)" href="[^"]*"', page), "")
        | {"canonical": "".join(re.findall(r'rel="canonical" href="([^"]*)"', page))}
    )


def addresses_in(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response["Content-Type"].startswith("application/xml")
    return [str(one.text) for one in ElementTree.fromstring(response.content).iter(LOC)]


def test_a_product_has_an_address_that_people_can_read(visitor, store):
    listing = make_listing(store, product=make_product(name="Aashirvaad Chakki Atta"))
    path = f"/shops/{store.slug}/p/{listing.pk}-aashirvaad-chakki-atta/"
    assert path in visitor.get(f"/shops/{store.slug}/").content.decode()
    assert head_of(visitor, path)["canonical"] == BASE + path


@pytest.mark.parametrize("tail", ["", "-an-older-name"])
def test_an_older_address_leads_to_the_newest_for_good(visitor, store, tail):
    listing = make_listing(store, product=make_product(name="Poha"))
    moved = visitor.get(f"/shops/{store.slug}/p/{listing.pk}{tail}/")
    assert moved.status_code == 301
    assert moved["Location"] == f"/shops/{store.slug}/p/{listing.pk}-poha/"
    # a name that comes back must not send the browser in a circle
    assert moved["Cache-Control"] == "no-cache"


def test_a_name_without_latin_letters_leaves_the_id_alone(visitor, store):
    listing = make_listing(store, product=make_product(name="आटा"))
    assert visitor.get(f"/shops/{store.slug}/p/{listing.pk}/").status_code == 200


def test_a_shop_says_where_it_is_and_when_it_is_open(visitor):
    holiday = business_date() + timedelta(days=3)
    store = make_store(
        hours={
            "mon": [["07:00", "13:00"], ["16:00", "24:00"]],
            "tue": [["07:00", "13:00"]],
        },
        holidays=[business_date() - timedelta(days=30), holiday],
    )
    shop = data_in(visitor.get(f"/shops/{store.slug}/").content.decode())["GroceryStore"]
    assert shop["url"] == f"{BASE}/shops/{store.slug}/"
    assert (shop["name"], shop["telephone"]) == ("Gupta Kirana", "+919810000001")
    assert shop["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "12 Main Bazar, Connaught Place",
        "addressLocality": "New Delhi",
        "addressRegion": "Delhi",
        "postalCode": "110001",
        "addressCountry": "IN",
    }
    assert (shop["geo"]["latitude"], shop["geo"]["longitude"]) == (28.6205, 77.2128)
    spans = [
        (one["dayOfWeek"], one["opens"], one["closes"]) for one in shop["openingHoursSpecification"]
    ]
    assert spans == [
        (["Monday", "Tuesday"], "07:00", "13:00"),
        (["Monday"], "16:00", "23:59"),
    ]
    (closed,) = shop["specialOpeningHoursSpecification"]
    assert (closed["validFrom"], closed["opens"], closed["closes"]) == (
        holiday.isoformat(),
        "00:00",
        "00:00",
    )


def test_a_product_says_its_price_brand_barcode_and_whether_it_is_there(visitor, store):
    product = make_product(
        name="Salt", brand=name_brand(name="Tata"), ean="8901058000290", pack_quantity=1000
    )
    listing = make_listing(store, product=product, price=2505, mrp=2800)
    path = f"/shops/{store.slug}/p/{listing.pk}-salt/"
    data = data_in(visitor.get(path).content.decode())
    thing, offer = data["Product"], data["Product"]["offers"]
    assert (thing["name"], thing["brand"]["name"], thing["gtin13"]) == (
        "Salt 1 kg",
        "Tata",
        "8901058000290",
    )
    assert (offer["price"], offer["priceCurrency"]) == ("25.05", "INR")
    assert offer["availability"] == "https://schema.org/InStock"
    assert offer["priceSpecification"][0]["price"] == "28.00"
    trail = [one["item"] for one in data["BreadcrumbList"]["itemListElement"]]
    assert trail == [
        f"{BASE}/shops/{store.slug}/",
        f"{BASE}/shops/{store.slug}/c/atta/",
        BASE + path,
    ]
    Listing.objects.filter(pk=listing.pk).update(on_hand=0)
    sold_out = data_in(visitor.get(path).content.decode())["Product"]["offers"]
    assert sold_out["availability"] == "https://schema.org/OutOfStock"


def test_the_price_of_loose_goods_says_for_how_much(visitor, store):
    listing = make_loose(store, name="Potato")
    page = visitor.get(f"/shops/{store.slug}/p/{listing.pk}-potato/").content.decode()
    (terms,) = data_in(page)["Product"]["offers"]["priceSpecification"]
    assert terms["price"] == "40.00"
    assert terms["referenceQuantity"] == {
        "@type": "QuantitativeValue",
        "value": 1000,
        "unitCode": "GRM",
    }


def test_a_name_cannot_end_the_block(visitor, store):
    name = "</script><script>alert(1)</script> & co"
    listing = make_listing(store, product=make_product(name=name))
    page = visitor.get(f"/shops/{store.slug}/p/{listing.pk}/", follow=True).content.decode()
    assert "<script>alert" not in page
    assert data_in(page)["Product"]["name"] == f"{name} 5 kg"


def test_a_shared_link_shows_a_card(visitor, store):
    listing = make_listing(store, product=make_product(name="Poha"))
    for path, title in (
        (f"/shops/{store.slug}/", "Gupta Kirana, Connaught Place"),
        (f"/shops/{store.slug}/c/atta/", "Atta from Gupta Kirana"),
        (f"/shops/{store.slug}/p/{listing.pk}-poha/", "Poha 5 kg"),
        ("/", "Your neighbourhood kirana, on your phone"),
        ("/help/", "Help"),
    ):
        said = head_of(visitor, path)
        assert said["og:title"] == title
        assert said["og:url"] == said["canonical"] == BASE + path
        assert said["og:description"] == said["description"] != ""
        assert said["og:image"] == f"{BASE}/static/icons/card.png"
        assert "robots" not in said


def test_a_search_that_found_something_is_known_by_its_words(visitor, store):
    make_listing(store, product=make_product(name="Poha", country_of_origin="NP"))
    for path, title in (
        (f"/shops/{store.slug}/search/", "poha from Gupta Kirana"),
        ("/search/", "poha in New Delhi"),
    ):
        for typed in ("poha", "%20Poha+", "POHA"):
            said = head_of(visitor, f"{path}?q={typed}")
            assert said["canonical"] == said["og:url"] == f"{BASE}{path}?q=poha"
            assert said["og:title"].lower() == title.lower()
            assert "robots" not in said
        narrowed = head_of(visitor, f"{path}?q=poha&origin=NP")
        assert (narrowed["robots"], narrowed["canonical"]) == ("noindex", "")


def test_what_is_somebodys_own_or_changes_by_the_hour_is_not_indexed(customer, store, filled_form):
    for path in (
        f"/shops/{store.slug}/basket/",
        f"/shops/{store.slug}/checkout/",
        f"/shops/{store.slug}/search/?q=zzz",
        f"/shops/{store.slug}/search/?q=atta&after=0.{'0' * 32}",
        f"/shops/{store.slug}/?after=0.{'0' * 32}",
        f"/shops/{store.slug}/c/atta/?after=0.{'0' * 32}",
        "/search/?q=zzz",
        "/orders/",
        "/me/",
        "/nowhere/",
    ):
        said = head_of(customer, path)
        assert said.get("robots") == "noindex", path
        assert said["canonical"] == "", path


def test_the_sitemap_holds_the_pages_of_active_shops_alone(visitor, store):
    listing = make_listing(store, product=make_product(name="Poha"))
    hidden = make_listing(store)
    Listing.objects.filter(pk=hidden.pk).update(shown=False)
    closed = make_store(status=Store.Status.SUSPENDED)
    assert addresses_in(visitor, "/sitemap.xml") == [
        f"{BASE}/sitemap-pages.xml",
        f"{BASE}/shops/{store.slug}/sitemap.xml",
    ]
    assert addresses_in(visitor, f"/shops/{store.slug}/sitemap.xml") == [
        f"{BASE}/shops/{store.slug}/",
        f"{BASE}/shops/{store.slug}/c/atta/",
        f"{BASE}/shops/{store.slug}/p/{listing.pk}-poha/",
    ]
    assert visitor.get(f"/shops/{closed.slug}/sitemap.xml").status_code == 404
    for address in addresses_in(visitor, "/sitemap-pages.xml"):
        assert visitor.get(address.removeprefix(BASE)).status_code == 200


def test_more_shops_than_fit_one_index_get_another(visitor, store, monkeypatch):
    other = make_store()
    monkeypatch.setattr(crawlers, "SHOPS", 1)
    first, second = (addresses_in(visitor, path) for path in ("/sitemap.xml", "/sitemap-2.xml"))
    assert first[1:] + second == [
        f"{BASE}/shops/{shop.slug}/sitemap.xml" for shop in (store, other)
    ]
    assert visitor.get("/sitemap-3.xml").status_code == 404
    assert visitor.get("/sitemap-0.xml").status_code == 404
    robots = visitor.get("/robots.txt").content.decode()
    assert re.findall(r"^Sitemap: (.*)$", robots, re.M) == [
        f"{BASE}/sitemap.xml",
        f"{BASE}/sitemap-2.xml",
    ]


def test_robots_are_kept_out_of_what_is_not_for_them(client, db):
    lines = client.get("/robots.txt").content.decode().splitlines()
    for path in ("/dashboard/", "/staff/", "/api/", "/orders/", "/shops/*/checkout/"):
        assert f"Disallow: {path}" in lines
    assert not any(line.endswith("/search/") for line in lines)
    assert f"Sitemap: {BASE}/sitemap.xml" in lines


def test_a_sitemap_costs_three_statements_however_much_a_shop_has(
    client, store, django_assert_max_num_queries
):
    for rank in range(30):
        make_listing(store, rank=rank)
    with django_assert_max_num_queries(3):
        client.get(f"/shops/{store.slug}/sitemap.xml")
