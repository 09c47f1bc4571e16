import csv
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from marketplace.accounts.services import add_address
from marketplace.core.clock import business_date
from marketplace.storefront.addresses import product_path
from stores.catalogue.models import Category
from stores.catalogue.services import AISLES, name_brand
from stores.inventory.models import Listing
from stores.shops import services as shops
from stores.shops.models import Store
from tests.factories import make_listing, make_loose, make_product, make_store
from tests.storefront.cards import CARD, NEXT, ON_A_PAGE


def test_a_newcomer_is_asked_for_the_pincode_once(client, store):
    assert "Show shops" in client.get("/", headers={"accept-language": "en"}).content.decode()
    client.post("/area/", {"pincode": "११० ००१"})
    page = client.get("/", headers={"accept-language": "en"}).content.decode()
    assert "Gupta Kirana" in page
    assert "110001" in page


def test_an_unknown_pincode_is_refused_at_its_field(client, store):
    response = client.post("/area/", {"pincode": "999999"})
    assert response.status_code == 422
    assert 'href="#id_pincode"' in response.content.decode()
    assert "area" not in response.cookies


def test_a_point_from_the_phone_finds_its_pincode(client, store):
    client.post("/area/", {"latitude": "28.6205", "longitude": "77.2128"})
    assert client.cookies["area"].value.endswith("~28.6205~77.2128")


@pytest.mark.parametrize("path", ["/", "/area/"])
def test_who_has_addresses_need_not_type(path, customer, asha, django_assert_max_num_queries):
    exact = add_address(
        person_id=asha.pk,
        recipient="Asha",
        line1="B-42, Vikas Marg",
        pincode="110092",
        latitude=28.6305,
        longitude=77.2801,
    )
    del customer.cookies["area"]
    with django_assert_max_num_queries(3):
        page = customer.get(path).content.decode()
    assert page.index("B-42, Vikas Marg") < page.index("7 Hanuman Road") < page.index("Show shops")
    chosen = customer.post("/area/", {"address": str(exact.pk)})
    assert (chosen.status_code, chosen["Location"]) == (302, "/")
    assert customer.cookies["area"].value == "110092~28.6305~77.2801"
    customer.post("/area/", {"address": str(asha.addresses.get(pincode="110001").pk)})
    assert customer.cookies["area"].value == "110001"


def test_nobody_else_goes_by_an_address(client, asha):
    address = asha.addresses.get()
    refused = client.post("/area/", {"address": str(address.pk)})
    assert refused.status_code == 422
    assert "area" not in client.cookies


@pytest.mark.parametrize("point", ["60.0~77.2", "28.6~7.2", "x~y", "nan~nan", ""])
def test_a_point_outside_india_is_not_believed(visitor, store, point):
    visitor.cookies["area"] = f"110001~{point}"
    assert [card.store.pk for card in visitor.get("/").context["shops"]] == [store.pk]
    assert visitor.get("/").context["place"].latitude == pytest.approx(28.6, abs=0.1)


@pytest.mark.parametrize(
    ("pincode", "heading", "shown"),
    [
        ("110002", "The nearest shops: you can collect your order there", 5),
        ("560001", "The nearest shops are too far to go to", 3),
    ],
)
def test_where_nobody_delivers_the_nearest_shops_are_shown(pincode, heading, shown, visitor, store):
    for n in range(4):
        make_store(slug=f"shop-{n}", name=f"Shop {n}")
    Store.objects.update(delivery_radius=0, delivery_pincodes=[])
    visitor.cookies["area"] = pincode
    page = visitor.get("/").content.decode()
    assert "No shop delivers to" in page
    assert heading in page
    assert page.count("shop-card") == shown


def test_a_closed_shop_says_so(visitor, store):
    shops.set_accepting_orders(store_id=store.pk, accepting=False)
    assert "Not taking orders just now" in visitor.get(f"/shops/{store.slug}/").content.decode()


def test_the_shop_page_names_the_seller(visitor, store):
    page = visitor.get(f"/shops/{store.slug}/").content.decode()
    for fact in ("Gupta Kirana Store", "12345678901234", "07AAACG1234A1ZG", "12 Main Bazar"):
        assert fact in page


def test_a_shop_that_is_not_active_is_not_there(visitor):
    store = make_store(status="suspended")
    assert visitor.get(f"/shops/{store.slug}/").status_code == 404


def test_a_card_shows_price_mrp_and_unit_price(visitor, store):
    make_listing(store, product=make_product(name="Chakki Atta", veg="veg"))
    page = visitor.get(f"/shops/{store.slug}/").content.decode()
    for fact in ("Chakki Atta", "₹250", "₹260", "₹50/kg", "5 kg", 'aria-label="Vegetarian"'):
        assert fact in page


@pytest.mark.parametrize("address", ["", "c/atta/", "search/?q=atta"])
def test_a_page_says_nothing_of_whoever_saw_it_before(address, customer, store, tap):
    listing = make_listing(store, product=make_product(name="Atta"))
    tap(customer, "more", listing)
    customer.post("/me/", {"name": "Asha", "language": "en"})
    mine = customer.get(f"/shops/{store.slug}/{address}").content.decode()
    for fact in (
        "Delivering to",
        'class="stepper"',
        "1 item",
        "name has been saved",
        'href="/orders/"',
    ):
        assert fact in mine
    newcomer = Client(headers={"accept-language": "en"}).get(f"/shops/{store.slug}/{address}")
    theirs = newcomer.content.decode()
    assert "Where are you?" in theirs
    assert f"/sign-in/?next=/shops/{store.slug}/" in theirs
    for fact in ("Delivering to", 'class="stepper"', "1 item", "name has been saved"):
        assert fact not in theirs
    tokens = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', mine + theirs))
    assert len(tokens) == 2


def test_a_brand_is_said_once(visitor, store):
    tata = name_brand(name="Tata")
    make_listing(store, product=make_product(name="Tata Salt", brand=tata))
    make_listing(store, product=make_product(name="Poha", brand=tata))
    page = visitor.get(f"/shops/{store.slug}/").content.decode()
    assert sorted(CARD.findall(page)) == [("", "Tata Salt"), ("Tata", "Poha")]


def test_the_header_says_the_place_as_people_do(visitor, store):
    visitor.cookies["area"] = "110092"
    page = visitor.get("/").content.decode()
    assert "Laxmi Nagar" in page
    assert "Laxmi Nagar SO" not in page


def test_what_is_sold_out_stays_in_place_and_cannot_be_added(visitor, store):
    listing = make_listing(store, on_hand=0)
    page = visitor.get(f"/shops/{store.slug}/").content.decode()
    assert "Sold out" in page
    assert f'name="more" value="{listing.pk}"' not in page


def test_what_expired_last_night_is_sold_out(visitor, store):
    listing = make_listing(store)
    Listing.objects.filter(pk=listing.pk).update(next_expiry=business_date() - timedelta(days=1))
    page = visitor.get(f"/shops/{store.slug}/").content.decode()
    assert "Sold out" in page
    assert f'name="more" value="{listing.pk}"' not in page


def test_the_window_goes_on_where_the_last_page_ended(visitor, store):
    listings = [make_listing(store, rank=rank) for rank in range(ON_A_PAGE + 3)]
    first = visitor.get(f"/shops/{store.slug}/").content.decode()
    (after,) = NEXT.findall(first)
    second = visitor.get(f"/shops/{store.slug}/{unescape(after)}").content.decode()
    shown = re.findall(r'id="l-([^"]+)"', first + second)
    assert shown == [str(listing.pk) for listing in reversed(listings)]
    assert not NEXT.search(second)


def test_an_aisle_holds_the_aisles_below_it(visitor, store):
    staples = Category.objects.create(slug="my-staples", name="My staples")
    rice = Category.objects.create(slug="my-rice", name="My rice", parent=staples, level=2)
    make_listing(store, product=make_product(name="Sona Masoori", category=rice))
    assert "My staples" in visitor.get(f"/shops/{store.slug}/").content.decode()
    aisle = visitor.get(f"/shops/{store.slug}/c/my-staples/").content.decode()
    assert "Sona Masoori" in aisle
    assert f"/shops/{store.slug}/c/my-rice/" in aisle


def test_without_javascript_a_tap_leads_back_to_the_thing_and_says_what_went_wrong(
    visitor, store, tap
):
    listing = make_listing(store)
    window = f"/shops/{store.slug}/"
    assert tap(visitor, "more", listing, next=window)["Location"] == f"{window}#l-{listing.pk}"
    Listing.objects.filter(pk=listing.pk).update(shown=False)
    tap(visitor, "more", listing, next=window)
    assert "This shop has no such item." in visitor.get(window).content.decode()


def test_a_product_says_what_the_law_wants_to_know(visitor, store):
    listing = make_listing(store)
    page = visitor.get(product_path(store.slug, listing.pk, listing.product.name)).content.decode()
    for fact in ("India", "1101", "Gupta Kirana Store", "₹50/kg", "inclusive of all taxes", "₹260"):
        assert fact in page


def test_loose_goods_are_asked_for_by_weight_alone(visitor, store, tap):
    potatoes = make_loose(store, name="Potato")
    path = product_path(store.slug, potatoes.pk, "Potato")
    page = visitor.get(path).content.decode()
    own = page.partition(">Similar things")[0]
    assert f'name="set" value="{potatoes.pk}"' in own
    assert f'name="more" value="{potatoes.pk}"' not in " ".join(own.split())
    tap(visitor, "more", potatoes)
    assert 'class="stepper"' in visitor.get(path).content.decode()


def test_another_shops_listing_is_not_there(visitor, store):
    listing = make_listing(make_store())
    assert visitor.get(f"/shops/{store.slug}/p/{listing.pk}/").status_code == 404


def test_hindi_names_are_shown_to_who_reads_hindi(visitor, store):
    visitor.post("/language/", {"language": "hi", "next": f"/shops/{store.slug}/"})
    page = visitor.get(f"/shops/{store.slug}/").content.decode()
    assert '<html lang="hi">' in page
    assert "गुप्ता किराना" in page


def test_the_way_back_after_a_choice_never_leaves_us(visitor, store):
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "storefront:home",
        "?x",
        "#x",
        "a",
    ):
        for choice in ({"language": "hi"}, {"theme": "dark"}, {"pincode": "110001"}):
            response = visitor.post(
                f"/{next(iter(choice)).replace('pincode', 'area')}/", {**choice, "next": elsewhere}
            )
            assert response["Location"] == "/", (elsewhere, choice)


def test_every_cookie_of_ours_is_as_safe_as_the_sessions(visitor, store, settings, tap):
    settings.SESSION_COOKIE_SECURE = True
    visitor.post("/language/", {"language": "hi"})
    visitor.post("/theme/", {"theme": "dark"})
    visitor.post("/area/", {"pincode": "110001"})
    tap(visitor, "more", make_listing(store))
    for name in ("django_language", "theme", "area", "basket"):
        cookie = visitor.cookies[name]
        assert (cookie["secure"], cookie["samesite"]) == (True, "Lax"), name
        assert bool(cookie["httponly"]) == (name != "theme"), name


def test_who_signs_out_leaves_neither_language_nor_house_behind(customer):
    customer.post("/language/", {"language": "hi"})
    customer.cookies["area"] = "110001~28.6361~77.2887"
    customer.post("/sign-out/")
    assert customer.cookies["django_language"].value == ""
    assert customer.cookies["area"].value == "110001"


def test_nothing_stands_inline(visitor, store):
    make_listing(store)
    for address in ("/", f"/shops/{store.slug}/"):
        response = visitor.get(address)
        assert "unsafe-inline" not in response["Content-Security-Policy"]
        page = response.content.decode()
        assert " style=" not in page
        assert "<script>" not in page


def test_a_list_page_costs_at_most_six_statements(
    customer, store, tap, django_assert_max_num_queries
):
    listings = [make_listing(store, rank=rank) for rank in range(ON_A_PAGE + 3)]
    tap(customer, "more", listings[0])
    for address in (
        "/",
        f"/shops/{store.slug}/",
        f"/shops/{store.slug}/c/atta/",
        f"/shops/{store.slug}/search/?q=atta",
        "/search/?q=atta",
    ):
        customer.get(address)
        with django_assert_max_num_queries(6):
            assert customer.get(address).status_code == 200


def test_every_aisle_has_its_picture(settings):
    pictures = (settings.ROOT / "static" / "icons" / "categories.svg").read_text()
    with AISLES.open(encoding="utf-8", newline="") as file:
        icons = [row["icon"] for row in csv.DictReader(file)]
    assert len(icons) > 20
    assert [icon for icon in icons if f'<symbol id="{icon}"' not in pictures] == []


def test_a_card_shown_a_moment_ago_shows_what_has_changed_since(visitor, store, tap):
    listing = make_listing(store)

    def shown() -> str:
        return visitor.get(f"/shops/{store.slug}/").content.decode()

    assert "₹250" in shown()
    Listing.objects.filter(pk=listing.pk).update(price=24_900)
    assert "₹249" in shown()
    assert "₹250" not in shown()
    tap(visitor, "more", listing)
    assert 'class="stepper"' in shown()
    tap(visitor, "less", listing)
    Listing.objects.filter(pk=listing.pk).update(on_hand=0)
    assert "Sold out" in shown()


@pytest.mark.parametrize("path", ["/", "/help/", "/search/?q=x", "/area/", "/sign-in/"])
def test_whoever_asks_for_the_head_alone_is_answered(visitor, path):
    answer = visitor.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
