"""Two things at the very same moment, on real connections."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction

from marketplace.core.clock import travel
from orders import carts, services
from orders.models import Cart, CartLine, Order, OrderFlag
from stores.inventory.models import Hold, Listing
from stores.inventory.services import count_stock
from tests import patience
from tests.factories import make_listing, make_store, put_in_basket
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = "person:shopkeeper"


@pytest.fixture
def somebody_waits(eventually):
    """Returns once another connection waits for a lock of this one."""

    def wait():
        with connection.cursor() as cursor:

            def waiting():
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
                )
                return cursor.fetchone()[0]

            eventually(waiting)

    return wait


def test_the_same_request_twice_at_once_is_one_order_of_the_last_packet(two_connections):
    store = make_store()
    listing = make_listing(store, on_hand=1)
    outcomes = two_connections(
        lambda: place_order(store, {listing.pk: 1}, idempotency_key="one").pk
    )
    assert outcomes == [Order.objects.get().pk] * 2


def test_what_a_count_takes_away_while_it_is_packed_is_not_packed(concurrently, somebody_waits):
    store = make_store()
    listing = make_listing(store, on_hand=10)
    order = place_order(store, {listing.pk: 4})
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.accept(**about)
    counted = threading.Event()

    def count():
        with transaction.atomic():
            count_stock(store_id=store.pk, listing_id=listing.pk, counted=3, actor=SHOP)
            counted.set()
            somebody_waits()

    def pack():
        counted.wait(patience.SECONDS)
        return str(services.pack(**about).state)

    assert concurrently([count, pack]) == [None, "out_of_stock"]
    listing.refresh_from_db()
    order.refresh_from_db()
    assert (order.state, listing.on_hand, listing.held) == ("accepted", 3, 0)
    assert OrderFlag.objects.open().count() == 1


def test_adding_to_a_guest_basket_while_it_is_joined_keeps_the_goods(concurrently, somebody_waits):
    store = make_store()
    first, second = make_listing(store), make_listing(store)
    guest, person = uuid4(), uuid4()
    mine = carts.Owner(guest=guest)
    put_in_basket(first, mine)
    joined = threading.Event()

    def join():
        with transaction.atomic():
            carts.join_guest_carts(guest=guest, person_id=person)
            joined.set()
            somebody_waits()

    def add():
        joined.wait(patience.SECONDS)
        put_in_basket(second, mine, 2)

    concurrently([join, add])
    baskets = {
        (cart.person_id or cart.guest, line.listing_id)
        for cart in Cart.objects.all()
        for line in cart.lines.all()
    }
    assert baskets == {(person, first.pk), (guest, second.pk)}


def test_a_hold_that_was_lost_and_found_again_leaves_no_flag():
    from orders.services.payee import OrderPayee

    store = make_store()
    listing = make_listing(store, on_hand=10)
    order = place_order(store, {listing.pk: 4}, payment_method="upi")
    count = {"store_id": store.pk, "listing_id": listing.pk, "actor": SHOP}
    count_stock(**count, counted=1)
    assert OrderFlag.objects.open().count() == 1
    count_stock(**count, counted=9)
    with transaction.atomic():
        OrderPayee().accept(store_id=store.pk, reference=order.pk, amount=order.total)
    assert not OrderFlag.objects.open().exists()
    assert Hold.objects.open().get().quantity == 4
    assert Listing.objects.get(pk=listing.pk).held == 4


def test_unpaid_orders_wait_while_the_bank_is_away(settings):
    settings.BANK_URL = "http://127.0.0.1:9"
    store = make_store()
    order = place_order(store, {make_listing(store).pk: 1}, payment_method="upi")
    with travel(days=1):
        assert services.expire_due() == 0
    order.refresh_from_db()
    assert order.state == "awaiting_payment"


def test_of_taps_at_once_none_is_lost(concurrently):
    store, owner = make_store(), carts.Owner(guest=uuid4())
    listing = make_listing(store)

    def tap():
        return carts.change_quantity(
            store_id=store.pk, owner=owner, listing_id=listing.pk, to=lambda before: before + 1
        )

    assert sorted(concurrently(8, tap)) == [*range(1, 9)]
    assert CartLine.objects.get().quantity == 8
