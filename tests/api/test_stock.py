import pytest

from marketplace.core.clock import travel
from marketplace.core.ids import uuid7
from stores.inventory.expiry import sweep_expired
from stores.inventory.models import Batch, Listing
from tests.factories import make_listing, make_store
from tests.inventory.shelf import figures, in_days, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing():
    """Ten pieces at ₹250."""
    return make_listing(make_store(), on_hand=10)


def url(listing: Listing, more: str = "") -> str:
    return f"/api/v1/stores/{listing.store_id}/listings/{listing.pk}/{more}"


def test_goods_come_in_by_batch_once_per_delivery(client_for, listing):
    client = client_for(listing.store)
    body = {
        "id": str(uuid7()),
        "quantity": 6,
        "code": "B1",
        "expires_on": in_days(9).isoformat(),
        "mrp": 25500,
    }
    for _ in range(2):
        answer = client.post(url(listing, "receive/"), body, format="json").json()
        assert (answer["on_hand"], answer["next_expiry"]) == (16, in_days(9).isoformat())
    assert figures(listing) == (16, 0, 0)
    batch = Batch.objects.get()
    (row,) = client.get(url(listing, "batches/")).json()
    assert row.pop("received_at")
    assert row == {
        "id": str(batch.pk),
        "code": "B1",
        "expires_on": in_days(9).isoformat(),
        "mrp": 25500,
        "on_hand": 6,
        "expired": False,
    }


@pytest.mark.parametrize("changed", [{"quantity": 7}, {"code": "B2"}, {"mrp": None}])
def test_the_id_of_another_delivery_is_refused(client_for, listing, changed):
    client = client_for(listing.store)
    body = {"id": str(uuid7()), "quantity": 6, "code": "B1", "mrp": 25500}
    assert client.post(url(listing, "receive/"), body, format="json").status_code == 200
    answer = client.post(url(listing, "receive/"), body | changed, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert figures(listing) == (16, 0, 0)
    assert Batch.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"mrp": 24999}, "price_above_mrp", "mrp"),
        ({"expires_on": "2020-01-01"}, "already_expired", "expires_on"),
        ({"quantity": 0}, "invalid", "quantity"),
        ({"id": "x"}, "invalid", "id"),
        ({"code": "B" * 41}, "invalid", "code"),
    ],
)
def test_goods_that_cannot_be_are_refused_by_field(client_for, listing, changed, code, field):
    body = {"id": str(uuid7()), "quantity": 6} | changed
    answer = client_for(listing.store).post(url(listing, "receive/"), body, format="json")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], list(error["fields"])) == (code, [field])
    assert figures(listing) == (10, 0, 0)


def test_what_expired_is_listed_and_not_available(client_for, listing):
    receive(listing, 6, expires_on=in_days(0))
    receive(listing, 1, expires_on=in_days(30))
    client = client_for(listing.store)
    with travel(days=1):
        sweep_expired()
        assert [row["expired"] for row in client.get(url(listing, "batches/")).json()] == [
            True,
            False,
        ]
        answer = client.get(url(listing)).json()
        assert (answer["on_hand"], answer["expired"], answer["available"]) == (17, 6, 11)


def test_the_reorder_level_is_set_and_taken_away(client_for, listing):
    client = client_for(listing.store)
    answer = client.patch(url(listing), {"reorder_level": 4}, format="json").json()
    assert answer["reorder_level"] == 4
    answer = client.patch(url(listing), {"reorder_level": None}, format="json").json()
    assert answer["reorder_level"] is None
    for level in (-1, 2**31, "many"):
        refused = client.patch(url(listing), {"reorder_level": level}, format="json")
        assert list(refused.json()["error"]["fields"]) == ["reorder_level"]


def test_a_key_of_another_shop_finds_nothing(client_for, listing):
    client = client_for(make_store())
    body = {"id": str(uuid7()), "quantity": 6}
    assert client.post(url(listing, "receive/"), body, format="json").status_code == 404
    assert client.get(url(listing, "batches/")).status_code == 404
    assert figures(listing) == (10, 0, 0)


def test_a_key_that_only_reads_takes_nothing_in(client_for, listing):
    client = client_for(listing.store, scopes=["listings:read"])
    body = {"id": str(uuid7()), "quantity": 6}
    assert client.post(url(listing, "receive/"), body, format="json").status_code == 403
    assert figures(listing) == (10, 0, 0)
