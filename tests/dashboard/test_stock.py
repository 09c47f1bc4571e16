import re

import pytest

from marketplace.core.ids import uuid7
from marketplace.core.quantity import Unit
from stores.inventory.models import Listing, PriceChange
from stores.inventory.services import set_shown
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_product
from tests.inventory.shelf import sell

pytestmark = pytest.mark.django_db


def price_of(listing: Listing) -> int:
    return Listing.objects.get(pk=listing.pk).price


def on_hand(listing: Listing) -> int:
    return Listing.objects.get(pk=listing.pk).on_hand


@pytest.mark.parametrize(
    ("typed", "paise"), [("249", 24900), ("₹1,20.50", 12050), ("२४९.५", 24950)]
)
def test_a_price_is_changed_in_its_row(manager, listing, typed, paise):
    page = text(manager.post("change-price", {"price": typed}, htmx=True, listing_id=listing.pk))
    assert price_of(listing) == paise
    assert f'id="item-{listing.pk}"' in page
    change = PriceChange.objects.latest("id")
    assert (change.before, change.after, change.actor) == (
        25000,
        paise,
        f"person:{manager.person.pk}",
    )


def test_a_price_change_is_undone_with_one_tap(manager, listing):
    page = text(manager.post("change-price", {"price": "200"}, htmx=True, listing_id=listing.pk))
    assert '<input type="hidden" name="price" value="250">' in page
    manager.post("change-price", {"price": "250"}, htmx=True, listing_id=listing.pk)
    assert price_of(listing) == 25000


@pytest.mark.parametrize("htmx", [True, False])
def test_a_price_above_the_mrp_is_refused_and_what_was_typed_is_kept(manager, listing, htmx):
    answer = manager.post("change-price", {"price": "261"}, htmx=htmx, listing_id=listing.pk)
    assert answer.status_code == 422
    assert "The price ₹261 is above the printed MRP of ₹260." in text(answer)
    assert 'value="261"' in text(answer)
    assert price_of(listing) == 25000
    assert PriceChange.objects.count() == 1


@pytest.mark.parametrize("typed", ["", "abc", "0", "-5", "1.234", "1e9", "NaN", "99999999999"])
def test_a_price_that_is_none_is_refused(manager, listing, typed):
    answer = manager.post("change-price", {"price": typed}, htmx=True, listing_id=listing.pk)
    assert answer.status_code == 422
    assert price_of(listing) == 25000


def test_a_new_mrp_lets_the_price_rise(manager, listing):
    manager.post("change-price", {"price": "270", "mrp": "280"}, listing_id=listing.pk)
    listing.refresh_from_db()
    assert (listing.price, listing.mrp) == (27000, 28000)


@pytest.mark.parametrize(
    ("why", "quantity", "left", "kind"),
    [("received", "5", 15, "receipt"), ("damaged", "3", 7, "damage"), ("counted", "8", 8, "count")],
)
def test_stock_changes_with_a_reason(manager, listing, why, quantity, left, kind):
    data = {"why": why, "quantity": quantity}
    page = text(manager.post("change-stock", data, htmx=True, listing_id=listing.pk))
    assert on_hand(listing) == left
    movement = listing.movements.latest("id")
    assert (movement.kind, movement.after) == (kind, left)
    assert f'name="undo" value="{movement.pk}"' in page
    manager.post("change-stock", {"undo": str(movement.pk)}, listing_id=listing.pk)
    assert on_hand(listing) == 10


@pytest.mark.parametrize(
    ("why", "quantity"),
    [("damaged", "11"), ("received", "0"), ("received", "1.5"), ("counted", "-1"), ("stolen", "1")],
)
def test_stock_that_cannot_be_is_refused(manager, listing, why, quantity):
    data = {"why": why, "quantity": quantity}
    answer = manager.post("change-stock", data, htmx=True, listing_id=listing.pk)
    assert answer.status_code == 422
    assert f'value="{quantity}"' in text(answer)
    assert on_hand(listing) == 10


@pytest.mark.parametrize(
    ("why", "quantity", "told", "left"),
    [
        ("received", "5", "10 pc before, 15 pc now", 12),
        ("damaged", "8", "10 pc before, 2 pc now", 1),
        ("counted", "6", "10 pc before, 6 pc now", 3),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_a_change_sent_twice_counts_once(manager, listing, why, quantity, told, left, htmx):
    page = text(manager.get("listing", listing_id=listing.pk))
    [reference] = re.findall(r'name="reference" value="([^"]+)"', page)
    data = {"why": why, "quantity": quantity, "reference": reference}
    for sold in (on_hand_after(why, int(quantity)) - left, 0):
        answer = manager.post(
            "change-stock", data, htmx=htmx, follow=not htmx, listing_id=listing.pk
        )
        assert told in text(answer)
        if sold:
            sell(listing, sold)
    assert on_hand(listing) == left
    assert listing.movements.filter(reference=reference).count() == 1


def on_hand_after(why: str, quantity: int) -> int:
    """What ten pieces are after this change."""
    return {"received": 10 + quantity, "damaged": 10 - quantity, "counted": quantity}[why]


@pytest.mark.parametrize("why", ["received", "damaged", "counted"])
def test_a_form_sent_again_with_another_number_is_refused(manager, listing, why):
    data = {"why": why, "quantity": "3", "reference": str(uuid7())}
    manager.post("change-stock", data, listing_id=listing.pk)
    before = on_hand(listing)
    answer = manager.post("change-stock", data | {"quantity": "4"}, listing_id=listing.pk)
    assert answer.status_code == 422
    assert "This was already sent with another quantity." in text(answer)
    assert data["reference"] not in text(answer)
    assert on_hand(listing) == before
    assert listing.movements.filter(reference=data["reference"]).count() == 1


def test_what_was_undone_does_not_come_back_by_a_reload(manager, listing):
    data = {"why": "received", "quantity": "5", "reference": str(uuid7())}
    manager.post("change-stock", data, listing_id=listing.pk)
    made = listing.movements.latest("id")
    manager.post("change-stock", {"undo": str(made.pk)}, listing_id=listing.pk)
    page = text(manager.post("change-stock", data, htmx=True, listing_id=listing.pk))
    assert 'name="undo"' not in page
    assert on_hand(listing) == 10


def test_loose_goods_are_counted_in_kilograms(manager, store):
    dal = make_product(packed=False, base_unit=Unit.GRAM, pack_quantity=None, pack_unit="")
    listing = make_listing(store, product=dal, per=1000, price=16000, mrp=None, on_hand=2000)
    manager.post("change-stock", {"why": "received", "quantity": "12.5"}, listing_id=listing.pk)
    assert on_hand(listing) == 14500
    assert "14.5 kg" in text(manager.get("listing", listing_id=listing.pk))


def test_an_item_is_hidden_and_shown_again(manager, listing):
    manager.post("change-shown", {"on": "0"}, listing_id=listing.pk)
    assert not Listing.objects.get(pk=listing.pk).shown
    manager.post("change-shown", {"on": "1"}, listing_id=listing.pk)
    assert Listing.objects.get(pk=listing.pk).shown


def test_an_item_that_is_not_counted_is_there_or_not(manager, store):
    listing = make_listing(store, policy="on_shelf", on_hand=0, on_shelf=True)
    manager.post("change-shelf", {"on": "0"}, listing_id=listing.pk)
    assert not Listing.objects.get(pk=listing.pk).on_shelf


def test_without_javascript_one_comes_back_to_the_same_list(manager, listing):
    back = manager.url("stock") + "?show=low"
    answer = manager.post("change-price", {"price": "240", "back": back}, listing_id=listing.pk)
    assert answer["Location"] == f"{back}#item-{listing.pk}"
    elsewhere = {"price": "241", "back": "https://evil.example/"}
    answer = manager.post("change-price", elsewhere, listing_id=listing.pk)
    assert answer["Location"] == manager.url("listing", listing_id=listing.pk)


def test_the_list_is_searched_and_filtered(manager, store):
    salt = make_listing(store, product=make_product(name="Tata Salt"), on_hand=3, reorder_level=5)
    rice = make_listing(store, product=make_product(name="Kolam Rice"), on_hand=0)
    oil = make_listing(store, product=make_product(name="Mustard Oil"))
    set_shown(store_id=store.pk, listing_id=oil.pk, shown=False, actor="system")

    def found(query):
        page = text(manager.get("stock", query))
        names = ["Tata Salt", "Kolam Rice", "Mustard Oil"]
        return [name for name in names if f"{name}</a>" in page]

    assert found("") == ["Tata Salt", "Kolam Rice", "Mustard Oil"]
    assert found("?q=tata") == ["Tata Salt"]
    assert found("?show=low") == ["Tata Salt"]
    assert found("?show=out") == ["Kolam Rice"]
    assert found("?show=hidden") == ["Mustard Oil"]
    assert found("?show=nonsense&after=junk") == ["Tata Salt", "Kolam Rice", "Mustard Oil"]
    assert rice.available == salt.held == 0


def test_every_listing_is_on_exactly_one_page(manager, store):
    wanted = {make_listing(store, rank=n % 3).pk for n in range(65)}
    seen: list[str] = []
    query = ""
    for _ in range(3):
        page = text(manager.get("stock", query))
        seen += [part.split('"')[0] for part in page.split('id="item-')[1:]]
        if 'rel="next"' in page:
            query = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
            query = query.replace("&amp;", "&")
    assert len(seen) == 65
    assert set(seen) == {str(pk) for pk in wanted}


@pytest.mark.parametrize("listings", [1, 30])
def test_the_list_costs_five_statements(manager, store, listings, django_assert_num_queries):
    for _ in range(listings):
        make_listing(store)
    # session, desk, listings, filter counts, what expires
    with django_assert_num_queries(5):
        manager.get("stock")


def test_one_item_costs_seven_statements(manager, listing, django_assert_num_queries):
    with django_assert_num_queries(7):
        manager.get("listing", listing_id=listing.pk)


def test_a_row_posts_to_the_screens_of_its_own_listing(manager, listing):
    page = text(manager.get("stock"))
    for screen in ("change-shown", "change-price", "change-stock"):
        assert f'action="{manager.url(screen, listing_id=listing.pk)}"' in page
    assert f'href="{manager.url("listing", listing_id=listing.pk)}"' in page
    assert page.count('name="csrfmiddlewaretoken"') == page.count("<form") - page.count(
        'role="search"'
    )


def test_a_row_says_the_unit_price_where_the_price_does_not(manager, store):
    make_listing(store, price=25000)  # a packet of 5 kg
    loose = make_product(packed=False, base_unit="g", pack_quantity=None, pack_unit="")
    make_listing(store, product=loose, price=9600, per=1000, mrp=None)
    page = text(manager.get("stock"))
    assert "₹50/kg" in page
    assert "₹96/" not in page


def test_a_row_escapes_what_the_shop_wrote(manager, store):
    make_listing(store, product=make_product(name="<b>Atta</b> & {{ more }}"))
    page = text(manager.get("stock"))
    assert "&lt;b&gt;Atta&lt;/b&gt; &amp; {{ more }}" in page
    assert "<b>Atta" not in page
