"""What a partner does about changes of an order, as the shop and as the buyer."""

from typing import Any
from uuid import UUID

import pytest

from orders.models import Order, Proposal
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from tests.api.test_orders import body, buy
from tests.factories import make_listing, make_loose, make_store
from tests.orders.building import captured_order
from tests.upi.words import payment_word

NOBODY = UUID(int=7)
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(client_for) -> Any:
    """A shop with two kinds of tea, a partner that buys there and one that works for the shop."""
    store = make_store(delivery_fee=0)
    tea, other = (make_listing(store, price=price, mrp=None) for price in (10000, 13000))
    return store, tea, other, client_for(store), client_for(store)


def post(client: Any, order_id: Any, step: str, sent: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/v1/orders/{order_id}/{step}/", sent or {}, format="json")


def paid_order(store: Any, tea: Any, buyer: Any) -> Order:
    sent = body(store, tea, payment_method="upi")
    order = Order.objects.get(pk=buy(buyer, sent).json()["id"])
    apply_bank_event(word=payment_word(PaymentAttempt.objects.get(reference=order.pk)))
    return order


def test_a_substitute_is_offered_accepted_and_paid_for(shop):
    store, tea, other, buyer, seller = shop
    order = paid_order(store, tea, buyer)
    wanted = {"instead_of": str(tea.pk), "listing": str(other.pk), "quantity": 2}
    asked = post(seller, order.pk, "substitutes", wanted)
    assert asked.status_code == 201, asked.content
    proposal = asked.json()
    assert (proposal["kind"], proposal["state"], proposal["extra"]) == ("substitute", "open", 0)
    taken_out, offered = sorted(proposal["lines"], key=lambda line: line["quantity"])
    assert (taken_out["listing"], taken_out["quantity"]) == (str(tea.pk), 0)
    assert offered == {
        "listing": str(other.pk),
        "replaces": str(tea.pk),
        "quantity": 2,
        "price": 13000,
        "per": 1,
        "amount": 26000,
    }
    seen = buyer.get(f"/api/v1/orders/{order.pk}/").json()
    assert [each["id"] for each in seen["proposals"]] == [proposal["id"]]
    said = post(buyer, order.pk, f"proposals/{proposal['id']}/accept").json()
    assert (said["total"], said["proposals"][0]["state"]) == (20000, "agreed")
    assert (said["proposals"][0]["extra"], said["payment"]["amount"]) == (6000, 6000)
    apply_bank_event(word=payment_word(PaymentAttempt.objects.latest("id")))
    after = buyer.get(f"/api/v1/orders/{order.pk}/").json()
    assert (after["total"], after["captured"]) == (26000, 26000)
    assert [(line["state"], line["replaces"]) for line in after["lines"]] == [
        ("replaced", None),
        ("wanted", str(tea.pk)),
    ]


def test_the_shop_withdraws_and_the_buyer_declines(shop):
    store, tea, other, buyer, seller = shop
    order = paid_order(store, tea, buyer)
    wanted = {"instead_of": str(tea.pk), "listing": str(other.pk), "quantity": 1}
    first = post(seller, order.pk, "substitutes", wanted).json()["id"]
    assert post(seller, order.pk, f"proposals/{first}/withdraw").json()["state"] == "confirmed"
    again = post(buyer, order.pk, f"proposals/{first}/accept")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "proposal_closed")
    assert again.json()["error"]["details"]["state"] == "withdrawn"
    second = post(seller, order.pk, "substitutes", wanted).json()["id"]
    ended = post(buyer, order.pk, f"proposals/{second}/decline").json()
    assert (ended["state"], ended["refunded"]) == ("cancelled", 20000)


def test_the_buyer_edits_at_once_and_the_shop_asks(shop):
    store, tea, other, buyer, seller = shop
    order = buy(buyer, body(store, tea)).json()
    edit = {"lines": [{"listing": str(tea.pk), "quantity": 3}], "expected_version": 1}
    edited = post(buyer, order["id"], "edit", edit).json()
    assert (edited["total"], edited["version"]) == (30000, 2)
    more = {"lines": [{"listing": str(other.pk), "quantity": 1}]}
    asked = post(seller, order["id"], "edit", more).json()
    assert (asked["total"], asked["proposals"][-1]["state"]) == (30000, "open")
    stale = post(buyer, order["id"], "edit", edit)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "order_changed")


def test_heavier_goods_are_asked_about(shop):
    store, _tea, _other, _buyer, seller = shop
    potato = make_loose(store)
    order = captured_order(store, {potato.pk: 1000})
    heavier = {"weights": [{"listing": str(potato.pk), "quantity": 1200}]}
    asked = post(seller, order.pk, "weights", heavier)
    assert (asked.status_code, asked.json()["kind"]) == (201, "weight")
    lighter = {"weights": [{"listing": str(potato.pk), "quantity": 900}]}
    refused = post(seller, order.pk, "weights", lighter)
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("step", "sent", "status"),
    [
        ("substitutes", {}, 400),
        ("substitutes", {"instead_of": NOBODY, "listing": NOBODY, "quantity": 1}, 404),
        ("weights", {"weights": []}, 400),
        ("weights", {"weights": [{"listing": NOBODY, "quantity": 5}]}, 404),
        ("edit", {"lines": []}, 400),
        ("edit", {"lines": [{"listing": NOBODY, "quantity": 1}]}, 404),
        ("edit", {"lines": [{"listing": NOBODY, "quantity": -1}]}, 400),
        (f"proposals/{NOBODY}/accept", {}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(shop, step, sent, status):
    store, tea, _other, buyer, _seller = shop
    order = buy(buyer, body(store, tea)).json()
    assert post(buyer, order["id"], step, sent).status_code == status
    assert not Proposal.objects.exists()


def test_a_key_that_only_buys_does_not_speak_for_other_customers(shop, client_for):
    store, tea, other, buyer, seller = shop
    order = buy(buyer, body(store, tea)).json()
    wanted = {"instead_of": str(tea.pk), "listing": str(other.pk), "quantity": 1}
    asked = post(seller, order["id"], "substitutes", wanted).json()
    stranger = client_for(store, scopes=["orders:read", "orders:place"])
    edit = {"lines": [{"listing": str(tea.pk), "quantity": 1}]}
    for step, sent in (
        (f"proposals/{asked['id']}/accept", {}),
        (f"proposals/{asked['id']}/decline", {}),
        ("edit", edit),
    ):
        assert post(stranger, order["id"], step, sent).status_code == 403
    assert Order.objects.get().version == 1
    assert post(seller, order["id"], f"proposals/{asked['id']}/accept").status_code == 200


def test_a_key_without_the_scope_or_of_another_shop_does_nothing(shop, client_for):
    store, tea, other, buyer, _seller = shop
    order = buy(buyer, body(store, tea)).json()
    wanted = {"instead_of": str(tea.pk), "listing": str(other.pk), "quantity": 1}
    reader = client_for(store, scopes=["orders:read"])
    edit = {"lines": [{"listing": str(tea.pk), "quantity": 1}]}
    for step, sent in (("substitutes", wanted), ("edit", edit)):
        assert post(reader, order["id"], step, sent).status_code == 403
        assert post(client_for(make_store()), order["id"], step, sent).status_code == 404
    assert Order.objects.get().version == 1
