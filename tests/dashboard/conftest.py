"""Models are imported inside the fixtures: this file is read before Django is set up."""

import itertools

import pytest


@pytest.fixture
def store(db):
    """An open shop whose papers are in order, so that its settings can be saved."""
    from stores.shops.validators import WEEKDAYS
    from tests.factories import make_store

    return make_store(
        hours={day: [["00:00", "24:00"]] for day in WEEKDAYS},
        tax_status="unregistered",
        gstin="",
    )


@pytest.fixture
def hire(db):
    """`hire(store, "owner")`: a new person with this role there, signed in, reading English."""
    from django.conf import settings
    from django.test import Client

    from marketplace.accounts.services import register_person
    from stores.shops.services import add_staff
    from tests.dashboard.shopkeeper import Shopkeeper

    numbers = itertools.count(9_810_100_000)

    def add(store, role):
        person = register_person(phone=str(next(numbers)), name=f"{role} Kumar", language="en")
        if role:
            add_staff(store_id=store.pk, person_id=person.pk, role=role)
        client = Client()
        client.force_login(person)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        return Shopkeeper(client, person, store)

    return add


@pytest.fixture
def owner(store, hire):
    return hire(store, "owner")


@pytest.fixture
def manager(store, hire):
    return hire(store, "manager")


@pytest.fixture
def helper(store, hire):
    return hire(store, "helper")


@pytest.fixture
def listing(store):
    from tests.factories import make_listing

    return make_listing(store)


@pytest.fixture
def order(store, listing):
    """A cash order for one piece at ₹250 and ₹20 delivery."""
    from tests.orders.building import place_order

    return place_order(store, {listing.pk: 1}, note="Ring twice")
