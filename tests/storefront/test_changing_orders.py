"""The customer's own edit of an order, and the wish for what is missing."""

import re

from marketplace.core.clock import travel
from orders import services
from orders.models import Order
from tests.factories import make_listing, make_loose, make_product
from tests.orders.building import place_order
from tests.storefront.changing import SHOP, page_of
from tests.storefront.forms import HIDDEN


def test_checkout_asks_what_to_do_about_missing_goods_and_keeps_the_answer(
    customer, store, filled_form
):
    page = customer.get(f"/shops/{store.slug}/checkout/").content.decode()
    assert re.search(r'value="call"\s+checked', page)
    customer.post(
        f"/shops/{store.slug}/checkout/",
        filled_form | {"payment_method": "cash", "if_unavailable": "replace"},
    )
    assert Order.objects.get().if_unavailable == "replace"


def test_an_unknown_wish_is_refused(customer, store, filled_form):
    answer = customer.post(
        f"/shops/{store.slug}/checkout/",
        filled_form | {"payment_method": "cash", "if_unavailable": "pray"},
    )
    assert answer.status_code == 400
    assert not Order.objects.exists()


def test_an_order_is_edited_tap_by_tap_and_saved(customer, buy, listing, salt):
    order = buy("cash")
    url = f"/orders/{order.pk}/edit/"
    assert url in page_of(customer, order)
    page = customer.get(url).content.decode()
    assert "Rock salt" in page, "the shop's shelf is offered"
    assert 'name="save"' not in page, "nothing is changed yet"
    page = customer.post(url, dict(HIDDEN.findall(page)) | {"less": str(listing.pk)})
    page = customer.post(url, dict(HIDDEN.findall(page.content.decode())) | {"more": str(salt.pk)})
    page = page.content.decode()
    assert "₹571" in page, "250.50 + 300 + 20, rounded"
    order.refresh_from_db()
    assert order.version == 1, "a tap changes nothing"
    answer = customer.post(url, dict(HIDDEN.findall(page)) | {"save": "1"})
    assert answer["Location"] == f"/orders/{order.pk}/"
    order.refresh_from_db()
    assert (order.total, order.version) == (57100, 2)


def test_a_change_does_not_move_the_time_of_a_step(customer, buy, listing):
    order = buy("cash")
    with travel(days=-1):
        services.accept(store_id=order.store_id, order_id=order.pk, actor=SHOP)
    accepted = order.events.get(after="accepted").at
    services.edit_order(
        store_id=order.store_id, order_id=order.pk, actor=SHOP, quantities={listing.pk: 1}
    )
    steps = customer.get(f"/orders/{order.pk}/").context["steps"]
    assert [step.at for step in steps if step.state == "now"] == [accepted]


def test_the_bill_is_for_what_is_charged_not_for_what_lies_on_the_scale(customer, store, asha):
    loose = make_loose(store)
    order = place_order(store, {loose.pk: 1000}, person_id=asha.pk, actor=f"person:{asha.pk}")
    where = {"store_id": store.pk, "order_id": order.pk}
    services.accept(**where, actor=SHOP)
    services.pick_line(**where, line_id=order.lines.get().pk, packed=970)
    assert [line.charged for line in order.lines.all()] == [1000]
    assert "970 g" not in page_of(customer, order)
    services.pack(**where, actor=SHOP)
    assert [line.charged for line in order.lines.all()] == [970]
    assert "970 g" in page_of(customer, order)


def test_an_edit_suggests_a_few_things_and_finds_more(customer, store, buy):
    for number in range(6):
        make_listing(store, product=make_product(name=f"Salt {number}"), price=3000, mrp=None)
    url = f"/orders/{buy('cash').pk}/edit/"
    assert len(customer.get(url).context["found"]) == 3
    assert len(customer.post(url, {"find": "1", "q": "salt"}).context["found"]) == 6


def test_what_was_taken_out_is_offered_once(customer, buy, listing, salt):
    order = buy("cash")
    url = f"/orders/{order.pk}/edit/"
    fields = dict(HIDDEN.findall(customer.get(url).content.decode()))
    page = customer.post(url, fields | {"remove": str(listing.pk)}).content.decode()
    assert page.count(f'id="more-{listing.pk}"') == 1
    assert "Put back" in page


def test_an_edit_of_a_prepaid_order_is_paid_or_comes_back(customer, buy, listing, salt):
    order = buy("upi")
    url = f"/orders/{order.pk}/edit/"
    fields = dict(HIDDEN.findall(customer.get(url).content.decode()))
    page = customer.post(url, fields | {"less": str(listing.pk)}).content.decode()
    assert "₹250.50 comes back to your UPI account." in page
    page = customer.post(url, fields | {"more": str(salt.pk)}).content.decode()
    assert "Save and pay ₹300" in page
    answer = customer.post(
        url, dict(HIDDEN.findall(page)) | {"save": "1"}, headers={"hx-request": "true"}
    )
    assert answer["HX-Redirect"] == f"/orders/{order.pk}/pay/"
    assert "Your change waits for its payment" in page_of(customer, order)


def test_an_edit_of_an_order_that_has_changed_meanwhile_asks_again(customer, buy, listing, store):
    order = buy("cash")
    url = f"/orders/{order.pk}/edit/"
    fields = dict(HIDDEN.findall(customer.get(url).content.decode()))
    page = customer.post(url, fields | {"more": str(listing.pk)}).content.decode()
    services.edit_order(
        store_id=store.pk, order_id=order.pk, actor=SHOP, quantities={listing.pk: 1}
    )
    answer = customer.post(url, dict(HIDDEN.findall(page)) | {"save": "1"})
    assert answer.status_code == 409
    assert "The order has changed since you looked." in answer.content.decode()
    order.refresh_from_db()
    assert order.version == 2


def test_searching_keeps_what_was_tapped(customer, buy, listing, salt):
    order = buy("cash")
    url = f"/orders/{order.pk}/edit/"
    fields = dict(HIDDEN.findall(customer.get(url).content.decode()))
    page = customer.post(url, fields | {"more": str(listing.pk)}).content.decode()
    page = customer.post(url, dict(HIDDEN.findall(page)) | {"find": "1", "q": "rock"})
    page = page.content.decode()
    assert "Rock salt" in page
    assert dict(HIDDEN.findall(page))[f"q-{listing.pk}"] == "3"
    nothing = customer.post(url, {"find": "1", "q": "zzz"}).content.decode()
    assert "Nothing found for “zzz”" in nothing


def test_a_cancelled_order_asks_for_no_cash(customer, buy):
    order = buy("cash")
    assert "To be paid in cash" in page_of(customer, order)
    customer.post(f"/orders/{order.pk}/cancel/", {"reason": "by mistake"})
    page = page_of(customer, order)
    assert "To be paid in cash" not in page
    assert "Nothing to pay, not the delivery fee either" in page


def test_a_packed_order_is_not_edited(customer, buy):
    order = buy("cash")
    for step in ("accept", "pack"):
        getattr(services, step)(store_id=order.store_id, order_id=order.pk, actor=SHOP)
    assert "/edit/" not in page_of(customer, order)
    answer = customer.get(f"/orders/{order.pk}/edit/", follow=True)
    assert "This order can no longer be changed." in answer.content.decode()
    assert customer.post(f"/orders/{order.pk}/edit/", {"more": "x"}).status_code == 302


def test_hostile_edits_change_nothing(customer, buy, listing):
    order = buy("cash")
    url = f"/orders/{order.pk}/edit/"
    assert customer.post(url, {"more": "x"}).status_code == 404
    for fields in (
        {"q-x": "1"},
        {f"q-{listing.pk}": "-1"},
        {f"q-{listing.pk}": "9" * 40},
        {f"q-{order.pk}": "1"},
    ):
        assert customer.post(url, fields).status_code == 200
        assert customer.post(url, fields | {"save": "1"}).status_code in (400, 404, 409)
    order.refresh_from_db()
    assert order.version == 1


def test_numbers_of_thousands_of_digits_are_no_numbers(customer, buy, store, listing, filled_form):
    """Python itself refuses to read them: nobody gets to see that."""
    long = "9" * 5000
    order = buy("cash")
    hostile = {f"q-{listing.pk}": long, "version": long, "total": long, "save": "1"}
    assert customer.post(f"/orders/{order.pk}/edit/", hostile).status_code < 500
    tapped = {"set": str(listing.pk), "quantity": long, "next": "/"}
    assert customer.post("/basket/change/", tapped).status_code < 500
    sent = filled_form | {"payment_method": "cash", "total_cash": long}
    assert customer.post(f"/shops/{store.slug}/checkout/", sent).status_code < 500
    assert Order.objects.count() == 1
