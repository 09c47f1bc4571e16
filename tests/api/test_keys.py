from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from marketplace.api.models import ApiKey, Scope
from marketplace.api.services import issue_key, revoke_key
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db

STEPS = ["accept", "reject", "unavailable", "pack", "dispatch", "ready", "deliver", "cancel"]


def test_a_key_is_kept_only_as_a_hash():
    issued = issue_key(name="ERP", store_ids=[uuid4()])
    assert issued.secret.startswith("nk_")
    assert len(issued.secret) == 35
    row = ApiKey.objects.values().get()
    assert issued.secret not in str(row)
    assert row["prefix"] == issued.secret[:11]


@pytest.mark.parametrize("header", ["", "Bearer nk_wrong", "Bearer ", "Basic abc", "Bearer \xff"])
def test_without_a_good_key_nothing_opens(header):
    answer = APIClient().get("/api/v1/stores/", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="nukkad"'
    assert set(answer.json()["error"]) == {"code", "message", "fields", "details"}


def test_a_browser_made_to_open_an_answer_runs_nothing_of_it(client_for):
    answer = client_for(make_store()).get("/api/v1/stores/")
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_revoked_key_opens_nothing(client_for):
    client = client_for(make_store())
    assert client.get("/api/v1/stores/").status_code == 200
    revoke_key(key_id=ApiKey.objects.get().pk)
    assert client.get("/api/v1/stores/").status_code == 401


def test_a_key_does_only_what_its_scopes_say(client_for):
    store = make_store()
    listing = make_listing(store)
    client = client_for(store, scopes=[Scope.LISTINGS_READ])
    url = f"/api/v1/stores/{store.pk}/listings/{listing.pk}/"
    assert client.get(url).status_code == 200
    refused = client.patch(url, {"price": 100}, format="json")
    assert refused.status_code == 403
    assert refused.json()["error"]["message"] == "This key lacks the scope listings:write."
    assert client.get("/api/v1/orders/").status_code == 403


def test_to_a_foreign_key_a_shop_and_its_orders_do_not_exist(client_for):
    store, other = make_store(), make_store()
    listing = make_listing(store)
    order = place_order(store, {listing.pk: 1})
    client = client_for(other)
    gets = [
        f"/api/v1/stores/{store.pk}/",
        f"/api/v1/stores/{store.pk}/listings/",
        f"/api/v1/stores/{store.pk}/listings/{listing.pk}/",
        f"/api/v1/orders/?store={store.pk}",
        f"/api/v1/orders/{order.pk}/",
    ]
    assert {client.get(url).status_code for url in gets} == {404}
    for step in STEPS:
        sent = {"reason": "x", "listing": str(listing.pk)}
        answer = client.post(f"/api/v1/orders/{order.pk}/{step}/", sent, format="json")
        assert answer.status_code == 404, step
    changed = client.patch(
        f"/api/v1/stores/{store.pk}/listings/{listing.pk}/", {"price": 1}, format="json"
    )
    assert changed.status_code == 404
    assert client.get("/api/v1/stores/").json()["results"][0]["id"] == str(other.pk)
    assert client.get("/api/v1/orders/").json()["results"] == []


def test_the_reference_is_served(client):
    answer = client.get("/api/docs/")
    assert answer.status_code == 200
    assert b'spec-url="/api/schema/"' in answer.content


@pytest.mark.parametrize("path", ["v1/orders/xx/", "v1/nowhere/", "v2/stores/", ""])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_that_is_none_of_ours_is_refused_in_the_one_shape(path, method):
    answer = getattr(APIClient(), method)(f"/api/{path}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
