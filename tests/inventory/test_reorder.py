import pytest

from marketplace.core.clock import travel
from marketplace.core.quantity import Unit
from stores.catalogue.models import Brand, Category
from stores.inventory.expiry import sweep_expired
from stores.inventory.models import Listing
from stores.inventory.reordering import GroupBy, read_reorders, suggest, to_reorder
from tests.factories import make_listing, make_product, make_store
from tests.inventory.shelf import bring_back, in_days, receive, sell
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


def reorders(store, by=GroupBy.BRAND):
    return [
        (each.listing.product.name, each.left, each.sold, each.quantity)
        for each in read_reorders(to_reorder(store.pk, by=by))
    ]


def test_the_list_says_what_is_left_what_was_sold_and_what_to_buy():
    store = make_store()
    listing = make_listing(store, product=make_product(name="Salt"), on_hand=41, reorder_level=12)
    with travel(days=-15):
        sell(listing, 5)
    sale = sell(listing, 20)
    with travel(days=-13):
        sell(listing, 4)
    bring_back(listing, 1, reference=sale)
    assert reorders(store) == []
    place_order(store, {listing.pk: 2})
    # 13 on the shelf, 2 of them set aside; 23 sold; 12 + 23 - 11
    assert reorders(store) == [("Salt", 11, 23, 24)]


def test_what_did_not_sell_is_bought_once():
    store = make_store()
    make_listing(store, product=make_product(name="Vinegar"), on_hand=2, reorder_level=2)
    assert reorders(store) == [("Vinegar", 2, 0, 1)]


def test_loose_goods_are_bought_by_the_whole_kilogram():
    store = make_store()
    dal = make_product(
        name="Dal", packed=False, base_unit=Unit.GRAM, pack_quantity=None, pack_unit=""
    )
    listing = make_listing(
        store, product=dal, per=1000, price=16000, mrp=None, on_hand=5000, reorder_level=3000
    )
    sell(listing, 2250)
    # 3000 + 2250 - 2750 is 2.5 kg
    assert reorders(store) == [("Dal", 2750, 2250, 3000)]


def test_expired_goods_do_not_count_as_left():
    store = make_store()
    listing = make_listing(store, product=make_product(name="Curd"), on_hand=3, reorder_level=4)
    receive(listing, 9, expires_on=in_days(0))
    assert reorders(store) == []
    with travel(days=1):
        sweep_expired()
        assert reorders(store) == [("Curd", 3, 0, 2)]


def test_what_has_no_level_is_not_counted_or_not_mine_is_left_out():
    store = make_store()
    make_listing(store, on_hand=0)
    make_listing(store, policy="on_shelf", on_hand=0, on_shelf=False, reorder_level=5)
    make_listing(make_store(), on_hand=0, reorder_level=5)
    make_listing(store, on_hand=6, reorder_level=5)
    assert reorders(store) == []


@pytest.mark.parametrize(
    ("left", "sold", "quantity"), [(0, 0, 6), (5, 0, 1), (5, 1, 1), (5, 30, 30), (0, 30, 35)]
)
def test_the_rule(left, sold, quantity):
    listing = Listing(per=1, reorder_level=5)
    assert suggest(listing, left=left, sold=sold) == quantity


def test_brands_and_aisles_stand_together():
    store = make_store()
    aisles = [Category.objects.create(slug=name, name=name) for name in ("Dairy", "Oil")]
    brands = [Brand.objects.create(name=name) for name in ("amul", "Fortune")]
    for name, aisle, brand in [
        ("Ghee", aisles[0], brands[1]),
        ("Butter", aisles[0], brands[0]),
        ("Mustard", aisles[1], brands[1]),
        ("Loose", aisles[1], None),
    ]:
        product = make_product(name=name, category=aisle, brand=brand)
        make_listing(store, product=product, on_hand=0, reorder_level=1)
    assert [row[0] for row in reorders(store)] == ["Butter", "Ghee", "Mustard", "Loose"]
    assert [row[0] for row in reorders(store, GroupBy.AISLE)] == [
        "Butter",
        "Ghee",
        "Loose",
        "Mustard",
    ]


@pytest.mark.parametrize("listings", [1, 60])
def test_it_is_one_query_however_long(listings, django_assert_num_queries):
    store = make_store()
    for _ in range(listings):
        make_listing(store, on_hand=0, reorder_level=1)
    with django_assert_num_queries(1):
        assert len(reorders(store)) == listings
