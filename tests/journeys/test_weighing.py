"""The pick list by hand in a browser: weighed, left out, packed; with scripts and without."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.test_whole_job import sign_in, tap
from tests.product import Product


@pytest.mark.parametrize("javascript", [True, False])
def test_an_order_is_weighed_and_packed_on_a_phone(
    running_product: Product, neighbourhood: Any, phone: Any, javascript: bool
) -> None:
    from orders import services
    from orders.models import Order
    from tests.factories import make_loose
    from tests.orders.building import place_order

    store = neighbourhood
    with running_product.orm():
        potato = make_loose(store)
        order = place_order(store, {store.listing.pk: 1, potato.pk: 1000})
        services.accept(store_id=store.pk, order_id=order.pk, actor="system")

    page = phone(javascript=javascript)
    page.goto("/sign-in/?next=/dashboard/")
    sign_in(page, store.owner_phone)
    page.goto(f"/dashboard/{store.pk}/?column=accepted")
    page.get_by_role("link", name=re.compile("Weigh and pack")).click()
    packed = page.locator("#packed")
    expect(packed).to_be_disabled()
    page.get_by_label(re.compile("Weight of")).fill("1.02")
    tap(page, page.get_by_role("button", name="Weighed"))
    expect(page.get_by_text("₹40.80")).to_be_visible()
    expect(packed).to_be_enabled()
    atta = page.locator("li.pick").filter(has_text=store.listing.product.name)
    atta.get_by_text("Not there?").click()
    tap(page, atta.get_by_role("button", name="None: leave it out"))
    expect(page.get_by_text("left out", exact=True)).to_be_visible()
    tap(page, packed)
    expect(page.get_by_role("button", name="Send out")).to_be_visible()
    with running_product.orm():
        order = Order.objects.get(pk=order.pk)
        # ₹40.80 and ₹20 for delivery, to the rupee
        assert (order.state, order.total) == ("packed", 6100)
        assert order.lines.get(listing=potato).packed == 1020


def test_the_list_follows_another_hand_and_keeps_what_is_being_typed(
    running_product: Product, neighbourhood: Any, phone: Any
) -> None:
    from orders import services
    from tests.factories import make_loose
    from tests.orders.building import place_order

    store = neighbourhood
    with running_product.orm():
        order = place_order(store, {store.listing.pk: 1, make_loose(store).pk: 1000})
        services.accept(store_id=store.pk, order_id=order.pk, actor="system")
        packet = order.lines.get(by_weight=False).pk
    page = phone()
    page.goto(f"/sign-in/?next=/dashboard/{store.pk}/orders/{order.pk}/")
    sign_in(page, store.owner_phone)
    weight = page.get_by_label(re.compile("Weight of"))
    weight.fill("0.9")
    with running_product.orm():
        services.pick_line(store_id=store.pk, order_id=order.pk, line_id=packet)
    expect(page.locator(f"#tick-{packet}")).to_have_attribute("aria-pressed", "true")
    expect(weight).to_have_value("0.9")
    tap(page, page.get_by_role("button", name="Weighed"))
    expect(page.get_by_text("2 of 2 picked.")).to_be_visible()
