"""A thumb on + is faster than the network: every tap counts."""

from typing import Any

from playwright.sync_api import expect

from tests.journeys.conftest import slow_down


def test_taps_faster_than_the_network_all_count(phone: Any, neighbourhood: Any) -> None:
    page = phone()
    page.goto("/")
    page.get_by_label("Pincode").fill("110001")
    page.get_by_role("button", name="Show shops").click()
    page.get_by_role("link", name=neighbourhood.name).first.click()
    page.wait_for_load_state()
    slow_down(page, milliseconds=400)
    # The first of them also makes a basket for this guest.
    page.locator(f"#l-{neighbourhood.listing.pk} button[name=more]").click(click_count=4)
    expect(page.locator(f"#l-{neighbourhood.listing.pk} output")).to_have_text("4")
    expect(page.locator("#bar")).to_contain_text("₹1,000")

    page.locator("#bar a").click()
    page.wait_for_load_state()
    page.locator("#basket button[name=less]").click(click_count=3)
    expect(page.locator("#basket output")).to_have_text("1")
    # one packet, and its delivery
    expect(page.locator("#basket .total")).to_contain_text("₹270")
