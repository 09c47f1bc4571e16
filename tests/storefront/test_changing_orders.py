"""The customer's side of a changed order: the shop's offer, their own edit, the difference to pay."""

import re
from typing import Any

import pytest

from marketplace.accounts.services import register_person
from marketplace.core.clock import INDIA, travel
from marketplace.core.templatetags.nukkad import rupees
from orders import services
from orders.models import Order, Proposal
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from tests.factories import make_listing, make_loose, make_product
from tests.orders.building import place_order
from tests.storefront.forms import HIDDEN
from tests.upi.words import payment_word

SHOP = "person:shopkeeper"


@pytest.fixture
def salt(store):
    """₹300 a packet, in the shop but not in the order."""
    return make_listing(
        store, product=make_product(name="Rock salt"), price=30000, mrp=None, on_hand=5
    )


@pytest.fixture
def buy(store, asha, listing):
    """`buy("upi")`: two packets at ₹250.50 and ₹20 for delivery, paid if by UPI."""

    def place(method: str) -> Order:
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


def pay_newest(order: Order) -> None:
    attempt = PaymentAttempt.objects.filter(reference=order.pk).latest("id")
    apply_bank_event(word=payment_word(attempt))


def offer(order: Order, instead: Any, quantity: int = 2) -> Proposal:
    return services.propose_substitute(
        store_id=order.store_id,
        order_id=order.pk,
        line_id=order.lines.get().pk,
        listing_id=instead.pk,
        quantity=quantity,
        actor=SHOP,
    )


def page_of(client: Any, order: Order) -> str:
    return re.sub(r"\s+", " ", client.get(f"/orders/{order.pk}/").content.decode())


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


def test_an_offer_shows_price_difference_and_time_and_is_taken_with_one_tap(customer, buy, salt):
    order = buy("cash")
    proposal = offer(order, salt)
    page = page_of(customer, order)
    for words in (
        "The shop offers something else",
        "Rock salt",
        "₹600",
        "New total: ₹620",
        "(₹99 more)",
        "data-countdown",
        "Yes, please",
    ):
        assert words in page
    answer = customer.post(f"/orders/{order.pk}/offers/{proposal.pk}/accept/", follow=True)
    page = re.sub(r"\s+", " ", answer.content.decode())
    assert "Your order has been changed." in page
    assert "Yes, please" not in page
    assert f"instead of {order.lines.get(amount=0).name}" in page
    assert '<span class="chip chip-wait">Replaced</span>' in page or "replaced" in page
    order.refresh_from_db()
    assert order.total == 62000


def test_an_offer_says_how_much_of_what_is_to_be_replaced_at_which_price(
    customer, buy, store, listing
):
    """A smaller packet must not read as the same thing, cheaper."""
    smaller = make_listing(
        store,
        product=make_product(name=listing.product.name, pack_quantity=500),
        price=14000,
        mrp=None,
        on_hand=5,
    )
    order = buy("upi")
    offer(order, smaller, quantity=1)
    page = re.sub(r"<[^>]+>", "", page_of(customer, order))
    line = order.lines.get()
    assert "500 g × 1 · ₹0.28/g" in page
    assert re.search(rf"instead of {line.name} .*× 2 · {re.escape(line.unit_price_words)}", page), (
        page
    )


def test_only_what_weighs_something_else_is_asked_about(customer, store, asha):
    potato, onion = make_loose(store), make_loose(store, name="Onion", price=3000)
    order = place_order(
        store,
        {potato.pk: 1000, onion.pk: 1000},
        person_id=asha.pk,
        actor=f"person:{asha.pk}",
        payment_method="upi",
    )
    pay_newest(order)
    services.accept(store_id=store.pk, order_id=order.pk, actor=SHOP)
    lines = {line.listing_id: line.pk for line in order.lines.all()}
    services.propose_weight(
        store_id=store.pk,
        order_id=order.pk,
        weights={lines[potato.pk]: 1000, lines[onion.pk]: 1200},
        actor=SHOP,
    )
    page = page_of(customer, order)
    assert "instead of 1 kg" in page
    assert page.count("instead of") == 1


def test_an_offer_for_the_only_line_says_what_a_no_means(customer, buy, salt):
    order = buy("upi")
    proposal = offer(order, salt)
    page = page_of(customer, order)
    assert "No, call the order off" in page
    assert "Without an answer in time the order is called off" in page
    customer.post(f"/orders/{order.pk}/offers/{proposal.pk}/accept/")
    assert "Unless it is paid in time, the order is called off" in page_of(customer, order)


def test_the_time_to_pay_is_that_of_the_payment(customer, buy, salt):
    order = buy("upi")
    proposal = offer(order, salt)
    customer.post(f"/orders/{order.pk}/offers/{proposal.pk}/accept/")
    attempt = PaymentAttempt.objects.latest("id")
    proposal.refresh_from_db()
    assert proposal.answer_by == attempt.expires_at
    assert f'datetime="{attempt.expires_at.astimezone(INDIA).isoformat()}"' in page_of(
        customer, order
    )


def test_the_bill_follows_what_the_page_asks_for_by_itself(customer, buy, salt):
    order = buy("cash")
    proposal = offer(order, salt)
    customer.post(f"/orders/{order.pk}/offers/{proposal.pk}/accept/")
    poll = {"hx-request": "true", "hx-target": "progress"}
    part = customer.get(f"/orders/{order.pk}/", headers=poll).content.decode()
    assert 'id="progress"' in part
    bill = part[part.index('id="order-bill"') :]
    assert 'hx-swap-oob="true"' in bill[:120]
    order.refresh_from_db()
    assert rupees(order.total) in bill


def test_a_dearer_offer_leads_to_the_payment_of_the_difference(customer, buy, salt):
    order = buy("upi")
    proposal = offer(order, salt)
    assert "Yes, and pay ₹99 more" in page_of(customer, order)
    answer = customer.post(f"/orders/{order.pk}/offers/{proposal.pk}/accept/")
    assert answer["Location"] == f"/orders/{order.pk}/pay/"
    page = customer.get(answer["Location"]).content.decode()
    assert "Pay ₹99 by UPI" in page
    assert "am=99.00" in page
    assert "This is the difference" in page
    status = f"/orders/{order.pk}/pay/status/"
    assert customer.get(status, {"state": "created"}).status_code == 204
    page = page_of(customer, order)
    assert "Agreed: now pay the difference" in page
    assert "Pay ₹99" in page
    pay_newest(order)
    assert customer.get(status, {"state": "created"})["HX-Redirect"] == f"/orders/{order.pk}/"
    assert customer.get(f"/orders/{order.pk}/pay/")["Location"] == f"/orders/{order.pk}/"
    order.refresh_from_db()
    assert (order.total, order.captured) == (62000, 62000)


def test_a_no_is_told_to_the_shop_and_the_money_is_on_its_way(customer, buy, store, salt):
    order = buy("upi")
    more = make_listing(store, price=1000, mrp=None)
    services.edit_order(
        store_id=store.pk,
        order_id=order.pk,
        actor=order.actor,
        by_customer=True,
        quantities={more.pk: 1},
    )
    pay_newest(order)
    proposal = services.propose_substitute(
        store_id=store.pk,
        order_id=order.pk,
        line_id=order.lines.get(n=1).pk,
        listing_id=salt.pk,
        quantity=1,
        actor=SHOP,
    )
    answer = customer.post(f"/orders/{order.pk}/offers/{proposal.pk}/decline/", follow=True)
    page = answer.content.decode()
    assert "The shop has your answer." in page
    assert "₹501 is on its way back to your UPI account." in page


def test_nobody_else_answers_or_edits(client, buy, salt):
    order = buy("cash")
    proposal = offer(order, salt)
    stranger = register_person(phone="+919811111111")
    client.force_login(stranger, backend="marketplace.accounts.backends.PersonBackend")
    for answer in ("accept", "decline"):
        url = f"/orders/{order.pk}/offers/{proposal.pk}/{answer}/"
        assert client.post(url).status_code == 404
        assert client.get(url).status_code == 405
    assert client.post(f"/orders/{order.pk}/edit/", {"save": "1"}).status_code == 404
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_a_late_answer_is_told_so(customer, buy, salt):
    order = buy("cash")
    proposal = offer(order, salt)
    services.withdraw_proposal(
        store_id=order.store_id, order_id=order.pk, proposal_id=proposal.pk, actor=SHOP
    )
    answer = customer.post(f"/orders/{order.pk}/offers/{proposal.pk}/accept/", follow=True)
    assert "This has been settled already: withdrawn." in answer.content.decode()


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
