"""One request, one order: twins that arrive together, on real connections."""

import threading
from uuid import uuid4

import pytest
from django.db import connection

from marketplace.core.clock import business_date
from orders.carts import Owner
from orders.models import CartLine, Order
from orders.services.requests import open_request
from stores.inventory.holds import lock_listings
from stores.inventory.models import Hold, Listing
from tests.factories import make_listing, make_store, put_in_basket
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db(transaction=True)


def begin(store, key: str, actor: str = "person:asha"):
    """What a twin does first, and keeps until it has committed."""
    return lambda: open_request(
        Order(store_id=store.pk, actor=actor, idempotency_key=key), business_date()
    )


def test_a_request_whose_twin_does_not_end_is_in_flight(elsewhere, two_connections):
    store = make_store()
    listing = make_listing(store)
    with elsewhere(begin(store, "one")):
        outcomes = two_connections(
            lambda: place_order(store, {listing.pk: 1}, idempotency_key="one").pk
        )
        assert outcomes == ["request_in_flight"] * 2
        # another key, and the same key of somebody else, wait for nobody
        place_order(store, {listing.pk: 1}, idempotency_key="two")
        place_order(store, {listing.pk: 1}, idempotency_key="one", actor="person:ravi")
    assert not Order.objects.filter(actor="person:asha", idempotency_key="one").exists()
    assert Listing.objects.get(pk=listing.pk).held == 2 == Hold.objects.count()
    place_order(store, {listing.pk: 1}, idempotency_key="one")


def test_a_twin_waits_for_the_first_and_answers_with_its_order(
    patient_locks, elsewhere, concurrently, eventually
):
    store = make_store()
    listing = make_listing(store, on_hand=1)
    outcomes = []

    def buy():
        outcomes.extend(
            concurrently(4, lambda: place_order(store, {listing.pk: 1}, idempotency_key="one").pk)
        )

    def three_wait_for_the_one_that_waits_for_the_shelf():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_database AS here ON here.oid = database"
                " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
            )
            return cursor.fetchone() == (3,)

    buying = threading.Thread(target=buy)
    shelf = {"store_id": store.pk, "listing_ids": [listing.pk], "on": business_date()}
    with elsewhere(lambda: lock_listings(**shelf)):
        buying.start()
        eventually(three_wait_for_the_one_that_waits_for_the_shelf)
    buying.join()
    assert outcomes == [Order.objects.get().pk] * 4
    assert Listing.objects.get(pk=listing.pk).held == 1


def test_two_windows_that_buy_one_basket_make_one_order(two_connections):
    store = make_store()
    first, second = make_listing(store), make_listing(store)
    owner = Owner(person_id=uuid4())
    for listing in (first, second):
        cart = put_in_basket(listing, owner, 2)
    outcomes = two_connections(
        lambda: place_order(store, {first.pk: 2, second.pk: 2}, cart_id=cart.pk).state
    )
    assert sorted(map(str, outcomes)) == ["basket_changed", "confirmed"]
    assert Order.objects.count() == 1
    assert set(Listing.objects.values_list("held", flat=True)) == {2}
    assert not CartLine.objects.exists()


def test_what_came_into_the_basket_meanwhile_stays_there():
    store = make_store()
    bought, added = make_listing(store), make_listing(store)
    owner = Owner(person_id=uuid4())
    for listing in (bought, added):
        cart = put_in_basket(listing, owner)
    place_order(store, {bought.pk: 1}, cart_id=cart.pk)
    assert cart.lines.get().listing == added
