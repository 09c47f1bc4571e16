"""One customer, several windows: double taps, the Back button, two tabs, and a busy shop."""

import pytest
from django.test import Client

from marketplace.core.clock import business_date, travel
from orders.models import CartLine, Order
from orders.services.requests import open_request
from stores.inventory.holds import lock_listings
from stores.inventory.models import Listing
from tests.factories import make_listing
from tests.storefront.forms import HIDDEN

pytestmark = pytest.mark.django_db(transaction=True)


def url(store) -> str:
    return f"/shops/{store.slug}/checkout/"


def window(customer: Client) -> Client:
    """Another tab of the same browser."""
    other = Client(headers={"accept-language": "en"})
    other.cookies.update(customer.cookies)
    return other


def fields_of(customer: Client, store, filled_form) -> dict[str, str]:
    page = customer.get(url(store)).content.decode()
    return filled_form | dict(HIDDEN.findall(page)) | {"payment_method": "cash"}


def test_a_double_tap_is_one_order(customer, store, filled_form, two_connections):
    form = filled_form | {"payment_method": "cash"}
    answers = two_connections(lambda: window(customer).post(url(store), form)["Location"])
    order = Order.objects.get()
    assert answers == [f"/orders/{order.pk}/"] * 2


def test_two_tabs_that_buy_one_basket_at_once_make_one_order(
    customer, store, listing, filled_form, concurrently
):
    tabs = [window(customer), window(customer)]
    forms = [fields_of(tab, store, filled_form) for tab in tabs]
    assert forms[0]["key"] != forms[1]["key"]
    answers = concurrently(
        [
            lambda tab=tab, form=form: tab.post(url(store), form)["Location"]
            for tab, form in zip(tabs, forms, strict=True)
        ]
    )
    order = Order.objects.get()
    assert set(answers) == {f"/orders/{order.pk}/", f"/shops/{store.slug}/basket/"}
    assert Listing.objects.get(pk=listing.pk).held == 1


def test_a_tab_that_comes_later_finds_the_basket_empty(customer, store, filled_form):
    first, second = (fields_of(customer, store, filled_form) for _ in range(2))
    customer.post(url(store), first)
    basket = f"/shops/{store.slug}/basket/"
    assert customer.post(url(store), second)["Location"] == basket
    order = Order.objects.get()
    shown = customer.get(basket).content.decode()
    assert f'href="/orders/{order.pk}/"' in shown
    assert f"You have just ordered: {order.number}" in shown
    with travel(seconds=3601):
        assert order.number not in customer.get(basket).content.decode()


def test_back_and_send_again_leads_to_the_order_and_keeps_the_new_basket(
    customer, store, listing, filled_form, tap
):
    form = filled_form | {"payment_method": "cash"}
    placed = customer.post(url(store), form)["Location"]
    # Back to an empty basket: nothing to check out
    assert customer.get(url(store))["Location"] == f"/shops/{store.slug}/basket/"
    # and the old page sent again after something new was put in
    tap(customer, "more", make_listing(store))
    assert customer.post(url(store), form)["Location"] == placed
    assert (Order.objects.count(), CartLine.objects.count()) == (1, 1)


def test_a_busy_shop_keeps_the_form_and_says_to_try_again(
    customer, store, listing, filled_form, elsewhere
):
    form = filled_form | {"payment_method": "cash", "note": "ring twice"}
    shelf = {"store_id": store.pk, "listing_ids": [listing.pk], "on": business_date()}
    with elsewhere(lambda: lock_listings(**shelf)):
        answer = customer.post(url(store), form)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "The shop is busy just now. Please try again in a moment." in page
    assert "Nothing has been ordered yet." in page
    assert "ring twice" in page
    assert dict(HIDDEN.findall(page))["key"] == form["key"]
    assert not Order.objects.exists()
    assert customer.post(url(store), form)["Location"] == f"/orders/{Order.objects.get().pk}/"


def test_while_the_first_tap_is_still_working_the_second_is_told_so(
    customer, store, asha, filled_form, elsewhere
):
    form = filled_form | {"payment_method": "cash"}
    twin = Order(store_id=store.pk, actor=f"person:{asha.pk}", idempotency_key=form["key"])
    with elsewhere(lambda: open_request(twin, business_date())):
        answer = customer.post(url(store), form, follow=True)
    assert answer.redirect_chain == [("/orders/", 302)]
    assert "This is being done already." in answer.content.decode()
    assert not Order.objects.exists()
    assert CartLine.objects.count() == 1
