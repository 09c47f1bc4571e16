"""What happens to one order or one listing at the same instant, on connections of their own."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from marketplace.core.clock import now
from orders import services
from orders.models import Order, State
from payments.upi import bank_client
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from stores.inventory.importing import keep_file, run_import
from stores.inventory.models import Listing
from stores.inventory.services import (
    count_stock,
    receive_stock,
    set_on_shelf,
    set_price,
    set_shown,
    write_off_stock,
)
from tests.factories import make_listing, make_store
from tests.invariants import broken_invariants
from tests.orders.building import place_order
from tests.upi.words import payment_word

pytestmark = pytest.mark.django_db(transaction=True)

SHOP, BUYER = "person:shopkeeper", "person:asha"
ROUNDS = 5


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def silent_bank(monkeypatch):
    """It answers at once, and knows of no payment but those that a test tells of."""
    monkeypatch.setattr(bank_client, "find_payments", lambda *, tr: [])


def state(step, **about):
    return lambda: str(step(**about).state)


def assert_all_is_well():
    assert broken_invariants(connection) == []


def test_accepting_cancelling_and_the_timer(store, concurrently):
    listing = make_listing(store, on_hand=ROUNDS)
    for _ in range(ROUNDS):
        order = place_order(store, {listing.pk: 1})
        # reminded already, and out of time
        past = now() - timedelta(seconds=1)
        Order.objects.filter(pk=order.pk).update(due_at=past, accept_by=past)
        about = {"store_id": store.pk, "order_id": order.pk}
        outcomes = concurrently(
            [
                state(services.accept, **about, actor=SHOP),
                state(services.cancel, **about, actor=BUYER, reason=""),
                state(services.reject, **about, actor=SHOP, reason=""),
                services.chase_answers,
            ]
        )
        order.refresh_from_db()
        assert order.state in outcomes or order.events.last().actor == "system"
        assert_all_is_well()


def test_the_money_cancelling_and_the_end_of_the_time_to_pay(store, concurrently, silent_bank):
    listing = make_listing(store, on_hand=ROUNDS)
    for _ in range(ROUNDS):
        order = place_order(store, {listing.pk: 1}, payment_method="upi")
        past = now() - timedelta(seconds=1)
        Order.objects.filter(pk=order.pk).update(due_at=past)
        attempt = PaymentAttempt.objects.get(reference=order.pk)
        word = payment_word(attempt)
        twice = payment_word(attempt, payment_id="D" + attempt.tr)
        about = {"store_id": store.pk, "order_id": order.pk}
        concurrently(
            [
                lambda word=word: apply_bank_event(word=word),
                lambda word=word: apply_bank_event(word=word),
                lambda word=twice: apply_bank_event(word=word),
                state(services.cancel, **about, actor=BUYER, reason=""),
                services.expire_due,
            ]
        )
        order.refresh_from_db()
        # late money buys an expired order after all, and goes back from a cancelled one
        assert order.state in {State.CONFIRMED, State.CANCELLED}
        assert order.captured in {0, order.total}
        assert_all_is_well()


def test_two_shopkeepers_packing_a_cancellation_and_a_count(store, concurrently):
    listing = make_listing(store, on_hand=100)
    for _ in range(ROUNDS):
        order = place_order(store, {listing.pk: 2})
        about = {"store_id": store.pk, "order_id": order.pk}
        services.accept(**about, actor=SHOP)
        shelf = {"store_id": store.pk, "listing_id": listing.pk, "actor": SHOP}
        concurrently(
            [
                state(services.pack, **about, actor=SHOP),
                state(services.pack, **about, actor=SHOP),
                state(services.cancel, **about, actor=BUYER, reason=""),
                lambda shelf=shelf: count_stock(counted=1, **shelf).on_hand,
            ]
        )
        assert_all_is_well()
        receive_stock(quantity=100, **shelf)


def test_everything_about_a_listing_while_it_is_bought(store, concurrently):
    listing = make_listing(store, price=100, mrp=500, on_hand=30)
    shelf = {"store_id": store.pk, "listing_id": listing.pk, "actor": SHOP}

    def buy():
        return str(place_order(store, {listing.pk: 2}, expected_total=2200).state)

    def sell():
        return services.sell_over_counter(
            store_id=store.pk,
            actor=SHOP,
            idempotency_key=str(now().timestamp()),
            lines=[services.Wanted(listing.pk, 1)],
            paid_by="cash",
            take_held=True,
        ).sale.total

    outcomes = concurrently(
        [
            *[buy] * 10,
            *[sell] * 2,
            lambda: set_price(price=150, **shelf).price,
            lambda: set_shown(shown=False, **shelf).shown,
            lambda: set_on_shelf(on_shelf=True, **shelf).on_shelf,
            lambda: count_stock(counted=9, **shelf).on_hand,
            lambda: write_off_stock(quantity=2, reason="broken", **shelf).on_hand,
            lambda: receive_stock(quantity=3, **shelf).on_hand,
        ]
    )
    bought = set(outcomes[:10])
    assert bought <= {"confirmed", "out_of_stock", "total_changed", "busy"}
    # whoever bought paid the price that they saw
    assert set(Order.objects.values_list("total", flat=True)) <= {2200}
    assert_all_is_well()


def test_an_import_while_its_listings_are_bought_and_counted(store, concurrently):
    def upload(price, stock):
        rows = "\n".join(f"Soap {n},{price},{stock + n % 2}" for n in range(20))
        file = ContentFile(f"name,price,stock\n{rows}\n".encode(), name="a.csv")
        kept = keep_file(store_id=store.pk, actor="system", file=file)
        return str(run_import(import_run_id=kept.pk).state)

    assert upload(100, 5) == "done"
    listings = list(Listing.objects.of_store(store.pk).order_by("pk"))

    def buy(n):
        basket = {each.pk: 1 for each in reversed(listings[n : n + 5])}
        return lambda: str(place_order(store, basket).state)

    def count():
        for each in reversed(listings):
            count_stock(store_id=store.pk, listing_id=each.pk, counted=3, actor=SHOP)

    uploads = [lambda: upload(150, 1), lambda: upload(150, 2)]
    outcomes = concurrently([*uploads, count, *[buy(n) for n in range(12)]])
    assert outcomes[:2] == ["done", "done"]
    # an import holds its rows for as long as its batch takes
    assert set(outcomes[3:]) <= {"confirmed", "out_of_stock", "busy"}
    assert set(Listing.objects.values_list("price", flat=True)) == {15_000}
    assert_all_is_well()
