"""The recorder that watches every test sees what it is there for."""

import pytest
from django.db import connection, transaction

from orders.models import Order
from stores.inventory.models import Hold, Listing
from tests.factories import make_listing, make_store
from tests.lock_order import ROOT, LockOrder, watching
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def offences():
    """What this test itself does against the order, as lines."""
    with watching(LockOrder(rooms=(str(ROOT / "tests"),))) as recorder:
        yield lambda: [offence.why for offence in recorder.offences]


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def listings(store):
    return sorted([make_listing(store, on_hand=10), make_listing(store, on_hand=10)], key=_key)


@pytest.fixture
def order(store, listings):
    return place_order(store, {listing.pk: 1 for listing in listings})


def _key(listing):
    return listing.pk


def test_an_order_then_its_listings_is_in_order(order, listings, offences):
    with transaction.atomic():
        Order.objects.locked().get(pk=order.pk)
        list(Listing.objects.filter(pk__in=[each.pk for each in listings]).in_key_order())
        Listing.objects.filter(pk__in=[each.pk for each in listings]).update(rank=1)
        Order.objects.filter(pk=order.pk).update(note="seen")
    assert offences() == []


def test_an_order_locked_after_a_listing_is_told(order, listings, offences):
    with transaction.atomic():
        list(Listing.objects.filter(pk=listings[0].pk).in_key_order())
        Order.objects.locked().get(pk=order.pk)
    assert offences() == ["orders_order is locked after inventory_listing"]


def test_so_is_one_that_is_only_changed(order, listings, offences):
    with transaction.atomic():
        list(Listing.objects.filter(pk=listings[0].pk).in_key_order())
        Order.objects.filter(pk=order.pk).update(note="seen")
    assert offences() == ["orders_order is locked after inventory_listing"]


def test_listings_out_of_key_order_are_told(listings, offences):
    with transaction.atomic():
        list(Listing.objects.order_by("-pk").select_for_update(no_key=True))
    assert offences() == ["rows of inventory_listing are locked out of key order"]


def test_so_is_an_earlier_key_in_a_later_statement(listings, offences):
    with transaction.atomic():
        Listing.objects.select_for_update(no_key=True).get(pk=listings[1].pk)
        Listing.objects.select_for_update(no_key=True).get(pk=listings[0].pk)
    assert offences() == ["a row of inventory_listing is locked after one with a later key"]


def test_the_next_transaction_begins_afresh(listings, offences):
    for listing in reversed(listings):
        with transaction.atomic():
            Listing.objects.select_for_update(no_key=True).get(pk=listing.pk)
    assert offences() == []


def test_rows_changed_in_one_statement_without_their_locks_are_told(listings, offences):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_listing AS l SET rank = 2 FROM shops_store s WHERE s.id = l.store_id"
        )
    assert offences() == ["2 rows of inventory_listing changed that were not locked in key order"]


def test_a_hold_changed_without_its_listing_is_told(order, offences):
    with transaction.atomic():
        Hold.objects.filter(reference=order.pk).update(quantity=2)
    assert offences() == ["inventory_hold changed without the lock on 2 of inventory_listing"]


def test_a_lock_that_foreign_keys_wait_for_is_told(order, offences):
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
    assert offences() == ["orders_order is locked FOR UPDATE, which foreign keys wait for"]


def test_a_shared_statement_that_changes_unlocked_rows_is_told(store, listings, lock_order):
    from stores.inventory.holds import hold_stock

    with transaction.atomic():
        read = {each.pk: each for each in Listing.objects.select_related("product")}
        wanted = {each.pk: 1 for each in listings}
        hold_stock(store_id=store.pk, reference=store.pk, wanted=wanted, listings=read)
    assert [offence.why for offence in lock_order.offences] == [
        "2 rows of inventory_listing changed that were not locked in key order"
    ]
    lock_order.offences.clear()
