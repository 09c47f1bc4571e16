"""The shop offers another item and the customer edits the order, by hand in a browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from orders import services
from orders.models import Order
from tests.factories import make_listing, make_product
from tests.journeys.conftest import slow_down
from tests.journeys.test_whole_job import sign_in
from tests.orders.building import place_order
from tests.product import Product


@pytest.fixture
def order(neighbourhood: Any, running_product: Product) -> Any:
    """Two packets, for cash; besides them the shop has sharbati atta and salt."""
    from marketplace.accounts.services import register_person

    store = neighbourhood
    with running_product.orm():
        store.sharbati, store.salt = (
            make_listing(
                store, product=make_product(name=f"{name} {store.slug}"), price=price, mrp=None
            )
            for name, price in (("Sharbati", 31000), ("Salt", 2800))
        )
        asha = register_person(phone=f"+91{store.customer_phone}", name="Asha", language="en")
        placed = place_order(
            store, {store.listing.pk: 2}, person_id=asha.pk, actor=f"person:{asha.pk}"
        )
        services.propose_substitute(
            store_id=store.pk,
            order_id=placed.pk,
            line_id=placed.lines.get().pk,
            listing_id=store.sharbati.pk,
            quantity=2,
            actor="person:shopkeeper",
        )
        return placed


@pytest.mark.parametrize("javascript", [True, False])
def test_an_offer_is_taken_and_the_order_edited(
    running_product: Product, neighbourhood: Any, order: Any, phone: Any, javascript: bool
) -> None:
    page = phone(javascript=javascript)
    page.goto(f"/sign-in/?next=/orders/{order.pk}/")
    sign_in(page, neighbourhood.customer_phone)
    expect(page.get_by_text("New total: ₹640")).to_be_visible()
    page.get_by_role("button", name="Yes, please").click()
    expect(page.get_by_text("Your order has been changed.")).to_be_visible()
    page.get_by_role("link", name="Edit the order").click()
    page.get_by_role("button", name=f"Salt {neighbourhood.slug}: Add").click()
    expect(page.locator("#edit .total")).to_contain_text("₹668")
    page.get_by_role(
        "button", name=re.compile(f"Sharbati {neighbourhood.slug}.*: One less")
    ).click()
    expect(page.locator("#edit .total")).to_contain_text("₹358")
    expect(page.locator("#edit")).to_have_count(1)
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_text("Your order has been changed.")).to_be_visible()
    with running_product.orm():
        now = Order.objects.get(pk=order.pk)
        held = {line.listing_id: line.quantity for line in now.lines.all() if not line.out}
    assert (now.total, now.version) == (35800, 3)
    assert held == {neighbourhood.sharbati.pk: 1, neighbourhood.salt.pk: 1}


def test_taps_faster_than_the_network_all_count(
    running_product: Product, neighbourhood: Any, order: Any, phone: Any
) -> None:
    page = phone()
    page.goto(f"/sign-in/?next=/orders/{order.pk}/edit/")
    sign_in(page, neighbourhood.customer_phone)
    page.locator("#edit .items").first.locator("button[name=more]").click()
    expect(page.locator("#edit .total")).to_contain_text("₹770")
    slow_down(page, milliseconds=400)
    # All within one moment, before any answer: what is saved then was not agreed to.
    page.evaluate(
        """() => {
            const more = document.querySelector("#edit .items button[name=more]");
            more.click();
            more.click();
            document.getElementById("save").click();
        }"""
    )
    expect(page.locator("#edit .errors")).to_contain_text("Prices have changed")
    expect(page.locator("#edit .total")).to_contain_text("₹1,270")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_text("Your order has been changed.")).to_be_visible()
    with running_product.orm():
        assert Order.objects.get(pk=order.pk).total == 127000
