import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.storefront.forms import HIDDEN


@pytest.fixture
def store(db: None) -> Any:
    from tests.factories import make_store

    return make_store()


@pytest.fixture
def visitor(db: None) -> Client:
    """Somebody in 110001 who reads English and has not signed in."""
    from marketplace.storefront.area import COOKIE

    client = Client(headers={"accept-language": "en"})
    client.cookies[COOKIE] = "110001"
    return client


@pytest.fixture
def asha(db: None) -> Any:
    from marketplace.accounts.services import add_address, register_person

    person = register_person(phone="+919876543210", name="Asha", language="en")
    add_address(
        person_id=person.pk,
        recipient="Asha",
        line1="7 Hanuman Road",
        pincode="110001",
        label="Home",
    )
    return person


@pytest.fixture
def customer(visitor: Client, asha: Any) -> Client:
    """Asha, signed in."""
    visitor.force_login(asha, backend="marketplace.accounts.backends.PersonBackend")
    return visitor


@pytest.fixture
def tap() -> Callable[..., Any]:
    """Press a button of the basket: `tap(client, "more", listing)`."""

    def press(client: Client, action: str, listing: Any, **more: Any) -> Any:
        return client.post("/basket/change/", {action: str(listing.pk), **more})

    return press


@pytest.fixture
def listing(store: Any) -> Any:
    from tests.factories import make_listing

    return make_listing(store, price=25050, mrp=26000)


@pytest.fixture
def filled_form(customer: Client, listing: Any, tap: Callable[..., Any]) -> dict[str, str]:
    """Checkout ready to be sent: one listing at ₹250.50 in the basket, delivery costs ₹20."""
    tap(customer, "more", listing)
    page = customer.get(f"/shops/{listing.store.slug}/checkout/").content.decode()
    address = re.search(r'name="address"\s+value="([^"]+)"', page)
    assert address
    return dict(HIDDEN.findall(page)) | {"address": address.group(1)}


@pytest.fixture
def salt(store: Any) -> Any:
    """₹300 a packet, in the shop but not in the order."""
    from tests.factories import make_listing, make_product

    product = make_product(name="Rock salt")
    return make_listing(store, product=product, price=30000, mrp=None, on_hand=5)


@pytest.fixture
def buy(store: Any, asha: Any, listing: Any) -> Callable[[str], Any]:
    """`buy("upi")`: two packets at ₹250.50 and ₹20 for delivery, paid if by UPI."""
    from orders.models import Order
    from tests.orders.building import place_order
    from tests.storefront.changing import pay_newest

    def place(method: str) -> Any:
        order = place_order(
            store,
            {listing.pk: 2},
            person_id=asha.pk,
            actor=f"person:{asha.pk}",
            payment_method=method,
        )
        if method == "upi":
            pay_newest(order)
        return Order.objects.get(pk=order.pk)

    return place
