"""A partner reads what was invoiced."""

import pytest

from orders import services
from tests.factories import make_listing, make_store
from tests.orders.building import deliver_order, place_order

pytestmark = pytest.mark.django_db


def test_an_order_has_its_invoice_and_credit_note(client_for):
    store = make_store()
    order = deliver_order(store, {make_listing(store).pk: 2})
    about = {"store_id": store.pk, "order_id": order.pk, "actor": "person:shop"}
    lines = {order.lines.get().pk: 1}
    asked = services.ask_return(**about, reason="not_needed", lines=lines)
    services.take_return(**about, return_id=asked.pk)
    invoice, note = client_for(store).get(f"/api/v1/orders/{order.pk}/documents/").json()
    assert (invoice["kind"], invoice["total"], invoice["igst"]) == ("tax_invoice", 52000, 0)
    assert invoice["serial"].endswith("-000001")
    assert invoice["content"]["seller"]["gstin"] == store.gstin
    assert (note["kind"], note["amends"], note["total"]) == ("credit_note", invoice["id"], 25000)


def test_before_it_is_packed_there_is_none_and_others_see_nothing(client_for):
    store = make_store()
    order = place_order(store, {make_listing(store).pk: 1})
    address = f"/api/v1/orders/{order.pk}/documents/"
    assert client_for(store).get(address).json() == []
    assert client_for(make_store()).get(address).status_code == 404
    assert client_for(store, scopes=["stores:read"]).get(address).status_code == 403
