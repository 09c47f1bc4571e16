"""Goods to be asked about. Models are imported inside the fixtures: this file is read before Django is
set up."""

from typing import Any

import pytest


@pytest.fixture
def store(db: None) -> Any:
    """A shop that delivers for nothing."""
    from tests.factories import make_store

    return make_store(delivery_fee=0)


@pytest.fixture
def tea(store: Any) -> Any:
    """₹100 a packet."""
    from tests.factories import make_listing

    return make_listing(store, price=10000, mrp=None, on_hand=10)


@pytest.fixture
def other_tea(store: Any) -> Any:
    """Dearer: ₹130."""
    from tests.factories import make_listing

    return make_listing(store, price=13000, mrp=None, on_hand=10)


@pytest.fixture
def salt(store: Any) -> Any:
    """₹20 a packet."""
    from tests.factories import make_listing

    return make_listing(store, price=2000, mrp=None, on_hand=10)


@pytest.fixture
def loose(store: Any) -> Any:
    """Dal at ₹100 a kilogram, sold by weight."""
    from tests.factories import make_listing, make_product

    product = make_product(
        name="Toor dal", packed=False, base_unit="g", pack_quantity=None, pack_unit=""
    )
    return make_listing(
        store, product=product, price=10000, per=1000, mrp=None, step=250, minimum=250, on_hand=9000
    )
