from typing import Any

import pytest

from marketplace.core.ids import uuid7
from orders import services
from orders.models import Order
from tests.factories import make_listing, make_loose, make_store
from tests.orders.building import captured_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(client_for) -> Any:
    """A shop, its partner's client, 1 kg of potatoes and 2 packets, paid and accepted."""
    store = make_store(delivery_fee=0)
    potato, salt = make_loose(store), make_listing(store, price=2800, mrp=None)
    order = captured_order(store, {potato.pk: 1000, salt.pk: 2})
    services.accept(store_id=store.pk, order_id=order.pk, actor="system")
    client = client_for(store)

    def post(step: str, body: dict[str, Any] | None = None) -> Any:
        return client.post(f"/api/v1/orders/{order.pk}/{step}/", body or {}, format="json")

    return post, order, potato, salt


def test_packing_says_what_was_weighed(shop):
    post, _order, potato, _salt = shop
    answer = post("pack", {"weights": [{"listing": str(potato.pk), "quantity": 970}]})
    assert answer.status_code == 200, answer.content
    packed = answer.json()
    assert (packed["state"], packed["total"], packed["refunded"]) == ("packed", 9480, 120)
    shown = ("by_weight", "state", "ordered", "quantity", "packed", "amount")
    assert [tuple(line[key] for key in shown) for line in packed["lines"]] == [
        (True, "picked", 1000, 1000, 970, 3880),
        (False, "picked", 2, 2, 2, 5600),
    ]


def test_unweighed_goods_are_named(shop):
    post, _order, potato, _salt = shop
    answer = post("pack")
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "not_weighed"
    assert error["details"]["lines"] == [{"listing": str(potato.pk), "name": potato.product.name}]


def test_a_bill_above_what_was_paid_says_by_how_much(shop):
    post, order, potato, _salt = shop
    answer = post("pack", {"weights": [{"listing": str(potato.pk), "quantity": 1200}]})
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "costs_more"
    assert error["details"] == {"over": "₹8", "over_paise": 800, "total": 10400}
    assert Order.objects.get(pk=order.pk).state == "accepted"


def test_a_missing_item_is_left_out_or_supplied_in_part(shop):
    post, _order, potato, salt = shop
    answer = post("unavailable", {"listing": str(salt.pk), "available": 1})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["total"], answer.json()["refunded"]) == (6800, 2800)
    answer = post("unavailable", {"listing": str(salt.pk)})
    assert [line["state"] for line in answer.json()["lines"]] == ["wanted", "removed"]
    refused = post("unavailable", {"listing": str(potato.pk)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nothing_left")
    unknown = post("unavailable", {"listing": str(uuid7())})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "unknown_line")


@pytest.mark.parametrize(
    ("weights", "field"),
    [
        ([{"listing": "x", "quantity": 5}], "weights.0.listing"),
        ([{"listing": str(uuid7()), "quantity": 0}], "weights.0.quantity"),
        ([{"listing": str(uuid7()), "quantity": 5}], "weights"),
        ("heavy", "weights.non_field_errors"),
    ],
)
def test_a_bad_weight_names_its_field(shop, weights, field):
    post, order, *_ = shop
    answer = post("pack", {"weights": weights})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert Order.objects.get(pk=order.pk).state == "accepted"


def test_one_listing_has_one_weight(shop):
    post, _order, potato, _salt = shop
    twice = [{"listing": str(potato.pk), "quantity": 900}] * 2
    answer = post("pack", {"weights": twice})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["weights"]


@pytest.mark.parametrize("grams", [100, 300])
def test_a_quantity_off_the_steps_says_what_the_steps_are(client_for, grams):
    store = make_store()
    potato = make_loose(store, name="Potato")
    client = client_for(store)
    answer = client.post(
        "/api/v1/orders/",
        {
            "store": str(store.pk),
            "lines": [{"listing": str(potato.pk), "quantity": grams}],
            "fulfilment": "pickup",
            "payment_method": "cash",
            "contact": {"name": "Asha", "phone": "98100 12345"},
        },
        format="json",
        headers={"Idempotency-Key": str(uuid7())},
    )
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "bad_quantity")
    assert error["message"] == "Potato is sold from 250 g, in steps of 250 g."
    assert not Order.objects.exists()
