from datetime import timedelta

import pytest

from marketplace.core.clock import business_date
from stores.catalogue.models import Category
from stores.inventory.models import Listing
from stores.inventory.window import Shown, read_window
from tests.factories import make_listing, make_product, make_store


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def goods(store):
    rice = Category.objects.create(slug="my-rice", name="My rice")
    for number in range(12):
        category = {"category": rice} if number % 3 == 0 else {}
        name = f"{'Basmati' if number % 2 else 'Sona'} Rice 100% {number}"
        product = make_product(name=name, **category)
        make_listing(store, product=product, rank=number % 4)
    hidden = make_listing(store)
    Listing.objects.filter(pk=hidden.pk).update(shown=False)
    make_listing(make_store())
    return rice


def test_the_window_is_the_queryset_in_its_order(store, goods):
    listings = Listing.objects.of_store(store.pk).shown().order_by("-rank", "id")

    def ids(**asked):
        return [row.id for row in read_window(store_id=store.pk, most=100, **asked)]

    def same(queryset):
        return list(queryset.values_list("pk", flat=True))

    fifth = listings[4]
    assert len(ids()) == 12
    assert ids() == same(listings)
    assert ids(aisle=[goods.pk]) == same(listings.in_category(goods))
    assert ids(after=(fifth.rank, fifth.pk)) == same(listings)[5:]
    assert ids(aisle=[goods.pk], after=(fifth.rank, fifth.pk)) == same(
        listings.in_category(goods).after(fifth.rank, fifth.pk)
    )


def test_the_window_ends_where_it_is_asked_to(store, goods):
    assert len(read_window(store_id=store.pk, most=5)) == 5


@pytest.mark.parametrize(
    "stock",
    [
        {"on_hand": 10},
        {"on_hand": 10, "held": 4},
        {"on_hand": 10, "held": 4, "expired": 5},
        {"on_hand": 10, "next_expiry": business_date() - timedelta(days=1)},
        {"on_hand": 10, "next_expiry": business_date()},
        {"policy": "on_shelf", "on_hand": 0, "on_shelf": True},
        {"policy": "on_shelf", "on_hand": 0, "on_shelf": False},
    ],
)
def test_a_row_says_what_can_be_sold_as_its_listing_does(store, stock):
    listing = make_listing(store)
    Listing.objects.filter(pk=listing.pk).update(**stock)
    listing = Listing.objects.select_related("product__brand", "category").get(pk=listing.pk)
    (row,) = read_window(store_id=store.pk, most=2)
    assert row == Shown.of(listing)
    assert row.available(business_date()) == listing.available
