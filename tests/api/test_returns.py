import pytest

from orders.models import Return
from payments.upi.models import Refund
from tests.factories import make_listing, make_store
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def listing(store):
    return make_listing(store, price=25000, on_hand=10)


@pytest.fixture
def order(store, listing):
    return deliver_order(store, {listing.pk: 3}, payment_method="upi")


def ask(client, order, listing, **changes):
    body = {"lines": [{"listing": str(listing.pk), "quantity": 2}], "reason": "not_needed"}
    return client.post(f"/api/v1/orders/{order.pk}/returns/", body | changes, format="json")


def test_a_partner_asks_and_the_shop_takes_back(client_for, store, listing, order):
    client = client_for(store)
    answer = ask(client, order, listing, note="Two too many")
    assert answer.status_code == 201, answer.content
    asked = answer.json()
    assert (asked["state"], asked["amount"], asked["note"]) == ("asked", 50000, "Two too many")
    url = f"/api/v1/orders/{order.pk}/returns/{asked['id']}/"
    taken = client.post(f"{url}take/", {"restock": [str(listing.pk)]}, format="json")
    assert taken.status_code == 200, taken.content
    assert taken.json()["lines"] == [
        {"listing": str(listing.pk), "quantity": 2, "amount": 50000, "restock": True}
    ]
    listing.refresh_from_db()
    assert (listing.on_hand, Refund.objects.get().amount) == (9, 50000)
    again = client.post(f"{url}take/")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "return_decided")
    [listed] = client.get(f"/api/v1/orders/{order.pk}/returns/").json()
    assert listed["state"] == "taken"
    shown = client.get(f"/api/v1/orders/{order.pk}/").json()
    assert (shown["lines"][0]["returned"], shown["refunded"]) == (2, 50000)


def test_a_refusal_needs_its_reason(client_for, store, listing, order):
    client = client_for(store)
    asked = ask(client, order, listing).json()
    url = f"/api/v1/orders/{order.pk}/returns/{asked['id']}/decline/"
    assert client.post(url, {}, format="json").status_code == 400
    answer = client.post(url, {"reason": "It was opened"}, format="json")
    assert (answer.json()["state"], answer.json()["answer"]) == ("declined", "It was opened")


def test_too_much_and_strange_goods_are_refused(client_for, store, listing, order):
    client = client_for(store)
    lines = [{"listing": str(listing.pk), "quantity": 2}] * 2
    answer = ask(client, order, listing, lines=lines)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "too_much_returned")
    assert ask(client, order, make_listing(store)).status_code == 404
    assert ask(client, order, listing, reason="bored").status_code == 400
    assert not Return.objects.exists()


def test_each_step_needs_its_scope_and_its_shop(client_for, store, listing, order):
    reader = client_for(store, scopes=["orders:read"])
    assert ask(reader, order, listing).status_code == 403
    stranger = client_for(make_store())
    assert ask(stranger, order, listing).status_code == 404
    assert stranger.get(f"/api/v1/orders/{order.pk}/returns/").status_code == 404
    asked = ask(client_for(store), order, listing).json()
    url = f"/api/v1/orders/{order.pk}/returns/{asked['id']}/"
    for client, code in [(reader, 403), (stranger, 404)]:
        assert client.post(f"{url}take/").status_code == code
        assert client.post(f"{url}decline/", {"reason": "no"}, format="json").status_code == code
    assert Return.objects.get().state == "asked"


def test_a_part_is_taken_back_and_the_rest_is_listed_as_declined(client_for, store, listing, order):
    client = client_for(store)
    asked = ask(client, order, listing).json()
    url = f"/api/v1/orders/{order.pk}/returns/{asked['id']}/take/"

    def part(quantity, **more):
        body = {"lines": [{"listing": str(listing.pk), "quantity": quantity}], **more}
        return client.post(url, body, format="json")

    for refused, code in [
        (part(3, reason="One was opened"), "too_much_returned"),
        (part(1), "invalid"),
        (part(0, reason="One was opened"), "invalid"),
    ]:
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert not Refund.objects.exists()
    taken = part(1, reason="One was opened").json()
    assert (taken["state"], taken["amount"], taken["lines"][0]["quantity"]) == ("taken", 25000, 1)
    first, rest = client.get(f"/api/v1/orders/{order.pk}/returns/").json()
    assert (first["id"], rest["state"], rest["answer"]) == (
        asked["id"],
        "declined",
        "One was opened",
    )
    assert (rest["lines"][0]["quantity"], rest["amount"]) == (1, 25000)
    assert Refund.objects.get().amount == 25000
