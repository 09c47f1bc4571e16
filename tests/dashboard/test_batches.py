import pytest

from marketplace.core.clock import travel
from marketplace.core.ids import uuid7
from stores.inventory.models import Batch, Listing
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_product
from tests.inventory.shelf import figures, in_days, left, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def milk(store):
    """Ten packets without a date at ₹30, in an item that keeps dates."""
    listing = make_listing(
        store, product=make_product(name="Amul Taaza"), price=3000, mrp=3200, on_hand=10
    )
    listing.keeps_batches = True
    listing.save()
    return listing


def came_in(**typed):
    return {"quantity": "6", "delivery": str(uuid7()), **typed}


def test_dates_are_kept_from_one_tap_on(manager, listing):
    assert "Keep dates for this item" in text(manager.get("listing", listing_id=listing.pk))
    manager.post("keep-batches", {"on": "1"}, listing_id=listing.pk)
    page = text(manager.get("listing", listing_id=listing.pk))
    assert 'name="expires_on"' in page
    assert f"{manager.url('listing', listing_id=listing.pk)}#receive" in page
    manager.post("keep-batches", {"on": "0"}, listing_id=listing.pk)
    assert 'name="expires_on"' not in text(manager.get("listing", listing_id=listing.pk))


def test_goods_come_in_with_what_is_printed_on_them(manager, milk):
    typed = came_in(code="B7", expires_on=in_days(4).isoformat(), mrp="31.50")
    for _ in range(2):  # a double tap
        manager.post("receive", typed, listing_id=milk.pk)
    batch = Batch.objects.get()
    assert (batch.code, batch.expires_on, batch.mrp, batch.on_hand) == ("B7", in_days(4), 3150, 6)
    assert figures(milk) == (16, 0, 0)
    page = text(manager.get("listing", listing_id=milk.pk))
    assert "Batch B7" in page
    assert "MRP ₹31.50" in page


def test_a_delivery_sent_again_with_another_number_asks_first(manager, milk):
    typed = came_in(code="B7")
    manager.post("receive", typed, listing_id=milk.pk)
    answer = manager.post("receive", typed | {"quantity": "7"}, listing_id=milk.pk)
    assert answer.status_code == 422
    assert "This was already sent with another quantity." in text(answer)
    assert 'value="B7"' in text(answer)
    assert typed["delivery"] not in text(answer)
    assert figures(milk) == (16, 0, 0)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"mrp": "29"}, "The price ₹30 is above the printed MRP of ₹29."),
        ({"expires_on": "2020-01-31"}, "These goods expired on 31 January 2020."),
        ({"expires_on": "31/13/2030"}, "Enter a valid date."),
        ({"quantity": "0"}, "Please check the number."),
        ({"quantity": ""}, "This field is required."),
        ({"delivery": "x"}, "Enter a valid UUID."),
    ],
)
def test_goods_that_cannot_be_are_refused_and_what_was_typed_is_kept(manager, milk, typed, words):
    answer = manager.post("receive", came_in(code="B7") | typed, listing_id=milk.pk)
    assert answer.status_code == 422
    assert words in text(answer)
    assert 'value="B7"' in text(answer)
    assert Batch.objects.count() == 0
    assert figures(milk) == (10, 0, 0)


def test_what_has_no_date_stands_beside_the_batches(manager, milk):
    receive(milk, 3, expires_on=in_days(5))
    assert "10 pc</b> · without a date" in text(manager.get("listing", listing_id=milk.pk))


def test_what_expires_is_listed_with_its_worth_and_written_off_in_one_tap(manager, milk, store):
    bread = make_listing(store, product=make_product(name="Brown Bread"), price=4000, mrp=4500)
    old = receive(milk, 3, code="OLD", expires_on=in_days(0))
    receive(bread, 2, expires_on=in_days(5))
    receive(bread, 1, expires_on=in_days(25))
    receive(bread, 7, expires_on=in_days(90))
    with travel(days=1):
        page = text(manager.get("expiring"))
        assert page.index("Expired: not for sale any more") < page.index("Amul Taaza")
        assert page.index("Amul Taaza") < page.index("Within 7 days") < page.index("Brown Bread")
        assert "₹90" in page
        assert "₹80" in page
        assert "Within 30 days" not in page
        page = text(manager.get("expiring", "?days=30"))
        assert "Within 30 days" in page
        assert "₹280" not in page
        answer = manager.post(
            "write-off-batch",
            {"back": manager.url("expiring")},
            follow=True,
            listing_id=milk.pk,
            batch_id=old.pk,
        )
        assert "Written off: 3 pc of Amul Taaza." in text(answer)
        assert left(old) == [0]
        assert figures(milk) == (10, 0, 0)


def test_what_is_too_old_to_deliver_is_marked(manager, store):
    listing = make_listing(store)
    with travel(days=-80):
        receive(listing, 1, expires_on=in_days(100))
    receive(listing, 1, expires_on=in_days(21))
    page = text(manager.get("expiring", "?days=30"))
    # 20 of 100 days are under 30 %; 21 of 21 are not
    assert page.count("Sell over the counter: too old to deliver") == 1


def test_today_and_stock_say_how_much_expires(manager, helper, milk):
    receive(milk, 3, expires_on=in_days(7))
    receive(milk, 3, expires_on=in_days(8))
    assert "1 batch has expired or will within a week" in text(manager.get("today"))
    assert '<span class="count">1</span>' in text(manager.get("stock"))
    assert "within a week" not in text(helper.get("today"))


@pytest.mark.parametrize("batches", [1, 20])
def test_the_expiring_list_costs_three_statements(
    manager, milk, batches, django_assert_num_queries
):
    for number in range(batches):
        receive(milk, 1, code=f"B{number}", expires_on=in_days(2))
    with django_assert_num_queries(3):  # session, desk, batches
        manager.get("expiring")


def test_the_level_is_set_on_the_items_page(manager, listing):
    manager.post("change-level", {"level": "12"}, listing_id=listing.pk)
    assert Listing.objects.get(pk=listing.pk).reorder_level == 12
    answer = manager.post("change-level", {"level": "1.5"}, listing_id=listing.pk)
    assert answer.status_code == 422
    assert "Whole pieces only." in text(answer)
    assert Listing.objects.get(pk=listing.pk).reorder_level == 12
    manager.post("change-level", {"level": ""}, listing_id=listing.pk)
    assert Listing.objects.get(pk=listing.pk).reorder_level is None
