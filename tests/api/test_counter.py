from uuid import uuid4

import pytest

from orders.invoicing.models import Document
from orders.models import CounterSale
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def listing(store):
    return make_listing(store, price=25050, on_hand=10)


def sell(client, store, listing, key=None, **changes):
    body = {"lines": [{"listing": str(listing.pk), "quantity": 2}], "paid_by": "cash"}
    return client.post(
        f"/api/v1/stores/{store.pk}/counter-sales/",
        body | changes,
        format="json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def test_a_tills_sale_moves_our_stock_once(client_for, store, listing):
    client = client_for(store)
    first, again = (sell(client, store, listing, "bill-17") for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (first.json()["items_total"], first.json()["total"]) == (50100, 50100)
    assert first.json()["lines"][0]["quantity"] == 2
    assert first.json()["bill"] == Document.objects.get().serial
    listing.refresh_from_db()
    assert listing.on_hand == 8
    other = sell(client, store, listing, "bill-17", paid_by="upi")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert CounterSale.objects.count() == 1


def test_what_is_set_aside_is_named(client_for, store, listing):
    order = place_order(store, {listing.pk: 9})
    client = client_for(store)
    answer = sell(client, store, listing)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "held_for_orders")
    assert error["details"]["lines"][0]["orders"] == [order.number]
    assert sell(client, store, listing, take_held=True).status_code == 201


def test_it_needs_its_scope_its_shop_and_its_key(client_for, store, listing):
    assert sell(client_for(store, scopes=["orders:place"]), store, listing).status_code == 403
    assert sell(client_for(make_store()), store, listing).status_code == 404
    client = client_for(store)
    nameless = client.post(
        f"/api/v1/stores/{store.pk}/counter-sales/",
        {"lines": [{"listing": str(listing.pk), "quantity": 1}], "paid_by": "cash"},
        format="json",
    )
    assert nameless.status_code == 400
    assert sell(client, store, listing, lines=[]).status_code == 400
    assert sell(client, store, listing, paid_by="khata").status_code == 400
    assert not CounterSale.objects.exists()
