"""Orders over HTTP while somebody else holds what they need, on real connections."""

from uuid import uuid4

import pytest

from marketplace.api.models import ApiKey
from marketplace.core.clock import business_date
from orders.models import Order
from orders.services.requests import open_request
from stores.inventory.holds import lock_listings
from stores.inventory.models import Listing
from tests.factories import make_listing, make_store

pytestmark = pytest.mark.django_db(transaction=True)


def buy(client, listing: Listing, key: str):
    sent = {
        "store": str(listing.store_id),
        "lines": [{"listing": str(listing.pk), "quantity": 2}],
        "fulfilment": "pickup",
        "payment_method": "cash",
        "contact": {"name": "Asha", "phone": "98100 12345"},
    }
    return client.post("/api/v1/orders/", sent, format="json", headers={"Idempotency-Key": key})


def test_an_order_that_cannot_have_the_shelf_may_be_sent_again(client_for, elsewhere):
    listing = make_listing(make_store())
    client, key = client_for(listing.store), str(uuid4())
    shelf = {"store_id": listing.store_id, "listing_ids": [listing.pk], "on": business_date()}
    with elsewhere(lambda: lock_listings(**shelf)):
        busy = buy(client, listing, key)
    assert (busy.status_code, busy.json()["error"]["code"]) == (503, "busy")
    assert busy["Retry-After"] == "2"
    assert not Order.objects.exists()
    assert buy(client, listing, key).status_code == 201
    assert Listing.objects.get(pk=listing.pk).held == 2


def test_a_request_still_being_worked_on_is_in_flight(client_for, elsewhere):
    listing = make_listing(make_store())
    client, key = client_for(listing.store), str(uuid4())
    twin = Order(store_id=listing.store_id, actor=ApiKey.objects.get().actor, idempotency_key=key)
    with elsewhere(lambda: open_request(twin, business_date())):
        refused = buy(client, listing, key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "request_in_flight")
    assert not Order.objects.exists()
    assert buy(client, listing, key).status_code == 201


def test_the_same_request_at_once_is_answered_twice_alike(client_for, two_connections):
    listing = make_listing(make_store())
    client, key = client_for(listing.store), str(uuid4())
    secret = client._credentials["HTTP_AUTHORIZATION"]

    def send():
        from rest_framework.test import APIClient

        mine = APIClient()
        mine.credentials(HTTP_AUTHORIZATION=secret)
        answer = buy(mine, listing, key)
        return answer.status_code, answer.json(), answer.get("Idempotent-Replayed")

    first, second = two_connections(send)
    assert first[:2] == second[:2]
    assert first[0] == 201
    assert {first[2], second[2]} == {None, "true"}
    assert Order.objects.count() == 1
