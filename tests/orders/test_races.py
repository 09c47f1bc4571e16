from uuid import uuid4

import pytest
from django.db.models import Sum

from orders import services
from orders.models import Order, State
from stores.inventory.models import Hold, Listing
from stores.inventory.services import count_stock
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = "person:shopkeeper"


def place_state(*args, **changes) -> str:
    return str(place_order(*args, **changes).state)


def test_two_buyers_one_last_packet(two_connections):
    store = make_store()
    listing = make_listing(store, on_hand=1)
    outcomes = two_connections(lambda: place_state(store, {listing.pk: 1}))
    assert sorted(outcomes) == ["confirmed", "out_of_stock"]
    assert Listing.objects.get(pk=listing.pk).held == 1


def test_sixteen_buyers_of_two_baskets_in_opposite_order(concurrently):
    store = make_store()
    first, second = make_listing(store, on_hand=5), make_listing(store, on_hand=5)
    baskets = [
        {first.pk: 1, second.pk: 1} if n % 2 else {second.pk: 1, first.pk: 1} for n in range(16)
    ]
    outcomes = concurrently(
        [lambda basket=basket: place_state(store, basket) for basket in baskets]
    )
    assert outcomes.count("confirmed") == 5
    assert outcomes.count("out_of_stock") == 11
    assert set(Listing.objects.values_list("held", flat=True)) == {5}


def test_the_same_request_arriving_at_once_is_one_order(concurrently):
    store = make_store()
    listing = make_listing(store, on_hand=50)
    key = str(uuid4())
    orders = concurrently(8, lambda: place_order(store, {listing.pk: 1}, idempotency_key=key).pk)
    assert len(set(orders)) == 1
    assert Order.objects.count() == 1
    assert Listing.objects.get(pk=listing.pk).held == 1


def test_accept_and_cancel_at_once_leave_one_truth(concurrently):
    store = make_store()
    listing = make_listing(store, on_hand=10)
    for _ in range(5):
        order = place_order(store, {listing.pk: 1}, actor="person:asha")
        about = {"store_id": store.pk, "order_id": order.pk}
        concurrently(
            [
                lambda about=about: services.accept(**about, actor=SHOP).state,
                lambda about=about: services.reject(**about, actor=SHOP, reason="").state,
                lambda about=about: (
                    services.cancel(**about, actor="person:asha", reason="", by_customer=True).state
                ),
            ]
        )
        order.refresh_from_db()
        assert order.events.count() == order.version
        assert order.state in {State.CANCELLED, State.REJECTED, State.ACCEPTED}
        held = Hold.objects.open().filter(reference=order.pk).count()
        assert held == (order.state == State.ACCEPTED)
    listing.refresh_from_db()
    assert listing.held == (Hold.objects.open().aggregate(n=Sum("quantity"))["n"] or 0)


def test_two_shopkeepers_packing_take_the_stock_once(two_connections):
    store = make_store()
    listing = make_listing(store, on_hand=10)
    order = place_order(store, {listing.pk: 4})
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.accept(**about)
    outcomes = two_connections(lambda: str(services.pack(**about).state))
    assert sorted(outcomes) == ["illegal_transition", "packed"]
    listing.refresh_from_db()
    assert (listing.on_hand, listing.held) == (6, 0)


def test_counting_while_buying_never_oversells(concurrently):
    store = make_store()
    listing = make_listing(store, on_hand=20)

    def count() -> str:
        return str(
            count_stock(store_id=store.pk, listing_id=listing.pk, counted=3, actor=SHOP).on_hand
        )

    buy = [lambda: place_state(store, {listing.pk: 2}) for _ in range(8)]
    concurrently([*buy, count])
    listing.refresh_from_db()
    assert listing.on_hand == 3 == listing.movements.aggregate(n=Sum("delta"))["n"]
    held = Hold.objects.open().aggregate(n=Sum("quantity"))["n"] or 0
    assert listing.held == held <= 3
