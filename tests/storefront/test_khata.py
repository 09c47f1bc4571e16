"""A customer sees what stands on their khatas and pays back by UPI."""

import re
from uuid import uuid4

import pytest

from marketplace.accounts.models import Identity
from marketplace.core import outbox
from marketplace.core.clock import now, travel
from marketplace.notifications.models import Message
from payments.khata.models import Khata
from payments.khata.selectors import owed_by
from payments.khata.services import charge, close_khata, open_khata
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from stores.shops.services import add_staff
from tests.factories import make_store
from tests.upi.words import payment_word

pytestmark = pytest.mark.django_db


@pytest.fixture
def khata(store, asha):
    Identity.objects.filter(person=asha).update(verified_at=now())
    khata = open_khata(
        store_id=store.pk, phone="9876543210", name="Asha", limit=500_00, actor="person:x"
    )
    charge(
        store_id=store.pk,
        khata_id=khata.pk,
        kind="carried",
        amount=300_50,
        key="old",
        actor="person:x",
        note="rice",
    )
    return khata


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_owed_is_shown_line_by_line(customer, khata, store):
    listed = page(customer, "/khata/")
    assert store.name in listed
    assert "₹300.50" in listed
    shown = page(customer, f"/khata/{khata.pk}/")
    assert "Carried over · rice" in shown
    assert re.search(r'name="amount"\s+value="300.50"', shown)
    assert "/khata/" in page(customer, "/me/")


def test_khatas_at_many_shops_cost_as_much_as_at_one(customer, khata, django_assert_num_queries):
    for number in range(3):
        open_khata(
            store_id=make_store(name=f"Shop {number}").pk,
            phone="9876543210",
            name="Asha",
            limit=100_00,
            actor="person:x",
        )
    customer.get("/khata/")
    with django_assert_num_queries(4):
        listed = page(customer, "/khata/")
    assert listed.count("card-link") == 4
    assert listed.count("₹300.50") == 1


def test_a_khata_costs_as_much_however_long(customer, khata, store, django_assert_num_queries):
    for number in range(8):
        charge(
            store_id=store.pk,
            khata_id=khata.pk,
            kind="carried",
            amount=1_00,
            key=str(number),
            actor="person:x",
        )
    customer.get(f"/khata/{khata.pk}/")
    with django_assert_num_queries(6):
        customer.get(f"/khata/{khata.pk}/")


def test_part_of_it_is_paid_by_upi(customer, khata):
    answer = customer.post(f"/khata/{khata.pk}/", {"amount": "100"})
    attempt = PaymentAttempt.objects.get()
    assert (attempt.amount, attempt.purpose, attempt.reference) == (100_00, "khata", khata.pk)
    assert answer["Location"] == f"/khata/{khata.pk}/pay/{attempt.pk}/"
    waiting = page(customer, answer["Location"])
    assert "upi://pay?" in waiting
    status = f"{answer['Location']}status/?state=created"
    assert customer.get(status).status_code == 204
    apply_bank_event(word=payment_word(attempt))
    assert customer.get(status)["HX-Redirect"] == answer["Location"]
    done = customer.get(answer["Location"], follow=True).content.decode()
    assert "₹100 is paid back. Thank you." in done
    assert "Paid back by UPI" in done
    assert owed_by(khata) == 200_50


def test_two_taps_ask_for_the_money_once(customer, khata):
    answers = {customer.post(f"/khata/{khata.pk}/", {"amount": "100"})["Location"] for _ in "ab"}
    assert len(answers) == PaymentAttempt.objects.count() == 1
    customer.post(f"/khata/{khata.pk}/", {"amount": "50"})
    with travel(seconds=700):
        customer.post(f"/khata/{khata.pk}/", {"amount": "50"})
    assert PaymentAttempt.objects.count() == 3


def test_the_owner_hears_of_it(customer, khata, store):
    from marketplace.accounts.services import register_person

    owner = register_person(phone="9811111111", name="Gupta", language="en")
    add_staff(store_id=store.pk, person_id=owner.pk, role="owner")
    customer.post(f"/khata/{khata.pk}/", {"amount": "100"})
    apply_bank_event(word=payment_word(PaymentAttempt.objects.get()))
    for entry in outbox.claim(limit=100):
        outbox.deliver(entry)
    told = Message.objects.get(template="shop_khata_paid", channel="in_app")
    assert "Asha paid ₹100 of the khata" in told.body
    assert "owes ₹200.50 now" in told.body


@pytest.mark.parametrize("amount", ["", "lots", "0.50", "1.005", "300.51", "-5"])
def test_nothing_but_a_part_of_what_is_owed_is_asked_for(customer, khata, amount):
    answer = customer.post(f"/khata/{khata.pk}/", {"amount": amount})
    assert answer.status_code == 422
    assert not PaymentAttempt.objects.exists()


def test_money_that_is_not_owed_any_more_is_said_to_come_back(customer, khata):
    customer.post(f"/khata/{khata.pk}/", {"amount": "300"})
    attempt = PaymentAttempt.objects.get()
    Khata.objects.update(closed_at=now())
    apply_bank_event(word=payment_word(attempt))
    done = customer.get(f"/khata/{khata.pk}/pay/{attempt.pk}/", follow=True).content.decode()
    assert "₹300 is on its way back to your UPI account." in done


def test_a_request_whose_time_is_over_shows_no_qr(customer, khata):
    customer.post(f"/khata/{khata.pk}/", {"amount": "300"})
    attempt = PaymentAttempt.objects.get()
    with travel(seconds=700):
        late = page(customer, f"/khata/{khata.pk}/pay/{attempt.pk}/")
    assert "The time to pay is over" in late
    assert "upi://pay" not in late


def test_only_a_proven_number_opens_a_khata(customer, khata, visitor):
    Identity.objects.update(verified_at=None)
    assert "No shop keeps a khata for you" in page(customer, "/khata/")
    assert customer.get(f"/khata/{khata.pk}/").status_code == 404
    assert customer.post(f"/khata/{khata.pk}/", {"amount": "1"}).status_code == 404


def test_an_attempt_is_found_under_its_own_khata_alone(customer, khata):
    address = f"/khata/{khata.pk}/pay/{uuid4()}/"
    assert customer.get(address).status_code == 404
    assert customer.get(f"{address}status/").status_code == 404


def test_a_stranger_signs_in_first(visitor, khata):
    assert "/sign-in/" in visitor.get("/khata/")["Location"]


def test_a_closed_khata_is_still_read(customer, store, asha):
    Identity.objects.filter(person=asha).update(verified_at=now())
    khata = open_khata(
        store_id=store.pk, phone="9876543210", name="Asha", limit=0, actor="person:x"
    )
    close_khata(store_id=store.pk, khata_id=khata.pk)
    assert "Closed on" in page(customer, f"/khata/{khata.pk}/")
    assert "No shop keeps" in page(customer, "/khata/")


def test_the_customer_has_the_khata_as_a_pdf(customer, khata, deliver_due):
    assert "statement.pdf" in page(customer, f"/khata/{khata.pk}/")
    assert customer.get(f"/khata/{khata.pk}/statement.pdf").status_code == 202
    deliver_due()
    made = customer.get(f"/khata/{khata.pk}/statement.pdf")
    assert made.content.startswith(b"%PDF-")
    assert "no-cache" in made["Cache-Control"]
    Khata.objects.update(phone="+919811199999")
    assert customer.get(f"/khata/{khata.pk}/statement.pdf").status_code == 404
