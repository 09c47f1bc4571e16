import base64
import json
from uuid import uuid4

import pytest

from marketplace.api.parsers import LONGEST_BODY
from orders.models import Order
from orders.services import accept, delivery_code, dispatch, pack
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


def post(client, raw: str):
    return client.generic(
        "POST",
        "/api/v1/orders/",
        raw.encode(),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


@pytest.mark.parametrize("field", ["store", "fulfilment", "payment_method", "note"])
def test_half_a_surrogate_pair_is_a_mistake_in_its_field(client_for, field):
    answer = post(client_for(make_store()), json.dumps({field: "\ud800"}))
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]


def test_a_body_nested_too_deeply_is_refused(client_for):
    answer = post(client_for(make_store()), "[" * 100_000 + "]" * 100_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parse_error")


def test_a_body_too_large_is_not_read(client_for):
    answer = post(client_for(make_store()), json.dumps("x" * LONGEST_BODY))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["orders/", "stores/", "stores/{store}/listings/"])
@pytest.mark.parametrize("cursor", ["p=abc", "p=%00", "o=1&p=1"])
def test_a_cursor_that_we_did_not_make_is_not_found(client_for, path, cursor):
    store = make_store()
    url = "/api/v1/" + path.format(store=store.pk)
    answer = client_for(store).get(url, {"cursor": base64.b64encode(cursor.encode()).decode()})
    assert answer.status_code == 404


def test_the_delivery_code_may_be_typed_in_devanagari(client_for):
    store = make_store()
    order = place_order(store, {make_listing(store).pk: 1})
    about = {"store_id": store.pk, "order_id": order.pk, "actor": "person:shop"}
    for step in (accept, pack, dispatch):
        step(**about)
    client, url = client_for(store), f"/api/v1/orders/{order.pk}/deliver/"
    assert client.post(url, {"code": "é"}, format="json").status_code == 422
    typed = delivery_code(order).translate(str.maketrans("0123456789", "०१२३४५६७८९"))
    assert client.post(url, {"code": typed}, format="json").status_code == 200
    assert Order.objects.get(pk=order.pk).state == "delivered"
