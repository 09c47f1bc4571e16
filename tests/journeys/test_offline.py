"""Without a connection, in a real browser: what can be read, whose it is, and that an order goes once."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from orders.models import Order
from tests import patience
from tests.journeys.test_whole_job import fill_basket, give_address, sign_in
from tests.product import Product

NOTICE = "You are offline. This page is as it was on"


def until(page: Any, expression: str, arg: Any = None) -> None:
    """Ask again and again: the page's policy forbids Playwright's own waiting, which evaluates text."""
    deadline = time.monotonic() + patience.SECONDS
    while not page.evaluate(expression, arg):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def wait_for_worker(page: Any) -> None:
    until(page, "navigator.serviceWorker.controller !== null")


def go_offline(page: Any) -> None:
    page.context.set_offline(True)
    until(page, "!navigator.onLine")


def go_online(page: Any) -> None:
    page.context.set_offline(False)
    until(page, "navigator.onLine")


def eventually_kept(page: Any, path: str) -> None:
    """Wait until the phone has kept this page."""
    until(page, "path => caches.match(path).then(found => !!found)", path)


def kept_caches(page: Any) -> list[str]:
    names: list[str] = page.evaluate("caches.keys()")
    return [name for name in names if not name.startswith("shell-")]


@pytest.fixture
def at_checkout(phone: Callable[..., Any], neighbourhood: Any) -> Any:
    """A customer with two packets at ₹250, about to place the order for cash."""
    page = phone()
    fill_basket(page, neighbourhood)
    page.wait_for_load_state()
    wait_for_worker(page)
    page.get_by_role("link", name="Checkout").first.click()
    sign_in(page, neighbourhood.customer_phone)
    give_address(page)
    page.get_by_label("Cash on delivery").check()
    return page


def orders_of(product: Product, store: Any) -> int:
    with product.orm():
        return Order.objects.of_store(store.pk).count()


def test_pages_seen_and_the_basket_can_be_read_and_say_how_old_they_are(
    phone: Any, neighbourhood: Any
) -> None:
    page = phone()
    shop, basket = (f"/shops/{neighbourhood.slug}/{tail}" for tail in ("", "basket/"))
    page.goto(shop)
    wait_for_worker(page)
    page.goto(shop)
    page.locator(f"#l-{neighbourhood.listing.pk} button[name=more]").click()
    expect(page.locator("#bar")).to_contain_text("₹250")
    # never looked at, and kept all the same
    eventually_kept(page, basket)
    go_offline(page)
    expect(page.locator("#offline")).to_contain_text(NOTICE)

    for path, fact in ((shop, neighbourhood.listing.product.name), (basket, "₹270")):
        page.goto(path)
        expect(page.locator("main")).to_contain_text(fact)
        expect(page.locator(".kept-notice:visible")).to_contain_text(NOTICE)
        # as of then, not as of when it was opened again
        expect(page.locator("html")).to_have_attribute("data-kept", "page")
        # styled, and nothing in it can be bought
        assert page.locator("body").evaluate("body => getComputedStyle(body).paddingTop") == "84px"
        expect(page.locator("main button[name=more]:visible")).to_have_count(0)

    page.goto("/orders/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    expect(page.locator("[data-kept-pages] a").first).to_contain_text("Your basket")

    go_online(page)
    page.goto(shop)
    expect(page.locator(".kept-notice:visible")).to_have_count(0)


def test_a_kept_page_is_asked_for_anew_when_there_is_a_connection(
    running_product: Product, phone: Any, neighbourhood: Any
) -> None:
    page = phone()
    shop = f"/shops/{neighbourhood.slug}/"
    page.goto(shop)
    wait_for_worker(page)
    page.goto(shop)
    eventually_kept(page, shop)
    go_offline(page)
    page.goto(shop)
    with running_product.orm():
        type(neighbourhood.listing).objects.filter(pk=neighbourhood.listing.pk).update(price=24000)
    expect(page.locator("main")).to_contain_text("₹250")
    go_online(page)
    expect(page.locator("main")).to_contain_text("₹240")
    expect(page.locator(".kept-notice:visible")).to_have_count(0)


def test_a_page_that_was_not_kept_comes_when_there_is_a_connection(
    phone: Any, neighbourhood: Any
) -> None:
    page = phone()
    page.goto("/help/")
    wait_for_worker(page)
    go_offline(page)
    page.goto(f"/shops/{neighbourhood.slug}/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    go_online(page)
    expect(page.get_by_role("heading", name=neighbourhood.name).first).to_be_visible()


def test_taking_the_last_of_a_thing_out_keeps_the_keyboard_in_the_basket(
    phone: Any, neighbourhood: Any
) -> None:
    page = phone()
    fill_basket(page, neighbourhood)
    for _ in range(2):
        page.locator("#basket").get_by_role("button", name="One less").first.press("Enter")
    expect(page.locator("#basket")).to_contain_text("Your basket is empty")
    until(page, "document.activeElement.id === 'basket'")


def test_what_is_kept_wears_the_look_that_was_chosen_since(phone: Any, neighbourhood: Any) -> None:
    page = phone()
    shop = f"/shops/{neighbourhood.slug}/"
    page.goto(shop)
    wait_for_worker(page)
    page.goto(shop)
    eventually_kept(page, shop)
    page.goto("/sign-in/")
    page.locator("button[name=theme][value=dark]").click()
    page.wait_for_url("**/sign-in/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    go_offline(page)
    page.goto(shop)
    expect(page.locator("html")).to_have_attribute("data-kept", "page")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    # what stands in for a page that is not kept, asked for without cookies
    page.goto("/orders/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_what_one_person_kept_is_gone_after_signing_in_and_out(at_checkout: Any) -> None:
    page = at_checkout
    assert kept_caches(page) == [], "what the guest kept went with the signing in"
    page.goto("/")
    eventually_kept(page, "/")
    (mine,) = kept_caches(page)
    assert not mine.endswith("-guest")
    page.goto("/me/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    eventually_kept(page, "/")
    assert [name[-6:] for name in kept_caches(page)] == ["-guest"]


def test_an_order_without_a_connection_is_kept_asked_about_and_sent_once(
    running_product: Product, at_checkout: Any, neighbourhood: Any
) -> None:
    page = at_checkout
    go_offline(page)
    page.get_by_role("button", name="Place the order").click()
    box = page.locator("#kept-order")
    expect(box).to_contain_text("Your order has not gone through")
    expect(box).to_contain_text(neighbourhood.name)
    expect(box).to_contain_text("₹520")
    expect(box.get_by_role("button", name="Send the order")).to_be_hidden()
    assert orders_of(running_product, neighbourhood) == 0

    # nothing goes by itself, on whatever page the connection comes back; and one comes away from there
    go_online(page)
    page.wait_for_url("**/")
    expect(box.get_by_role("button", name="Send the order")).to_be_visible()
    assert orders_of(running_product, neighbourhood) == 0
    box.get_by_role("button", name="Send the order").click()
    page.wait_for_url("**/orders/*/")
    expect(box).to_be_hidden()
    assert orders_of(running_product, neighbourhood) == 1
    assert (
        "orders" not in kept_caches(page)
        or page.evaluate(
            "caches.open('orders').then(orders => orders.keys()).then(keys => keys.length)"
        )
        == 0
    )


def test_an_order_whose_answer_got_lost_is_not_ordered_again(
    running_product: Product, at_checkout: Any, neighbourhood: Any
) -> None:
    page = at_checkout
    fields = page.locator("form.two-columns").evaluate(
        "form => Object.fromEntries(new FormData(form))"
    )
    go_offline(page)
    page.get_by_role("button", name="Place the order").click()
    expect(page.locator("#kept-order")).to_be_visible()
    # it had arrived after all: the very form, with the very key
    arrived = page.context.request.post(
        f"/shops/{neighbourhood.slug}/checkout/",
        form=fields,
        headers={"referer": running_product.base_url},
    )
    assert "/orders/" in arrived.url
    assert orders_of(running_product, neighbourhood) == 1
    go_online(page)
    page.get_by_role("button", name="Send the order").click()
    page.wait_for_url(arrived.url)
    assert orders_of(running_product, neighbourhood) == 1


def test_a_kept_order_can_be_dropped_and_goes_with_its_person(
    running_product: Product, at_checkout: Any, neighbourhood: Any
) -> None:
    page = at_checkout
    checkout = page.url
    for leave in ("drop", "sign out"):
        page.goto(checkout)
        page.get_by_label("Cash on delivery").check()
        go_offline(page)
        page.get_by_role("button", name="Place the order").click()
        expect(page.locator("#kept-order")).to_be_visible()
        go_online(page)
        if leave == "drop":
            page.get_by_role("button", name="Do not send it").click()
        else:
            page.goto("/me/")
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url("**/")
        expect(page.locator("#kept-order")).to_be_hidden()
        page.goto("/")
        expect(page.locator("#kept-order")).to_be_hidden()
    assert orders_of(running_product, neighbourhood) == 0


def test_the_worker_stays_out_of_the_other_doors(phone: Any, neighbourhood: Any) -> None:
    page = phone()
    page.goto("/sign-in/?next=/dashboard/")
    wait_for_worker(page)
    sign_in(page, neighbourhood.owner_phone)
    page.wait_for_url("**/dashboard/**")
    assert kept_caches(page) == []
