"""What is suggested while somebody types: a few goods of this shop, or of those around."""

import re

import pytest

from tests.factories import make_listing, make_product, make_store

pytestmark = pytest.mark.django_db

OPTION = re.compile(
    r'<li id="([^"]+)"\s+role="option"\s+aria-selected="false"\s+data-href="([^"]+)"'
)


@pytest.fixture
def besan(store):
    return make_listing(
        store,
        product=make_product(name="Besan", name_hi="बेसन", pack_quantity=5000, pack_unit="g"),
        price=25000,
    )


def words(page):
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_a_few_goods_of_the_shop_with_pack_and_price(visitor, store, besan):
    for n in range(8):
        make_listing(store, product=make_product(name=f"Aam Papad {n}"))
    page = visitor.get(f"/shops/{store.slug}/search/suggestions/", {"q": "bes"}).content.decode()
    assert OPTION.findall(page) == [
        ("suggestion-1", f"/shops/{store.slug}/p/{besan.pk}-besan/"),
    ]
    assert words(page) == "Besan 5 kg ₹250"
    assert 'role="listbox"' in page
    assert 'data-said="1 suggestion"' in page
    many = visitor.get(f"/shops/{store.slug}/search/suggestions/", {"q": "aam pa"})
    assert len(OPTION.findall(many.content.decode())) == 6
    assert len(many.content) < 3_000


def test_what_was_probably_meant_is_the_first_of_them(visitor, store, besan):
    make_listing(store, product=make_product(name="Noodles"))
    page = visitor.get(
        f"/shops/{store.slug}/search/suggestions/", {"q": "noodels"}
    ).content.decode()
    assert 'data-words="noodles"' in page
    assert words(page).startswith("Did you mean noodles ? Noodles")


@pytest.mark.parametrize("text", ["", "  ", "xyzzy", "₹"])
def test_nothing_is_suggested_for_nothing(visitor, store, besan, text):
    for address in (f"/shops/{store.slug}/search/suggestions/", "/search/suggestions/"):
        answer = visitor.get(address, {"q": text})
        assert (answer.status_code, answer.content) == (204, b"")


def test_everywhere_they_say_whose_it_is(visitor, client, store, besan):
    elsewhere = make_store(delivery_pincodes=["560001"], latitude=12.97, longitude=77.59)
    make_listing(elsewhere, product=besan.product)
    page = visitor.get("/search/suggestions/", {"q": "baisan"}).content.decode()
    assert words(page) == "Besan 5 kg · Gupta Kirana ₹250"
    assert client.get("/search/suggestions/", {"q": "baisan"}).status_code == 204


def test_everywhere_a_product_is_suggested_once(visitor, besan):
    for _ in range(7):
        make_listing(make_store(), product=besan.product)
    make_listing(make_store(), product=make_product(name="Besan", pack_quantity=500, pack_unit="g"))
    page = visitor.get("/search/suggestions/", {"q": "besan"}).content.decode()
    assert len(OPTION.findall(page)) == 2
    assert "5 kg" in words(page)
    assert "500 g" in words(page)
    everything = visitor.get("/search/", {"q": "besan"}).content.decode()
    assert everything.count('class="item-name"') == 9


def test_what_they_say_is_escaped(visitor, store):
    make_listing(store, product=make_product(name="Atta <b>"))
    page = visitor.get(f"/shops/{store.slug}/search/suggestions/", {"q": "atta"}).content.decode()
    assert "Atta &lt;b&gt;" in page


def test_suggesting_takes_at_most_three_statements(
    customer, store, besan, django_assert_max_num_queries
):
    for address in (f"/shops/{store.slug}/search/suggestions/", "/search/suggestions/"):
        customer.get(address, {"q": "bes"})
        with django_assert_max_num_queries(3):
            assert customer.get(address, {"q": "besan gehu noodels"}).status_code == 200


def test_the_box_says_where_to_ask_and_is_a_plain_form_without_javascript(visitor, store, besan):
    page = visitor.get(f"/shops/{store.slug}/").content.decode()
    assert f'data-suggestions="/shops/{store.slug}/search/suggestions/"' in page
    form = page[page.index('<form class="search"') :].partition("</form>")[0]
    assert f'action="/shops/{store.slug}/search/"' in form
    assert "combobox" not in form
    assert "hx-" not in form
    assert 'data-suggestions="/search/suggestions/"' in visitor.get("/").content.decode()
