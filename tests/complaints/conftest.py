"""Asha, who ordered at a shop with an owner, a manager and a helper. Models are imported inside the
fixtures: this file is read before Django is set up."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def store(db: None) -> Any:
    from tests.factories import make_store

    return make_store(delivery_fee=0)


@pytest.fixture
def tea(store: Any) -> Any:
    """₹100 a packet."""
    from tests.factories import make_listing, make_product

    product = make_product(name="Assam tea", name_hi="असम चाय")
    return make_listing(store, product=product, price=10000, mrp=None, on_hand=10)


@pytest.fixture
def asha(db: None) -> Any:
    from marketplace.accounts.services import register_person

    return register_person(phone="9810012345", name="Asha", language="en")


@pytest.fixture
def shop(store: Any) -> Any:
    """Who works there, by role: the owner reads English, the others Hindi."""
    from marketplace.accounts.services import register_person
    from stores.shops.services import add_staff

    people = {}
    for phone, role, language in (
        ("9811111111", "owner", "en"),
        ("9822222222", "manager", "hi"),
        ("9833333333", "helper", "hi"),
    ):
        people[role] = register_person(phone=phone, name=role, language=language)
        add_staff(store_id=store.pk, person_id=people[role].pk, role=role)
    return people


@pytest.fixture
def order(store: Any, tea: Any, asha: Any) -> Any:
    """Three packets of tea, delivered and paid in cash."""
    from tests.orders.building import deliver_order

    return deliver_order(store, {tea.pk: 3}, person_id=asha.pk, actor=f"person:{asha.pk}")


@pytest.fixture
def complain(asha: Any, order: Any) -> Callable[..., Any]:
    """`complain(kind="late")`: about the order, as Asha does; what a test cares about it names."""
    from tests.complaints.complaining import complain

    return lambda **changes: complain(asha.pk, **{"order_id": order.pk} | changes)
