"""The shop edits an order: less at once, more only when the customer has said yes."""

import pytest

from orders import services
from stores.catalogue.models import Category
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_product
from tests.orders.building import place_order


@pytest.fixture
def soap(store):
    aisle = Category.objects.create(slug="soap", name="Soap", name_hi="साबुन")
    return make_listing(
        store, product=make_product(name="Soap", category=aisle), price=3000, mrp=None
    )


def test_the_shop_edits_less_at_once_and_asks_for_more(helper, store, listing, soap):
    order = place_order(store, {listing.pk: 3})
    page = text(helper.get("edit-order", order_id=order.pk))
    assert f'name="q-{listing.pk}"' in page
    found = helper.post(
        "edit-order", {"find": "1", "q": "soap", f"q-{listing.pk}": "2"}, order_id=order.pk
    )
    assert f'name="q-{soap.pk}"' in text(found)
    assert 'value="2"' in text(found), "what was typed stays"
    saved = helper.post(
        "edit-order", {"save": "1", f"q-{listing.pk}": "2"}, order_id=order.pk, follow=True
    )
    assert "The order is changed; the customer is told." in text(saved)
    order.refresh_from_db()
    assert order.total == 52000
    asked = helper.post(
        "edit-order",
        {"save": "1", f"q-{listing.pk}": "2", f"q-{soap.pk}": "1"},
        order_id=order.pk,
        follow=True,
    )
    assert "The customer is being asked" in text(asked)
    order.refresh_from_db()
    assert order.total == 52000


def test_a_refused_edit_says_why_and_keeps_what_was_typed(helper, store, listing):
    order = place_order(store, {listing.pk: 3})
    for typed, words in (
        ("x", "Write a number."),
        ("0", "Nothing would be left"),
        ("3", "already"),
    ):
        answer = helper.post(
            "edit-order", {"save": "1", f"q-{listing.pk}": typed}, order_id=order.pk
        )
        assert answer.status_code == 422
        assert words in text(answer)
        assert f'value="{typed}"' in text(answer)
    stale = helper.post(
        "edit-order", {"save": "1", f"q-{listing.pk}": "1", "version": "9"}, order_id=order.pk
    )
    assert "The order has changed since you looked." in text(stale)
    order.refresh_from_db()
    assert order.version == 1


def test_a_packed_order_is_not_edited(helper, order):
    about = {"store_id": order.store_id, "order_id": order.pk, "actor": "person:x"}
    assert helper.url("edit-order", order_id=order.pk) in text(
        helper.get("order", order_id=order.pk)
    )
    services.accept(**about)
    services.pack(**about)
    answer = helper.client.get(helper.url("edit-order", order_id=order.pk), follow=True)
    assert "The order can no longer be changed." in text(answer)
    assert "/edit/" not in text(answer)
