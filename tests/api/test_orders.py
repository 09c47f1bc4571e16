import json
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from marketplace.api.serializers import OrderSerializer
from marketplace.core.clock import business_date
from orders.models import Order
from orders.services import delivery_code
from payments.upi.models import PaymentAttempt
from payments.upi.services import intent_uri
from stores.inventory.models import Listing
from stores.shops.models import DeliverySlot
from tests.factories import make_listing, make_store

pytestmark = pytest.mark.django_db


def body(store: Any, listing: Listing, **changes: Any) -> dict[str, Any]:
    return {
        "store": str(store.pk),
        "lines": [{"listing": str(listing.pk), "quantity": 2}],
        "fulfilment": "delivery",
        "payment_method": "cash",
        "contact": {"name": "Asha", "phone": "98100 12345", "language": "hi"},
        "address": {"text": "4 Hailey Road", "pincode": "110001"},
    } | changes


def buy(client: APIClient, sent: dict[str, Any], key: str | None = None) -> Any:
    return client.post(
        "/api/v1/orders/", sent, format="json", headers={"Idempotency-Key": key or str(uuid4())}
    )


def test_a_partner_sells_and_the_shop_fulfils(client_for):
    store = make_store(delivery_fee=2000)
    listing = make_listing(store, price=25000)
    client = client_for(store)
    answer = buy(client, body(store, listing))
    assert answer.status_code == 201, answer.content
    order = answer.json()
    assert (order["state"], order["total"], order["contact_phone"]) == (
        "confirmed",
        52000,
        "+919810012345",
    )
    url = f"/api/v1/orders/{order['id']}/"
    code = delivery_code(Order.objects.get(pk=order["id"]))
    for step, sent, state in [
        ("accept", {}, "accepted"),
        ("pack", {}, "packed"),
        ("dispatch", {}, "out_for_delivery"),
        ("deliver", {"code": code}, "delivered"),
    ]:
        answer = client.post(f"{url}{step}/", sent, format="json")
        assert (answer.status_code, answer.json().get("state")) == (200, state)
    events = client.get(url).json()["events"]
    assert [event["version"] for event in events] == [1, 2, 3, 4, 5]
    assert {event["actor"].split(":")[0] for event in events} == {"key"}
    again = client.post(f"{url}accept/")
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "illegal_transition"
    assert again.json()["error"]["details"]["state"] == "delivered"


def test_a_upi_order_answers_with_the_intent(client_for):
    store = make_store(delivery_fee=0)
    listing = make_listing(store, price=25050)
    answer = buy(client_for(store), body(store, listing, payment_method="upi")).json()
    assert answer["state"] == "awaiting_payment"
    assert answer["payment"]["intent"].startswith("upi://pay?")
    assert "am=501.00" in answer["payment"]["intent"]


def test_the_same_key_answers_the_same_and_another_body_is_refused(client_for):
    store = make_store()
    listing = make_listing(store)
    client = client_for(store)
    key = str(uuid4())
    first = buy(client, body(store, listing), key)
    again = buy(client, body(store, listing), key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    other = buy(client, body(store, listing, fulfilment="pickup"), key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "lines.non_field_errors"),
        ({"lines": [{"listing": "x", "quantity": 1}]}, "lines.0.listing"),
        ({"address": None}, "address"),
        ({"fulfilment": "teleport"}, "fulfilment"),
        ({"contact": {"name": "A", "phone": "12"}}, "contact.phone"),
        ({"address": {"text": "x", "pincode": "012345"}}, "address.pincode"),
    ],
)
def test_a_bad_order_names_its_field(client_for, changes, field):
    store = make_store()
    answer = buy(client_for(store), body(store, make_listing(store), **changes))
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not Order.objects.exists()


def test_an_order_without_a_key_is_refused(client_for):
    store = make_store()
    answer = client_for(store).post(
        "/api/v1/orders/", body(store, make_listing(store)), format="json"
    )
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["Idempotency-Key"]


def test_what_is_short_is_named_with_what_is_left(client_for):
    store = make_store()
    listing = make_listing(store, on_hand=1)
    answer = buy(client_for(store), body(store, listing))
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "out_of_stock"
    assert error["details"]["lines"] == [
        {
            "listing_id": str(listing.pk),
            "name": listing.product.name,
            "wanted": 2,
            "available": 1,
        }
    ]


def test_orders_are_listed_newest_first_by_state(client_for, django_assert_num_queries):
    store = make_store()
    listing = make_listing(store, on_hand=50)
    client = client_for(store)
    made = [buy(client, body(store, listing)).json()["id"] for _ in range(3)]
    client.post(f"/api/v1/orders/{made[0]}/accept/")
    with django_assert_num_queries(2):
        page = client.get(f"/api/v1/orders/?store={store.pk}&state=confirmed&limit=1").json()
    assert [order["id"] for order in page["results"]] == [made[2]]
    assert [order["id"] for order in client.get(page["next"]).json()["results"]] == [made[1]]
    assert client.get("/api/v1/orders/?state=lost").status_code == 400


@pytest.mark.parametrize("method", ["cash", "upi"])
def test_a_fresh_order_is_answered_as_it_will_be_read(client_for, method):
    store = make_store()
    sent = body(store, make_listing(store), payment_method=method, note="ring twice")
    client = client_for(store)
    answer = buy(client, sent).json()
    order = Order.objects.get()
    attempt = PaymentAttempt.objects.first()
    asked = attempt and {
        "id": attempt.pk,
        "state": attempt.state,
        "amount": attempt.amount,
        "intent": intent_uri(attempt),
        "expires_at": attempt.expires_at,
    }
    described = OrderSerializer(order, context={"attempt": asked}).data
    assert answer == json.loads(JSONRenderer().render(described))
    assert answer == client.get(f"/api/v1/orders/{order.pk}/").json()
    assert (answer["payment"] is None) == (method == "cash")


def test_an_order_says_what_to_do_with_goods_that_are_out(client_for):
    store = make_store()
    listing = make_listing(store)
    answer = buy(client_for(store), body(store, listing, if_unavailable="remove"))
    assert answer.json()["if_unavailable"] == "remove"
    assert buy(client_for(store), body(store, listing)).json()["if_unavailable"] == "call"
    refused = buy(client_for(store), body(store, listing, if_unavailable="shrug"))
    assert list(refused.json()["error"]["fields"]) == ["if_unavailable"]


def test_an_order_takes_a_place_in_a_slot(client_for):
    store = make_store()
    listing = make_listing(store)
    day = business_date() + timedelta(days=1)
    slot = DeliverySlot.objects.create(
        store=store, weekday=day.weekday(), starts=time(10), ends=time(11), capacity=1
    )
    wanted = body(store, listing, slot=str(slot.pk), slot_day=str(day))
    order = buy(client_for(store), wanted).json()
    assert order["slot_starts_at"] == f"{day}T10:00:00+05:30"
    full = buy(client_for(store), wanted)
    assert (full.status_code, full.json()["error"]["code"]) == (409, "slot_full")
    del wanted["slot_day"]
    half = buy(client_for(store), wanted)
    assert list(half.json()["error"]["fields"]) == ["slot_day"]
    assert Order.objects.count() == 1


def test_an_order_that_awaits_its_payment_is_its_buyers_alone(client_for):
    """As on the dashboard: another key of the shop neither sees it nor calls it off."""
    store = make_store()
    listing = make_listing(store)
    buyer, other = client_for(store), client_for(store)
    order = buy(buyer, body(store, listing, payment_method="upi")).json()
    address = f"/api/v1/orders/{order['id']}/"
    assert buyer.get(address).status_code == 200
    assert other.get(address).status_code == 404
    assert other.get("/api/v1/orders/").json()["results"] == []
    refused = other.post(f"{address}cancel/", {"reason": "x"}, format="json")
    assert refused.status_code == 404
    assert Order.objects.get().state == "awaiting_payment"
