"""The shop's offer as its customer reads it, answers it and pays the difference."""

import re

from marketplace.accounts.services import register_person
from marketplace.core.clock import INDIA
from marketplace.core.templatetags.nukkad import rupees
from orders import services
from payments.upi.models import PaymentAttempt
from tests.factories import make_listing, make_loose, make_product
from tests.orders.building import place_order
from tests.storefront.changing import SHOP, offer, page_of, pay_newest


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
