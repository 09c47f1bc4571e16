"""Searching in a shop and around: what is found, what is said of it, and the way elsewhere."""

import re
from html import unescape

import pytest

from stores.catalogue.models import Category
from tests.factories import make_listing, make_product, make_store
from tests.storefront.cards import CARD, NEXT, ON_A_PAGE


def test_a_search_goes_on_with_the_same_words(visitor, store):
    for rank in range(ON_A_PAGE + 1):
        make_listing(store, rank=rank, product=make_product(name=f"Atta & maida {rank}"))
    first = visitor.get(f"/shops/{store.slug}/search/", {"q": "& maida"}).content.decode()
    (after,) = NEXT.findall(first)
    assert after.startswith("?q=%26%20maida&amp;after=")
    second = visitor.get(f"/shops/{store.slug}/search/{unescape(after)}").content.decode()
    assert CARD.findall(second) == [("", "Atta &amp; maida 0")]


def test_search_finds_every_spelling(visitor, store):
    make_listing(store, product=make_product(name="Atta", name_hi="आटा"))
    for text in ("aata", "आटा", "ATTA"):
        page = visitor.get(f"/shops/{store.slug}/search/", {"q": text}).content.decode()
        assert CARD.findall(page) == [("", "Atta")]
    nothing = visitor.get(f"/shops/{store.slug}/search/", {"q": "zzz"}).content.decode()
    assert "Nothing found for “zzz”" in nothing


def test_search_everywhere_names_the_shop(visitor, store):
    product = make_product(name="Poha")
    make_listing(store, product=product)
    elsewhere = make_store(delivery_pincodes=["560001"], latitude=12.97, longitude=77.59)
    make_listing(elsewhere, product=product)
    cards = visitor.get("/search/", {"q": "poha"}).context["cards"]
    assert [(card.name, card.shop) for card in cards] == [("Poha", "Gupta Kirana")]


@pytest.mark.parametrize("text", ["vegetables", "sabzi", "sabji", "सब्ज़ी", "vegetable"])
def test_who_asks_for_an_aisle_is_shown_the_way(visitor, store, text):
    greens, _ = Category.objects.get_or_create(
        slug="vegetables", defaults={"name": "Vegetables", "name_hi": "सब्ज़ियाँ"}
    )
    make_listing(store, product=make_product(name="Kitchen King Sabzi Masala"))
    make_listing(store, product=make_product(name="Kohlrabi", category=greens))
    page = visitor.get(f"/shops/{store.slug}/search/", {"q": text}).content.decode()
    assert f'<a href="/shops/{store.slug}/c/vegetables/">Vegetables</a>' in page
    assert "Kohlrabi" in [name for _, name in CARD.findall(page)]
    assert "/c/vegetables/" not in visitor.get(f"/shops/{store.slug}/search/?q=masala").text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gupta", True),
        ("gupta kirana store", True),
        ("गुप्ता", True),
        ("kirana", False),
        ("atta", False),
    ],
)
def test_who_asks_for_a_shop_around_is_shown_the_way(visitor, store, text, shown):
    make_listing(store)
    page = visitor.get("/search/", {"q": text}).content.decode()
    assert (f'<a href="/shops/{store.slug}/">Gupta Kirana</a>' in page) is shown


def test_what_is_only_guessed_is_said_to_be(visitor, store):
    make_listing(store, product=make_product(name="Besan"))
    for path in (f"/shops/{store.slug}/search/", "/search/"):
        page = visitor.get(path, {"q": "bezzan"}).text
        assert "Nothing here is called “bezzan”. This comes close:" in page
        assert 'name="robots" content="noindex"' in page
        assert "comes close" not in visitor.get(path, {"q": "besan"}).text
    assert "wa.me" in visitor.get(f"/shops/{store.slug}/search/", {"q": "bezzan"}).text


def test_what_a_shop_has_not_may_be_asked_of_the_shopkeeper(
    visitor, store, django_assert_max_num_queries
):
    make_listing(store)
    address = f"/shops/{store.slug}/search/?q=%22zzz+%26+y"
    visitor.get(address)
    with django_assert_max_num_queries(6):
        page = visitor.get(address).content.decode()
    assert (
        'href="https://wa.me/919810000001?text=Do%20you%20have%20%E2%80%9C%22zzz%20%26%20y%E2%80%9D%3F"'
        in page
    )
    assert 'href="tel:+919810000001"' in page
    assert f'href="/shops/{store.slug}/c/atta/"' in page
    found = visitor.get(f"/shops/{store.slug}/search/?q=atta").content.decode()
    assert "wa.me" not in found
    assert "wa.me" not in visitor.get(f"/shops/{store.slug}/search/").content.decode()


def test_a_search_around_shows_what_is_in_the_baskets_and_whose_they_are(
    visitor, store, tap, django_assert_max_num_queries
):
    product = make_product(name="Poha")
    here = make_listing(store, product=product)
    there = make_listing(make_store(name="Sharma Store"), product=product)
    for listing, times in ((here, 1), (there, 2)):
        for _ in range(times):
            tap(visitor, "more", listing, next="/search/?q=poha", on="around")
    with django_assert_max_num_queries(6):
        page = visitor.get("/search/?q=poha").content.decode()
    assert re.findall(r"<output>(.*?)</output>", page) == ["1", "2"]
    bar = page.partition('<div id="bar"')[2]
    assert re.findall(r">(\S+ \S+) · (\d) item", bar) == [
        ("Gupta Kirana", "1"),
        ("Sharma Store", "1"),
    ]
    assert f'href="/shops/{store.slug}/basket/"' in bar
    answer = visitor.post(
        "/basket/change/", {"more": str(there.pk), "on": "around"}, headers={"hx-request": "true"}
    ).content.decode()
    assert '<p class="item-pack">Sharma Store</p>' in answer
    assert "<output>3</output>" in answer
    assert "Gupta Kirana · 1 item" in " ".join(answer.split())


def test_a_search_around_goes_on_where_the_last_page_ended(visitor, store):
    for n in range(ON_A_PAGE + 2):
        make_listing(store, product=make_product(name=f"Besan {n:02}"))
    first = visitor.get("/search/?q=besan").content.decode()
    (following,) = NEXT.findall(first)
    second = visitor.get(f"/search/{following.replace('&amp;', '&')}").content.decode()
    names = [name for page in (first, second) for _, name in CARD.findall(page)]
    assert len(names) == len(set(names)) == ON_A_PAGE + 2
    assert NEXT.findall(second) == []
    assert 'name="robots" content="noindex"' in second


def test_the_nearest_shop_comes_first_in_a_search_around(visitor, store):
    product = make_product(name="Besan")
    far = make_store(latitude=store.latitude + 0.02)
    make_listing(far, product=product, rank=9)
    make_listing(store, product=product, rank=1)
    page = visitor.get("/search/?q=besan").content.decode()
    order = re.findall(r'href="/shops/([^/"]+)/p/', page)
    assert order == [store.slug, far.slug]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/shops/{}/search/?q=x&after=" + "9" * 5000, 200),
        ("/shops/{}/?origin=imported&after=" + "9" * 5000, 200),
        ("/shops/{}/?after=" + "9" * 5000 + ".1", 200),
        ("/sitemap-" + "9" * 18 + ".xml", 404),
        ("/sitemap-" + "9" * 5000 + ".xml", 404),
        ("/search/?q=❶", 200),
        ("/shops/{}/search/suggestions/?q=atta ❶", 200),
    ],
)
def test_a_number_that_is_none_of_ours_breaks_nothing(visitor, store, path, status):
    make_listing(store, product=make_product(name="Atta"))
    assert visitor.get(path.format(store.slug)).status_code == status
