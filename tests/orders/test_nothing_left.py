"""An order whose last goods went while its customer was asked about others does not live on empty."""

from typing import Any

import pytest
from django.db import connection

from marketplace.core.clock import travel
from orders import services
from orders.errors import NothingLeft
from orders.models import Order, OrderLine
from orders.services.lapsing import lapse_due
from tests.factories import make_listing, make_product, make_store
from tests.invariants import broken_invariants
from tests.orders.building import captured_order, place_order
from tests.upi.words import balances

pytestmark = pytest.mark.django_db

SHOP, ASHA = "person:shop", "person:asha"


@pytest.fixture
def store() -> Any:
    return make_store()


@pytest.fixture
def tea(store) -> Any:
    return make_listing(store, product=make_product(name="Tea"))


@pytest.fixture
def salt(store) -> Any:
    return make_listing(store, product=make_product(name="Salt"))


def accepted(method: str, quantities: dict[Any, int], store: Any) -> Order:
    build = captured_order if method == "upi" else place_order
    order = build(store, {listing.pk: quantity for listing, quantity in quantities.items()})
    services.accept(store_id=store.pk, order_id=order.pk, actor=SHOP)
    order.refresh_from_db()
    return order


def about(order: Order) -> dict[str, Any]:
    return {"store_id": order.store_id, "order_id": order.pk}


def leave_out(order: Order, listing: Any) -> None:
    line = order.lines.get(listing=listing)
    services.mark_unavailable(**about(order), actor=SHOP, line_id=line.pk)


def is_called_off(order: Order) -> bool:
    order.refresh_from_db()
    assert (order.state, order.captured) == ("cancelled", order.refunded)
    assert broken_invariants(connection) == []
    return True


@pytest.mark.parametrize("method", ["cash", "upi"])
def test_a_no_to_the_shops_edit(store, tea, salt, method):
    order = accepted(method, {tea: 1}, store)
    asked = services.edit_order(**about(order), actor=SHOP, quantities={salt.pk: 1})
    leave_out(order, tea)
    services.decline_proposal(**about(order), proposal_id=asked.pk, actor=ASHA)
    assert is_called_off(order)
    if method == "upi":
        assert "customer_deposit" not in balances(store.pk)


def test_an_own_edit_that_is_not_paid_for(store, tea, salt):
    order = accepted("upi", {tea: 1}, store)
    asked = services.edit_order(
        **about(order), actor=order.actor, by_customer=True, quantities={salt.pk: 1}
    )
    assert asked.state == "agreed"
    leave_out(order, tea)
    services.decline_proposal(**about(order), proposal_id=asked.pk, actor=ASHA)
    assert is_called_off(order)


def test_silence_about_the_shops_edit(store, tea, salt):
    order = accepted("cash", {tea: 1}, store)
    services.edit_order(**about(order), actor=SHOP, quantities={salt.pk: 1})
    leave_out(order, tea)
    with travel(days=1):
        assert lapse_due() == 1
    assert is_called_off(order)


def test_an_offer_that_the_shop_takes_back(store, tea, salt):
    other = make_listing(store, product=make_product(name="Rock salt"))
    order = accepted("cash", {tea: 1, salt: 1}, store)
    leave_out(order, salt)
    asked = services.propose_substitute(
        **about(order),
        line_id=order.lines.get(listing=salt).pk,
        listing_id=other.pk,
        quantity=1,
        actor=SHOP,
    )
    leave_out(order, tea)
    services.withdraw_proposal(**about(order), proposal_id=asked.pk, actor=SHOP)
    assert is_called_off(order)


def test_an_order_without_goods_is_not_packed(store, tea):
    order = accepted("cash", {tea: 1}, store)
    order.lines.update(
        state=OrderLine.State.REMOVED, amount=0, taxable=0, cgst=0, sgst=0, packed=None
    )
    with pytest.raises(NothingLeft):
        services.pack(**about(order), actor=SHOP)
    order.refresh_from_db()
    assert order.state == "accepted"
