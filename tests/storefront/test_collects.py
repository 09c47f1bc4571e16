"""A customer types a UPI id and that phone asks for the money, where this is still allowed."""

import re

import httpx
import pytest

from marketplace.accounts.models import Identity
from marketplace.core.clock import now
from orders.models import Order
from payments.khata.selectors import owed_by
from payments.khata.services import charge, open_khata
from payments.upi.models import PaymentAttempt
from tests.bank.test_phone import form_of
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "or type your UPI id and we ask for the money"


@pytest.fixture
def allowed(settings):
    settings.UPI_COLLECT = True


@pytest.fixture
def order(store, listing, asha):
    """₹270.50, to be paid by UPI."""
    return place_order(
        store,
        {listing.pk: 1},
        person_id=asha.pk,
        actor=f"person:{asha.pk}",
        payment_method="upi",
    )


@pytest.fixture
def khata_page(store, asha, customer):
    """Where Asha pays ₹100 of her khata."""
    Identity.objects.filter(person=asha).update(verified_at=now())
    khata = open_khata(
        store_id=store.pk, phone="9876543210", name="Asha", limit=500_00, actor="person:x"
    )
    charge(
        store_id=store.pk,
        khata_id=khata.pk,
        kind="carried",
        amount=300_00,
        key="old",
        actor="person:x",
    )
    return khata, customer.post(f"/khata/{khata.pk}/", {"amount": "100"})["Location"]


def approve(bank, attempt):
    address = f"{bank.url}/phone/requests/{attempt.tr}/"
    with httpx.Client(follow_redirects=True) as browser:
        typed = form_of(browser.get(address).text) | {"pin": "1234", "action": "approve"}
        browser.post(address, data=typed)


def test_switched_off_there_is_no_field_and_no_such_page(customer, order):
    page = customer.get(f"/orders/{order.pk}/pay/").content.decode()
    assert "payer_vpa" not in page
    address = f"/orders/{order.pk}/pay/collect/"
    assert customer.post(address, {"payer_vpa": "asha@nkbank"}).status_code == 404


def test_switched_off_a_khata_has_neither(customer, khata_page):
    _khata, address = khata_page
    assert "payer_vpa" not in customer.get(address).content.decode()
    posted = customer.post(f"{address}collect/", {"payer_vpa": "asha@nkbank"})
    assert posted.status_code == 404


def test_the_phone_is_asked_and_the_order_is_paid(live_bank, allowed, customer, order, eventually):
    page = customer.get(f"/orders/{order.pk}/pay/").content.decode()
    assert WORDS in page
    assert f'action="/orders/{order.pk}/pay/collect/"' in page
    payer = live_bank.open_payer()
    answer = customer.post(f"/orders/{order.pk}/pay/collect/", {"payer_vpa": payer}, follow=True)
    page = answer.content.decode()
    assert f"{payer} is asked for the money: approve it in that UPI app." in page
    assert WORDS not in page
    assert f"/phone/requests/?vpa={payer.replace('@', '%40')}" in page
    approve(live_bank, PaymentAttempt.objects.get())
    eventually(lambda: Order.objects.filter(pk=order.pk, state="confirmed").exists())


def test_a_khata_is_paid_back_by_it_too(live_bank, allowed, customer, khata_page, eventually):
    khata, address = khata_page
    payer = live_bank.open_payer()
    answer = customer.post(f"{address}collect/", {"payer_vpa": payer})
    assert answer["Location"] == address
    approve(live_bank, PaymentAttempt.objects.get())
    eventually(lambda: owed_by(khata) == 200_00)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Please fill this in."),
        ("asha", "A UPI id looks like name@bank."),
        ("asha@ok bank", "A UPI id looks like name@bank."),
        ("nobody@nkbank", "Nobody has the UPI id nobody@nkbank."),
    ],
)
def test_a_mistake_is_named_and_nothing_is_lost(live_bank, allowed, customer, order, typed, words):
    answer = customer.post(f"/orders/{order.pk}/pay/collect/", {"payer_vpa": typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "upi://pay?" in page
    field = re.search(r'<input[^>]*name="payer_vpa"[^>]*>', page)[0]
    assert (f'value="{typed}"' in field) is bool(typed)
    assert PaymentAttempt.objects.get().collect_vpa == ""


def test_a_declined_request_leaves_link_and_qr(live_bank, allowed, customer, order, eventually):
    payer = live_bank.open_payer()
    customer.post(f"/orders/{order.pk}/pay/collect/", {"payer_vpa": payer})
    attempt = PaymentAttempt.objects.get()
    address = f"{live_bank.url}/phone/requests/{attempt.tr}/"
    with httpx.Client(follow_redirects=True) as browser:
        browser.post(address, data=form_of(browser.get(address).text) | {"action": "decline"})
    eventually(lambda: PaymentAttempt.objects.filter(state="failed").exists())
    page = customer.get(f"/orders/{order.pk}/pay/").content.decode()
    assert "That payment did not go through" in page
    assert "is asked for the money" not in page
    assert "upi://pay?" in page


def test_an_order_that_waits_for_nothing_asks_nobody(live_bank, allowed, customer, order):
    Order.objects.update(state="cancelled")
    answer = customer.post(f"/orders/{order.pk}/pay/collect/", {"payer_vpa": "asha@nkbank"})
    assert answer.status_code == 302
    assert PaymentAttempt.objects.get().collect_vpa == ""


def test_nobody_elses_order_is_found(live_bank, allowed, visitor, order):
    from marketplace.accounts.services import register_person

    stranger = register_person(phone="9812345678", name="X", language="en")
    visitor.force_login(stranger, backend="marketplace.accounts.backends.PersonBackend")
    answer = visitor.post(f"/orders/{order.pk}/pay/collect/", {"payer_vpa": "asha@nkbank"})
    assert answer.status_code == 404


def test_a_silent_bank_is_said_when_the_customer_asks(live_bank, customer, order):
    live_bank.next("api_5xx", operation="query")
    page = customer.post(f"/orders/{order.pk}/pay/", follow=True).content.decode()
    assert "The bank does not answer just now. Try again in a minute." in page
