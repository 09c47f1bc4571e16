"""A person is forgotten: what goes, what stays and why, and what has to end before."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from marketplace.accounts.errors import AccountClosed, CodeExpired, WrongCode
from marketplace.accounts.models import Address, Identity, Person, SignInChallenge
from marketplace.accounts.services import (
    add_address,
    register_person,
    set_active,
    set_name,
    start_sign_in,
)
from marketplace.core.append_only import forget
from marketplace.notifications.models import Message
from orders import services
from orders.complaints.services import settle_for_officer
from orders.invoicing.models import Document
from orders.models import Cart, Order, OrderEvent
from orders.notices.recipients import customer, khata_customer
from orders.personal.blockers import Reason
from orders.personal.retention import forget_old_buyers
from orders.personal.services import CannotErase, erase_person, find_blockers
from payments.khata import services as khatas
from payments.khata.models import Khata, KhataEntry
from payments.ledger.models import Leg
from payments.upi.models import BankEvent, PaymentAttempt, Receipt, Refund
from payments.upi.services import apply_bank_event
from stores.shops.services import add_staff
from tests.complaints.complaining import complain
from tests.factories import make_listing, make_store
from tests.invariants import broken_invariants
from tests.orders.building import deliver_order, place_order
from tests.personal.living import (
    PHONE,
    SHOP,
    TRACES,
    declined,
    erase,
    fresh_code,
    live,
    pay,
    tell_everybody,
    traces,
)
from tests.upi.words import dispute_word

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store(delivery_fee=0)


@pytest.fixture
def listing(store):
    return make_listing(store, on_hand=50)


@pytest.fixture
def life(store, listing):
    return live(store, listing)


@pytest.fixture
def her():
    return register_person(phone=PHONE, name="Zarina Qureshi", language="en")


def reasons(person):
    return [blocker.reason for blocker in find_blockers(person=person)]


def test_she_stands_in_all_these_tables_before(life):
    assert set(traces()) >= {
        "accounts_address",
        "accounts_identity",
        "accounts_person",
        "complaints_complaint",
        "complaints_complaintevent",
        "django_admin_log",
        "invoicing_document",
        "khata_khata",
        "khata_khataentry",
        "notifications_message",
        "orders_order",
        "orders_orderevent",
        "orders_return",
        "upi_receipt",
        "upi_refund",
    }
    assert {trace for found in traces().values() for trace in found} == set(TRACES)


def test_the_banks_words_never_keep_who_paid(life):
    assert BankEvent.objects.count() == 2
    assert {event.body for event in BankEvent.objects.all()} == {
        '{"data": {"payer_vpa": "", "rrn": "632600000001"}}'
    }
    assert "upi_bankevent" not in traces()


def test_nothing_of_her_stands_anywhere_but_on_the_bills_that_the_law_keeps(life):
    erase(life.person.pk)
    assert traces() == {
        "invoicing_document": {"zarina", "9876512345", "moonstone"},
        # counts how many codes a number asks for, and goes after two days
        "accounts_signinchallenge": {"9876512345"},
    }


def test_the_code_that_she_joined_by_goes_too(her):
    """It was sent before there was anybody."""
    first, older = (
        Message.objects.create(
            to=PHONE,
            channel="sms",
            template="sign_in_code",
            language="en",
            body="Your code",
            dedupe_key=str(before),
            created_at=her.joined_at - before,
        )
        for before in (timedelta(seconds=20), timedelta(days=30))
    )
    erase(her.pk)
    left = Message.objects.filter(to=PHONE).values_list("pk", flat=True)
    assert set(left) == {older.pk}, "the older one was for whoever had the number then"
    assert first.pk not in left


def test_money_rows_keep_their_reference_and_their_sums(life):
    legs = list(Leg.objects.order_by("pk").values())
    before = {
        order.pk: (order.total, order.captured, order.refunded, order.state, order.pincode)
        for order in Order.objects.all()
    }
    erase(life.person.pk)
    assert list(Leg.objects.order_by("pk").values()) == legs
    assert before == {
        order.pk: (order.total, order.captured, order.refunded, order.state, order.pincode)
        for order in Order.objects.filter(person_id=life.person.pk)
    }
    assert broken_invariants(connection) == []


def test_the_stub_says_nothing_and_can_never_be_opened_again(life):
    old = life.person
    erase(old.pk)
    stub = Person.objects.get(pk=old.pk)
    assert (stub.name, stub.is_active, stub.last_login) == ("", False, None)
    assert str(stub) == "customer who erased their details"
    assert stub.get_session_auth_hash() != old.get_session_auth_hash()
    set_active(person_id=old.pk, is_active=True)
    set_name(person_id=old.pk, name="Zarina")
    stub.refresh_from_db()
    assert (stub.name, stub.is_active) == ("", False)
    assert not Identity.objects.filter(person=stub).exists()
    assert not Address.objects.filter(person=stub).exists()
    assert not Cart.objects.filter(person_id=stub.pk).exists()


def test_shops_see_that_a_customer_erased_their_details(life):
    erase(life.person.pk)
    for model, key in ((Order, life.paid.pk), (Khata, life.khata.pk)):
        assert model.objects.get(pk=key).called == "customer who erased their details"


def test_histories_keep_everything_but_the_words(life):
    before = list(OrderEvent.objects.order_by("pk").values())
    entries = list(KhataEntry.objects.order_by("pk").values())
    erase(life.person.pk)
    for event, was in zip(OrderEvent.objects.order_by("pk").values(), before, strict=True):
        in_own_words = was["after"] == "rejected"
        assert event == was | ({"reason": ""} if in_own_words else {})
    assert list(KhataEntry.objects.order_by("pk").values()) == [
        entry | {"note": ""} for entry in entries
    ]


def test_payments_and_returns_lose_people_and_words(life):
    erase(life.person.pk)
    assert list(Receipt.objects.values_list("payer_vpa", flat=True)) == ["", ""]
    assert Refund.objects.get().reason == ""
    assert (declined(life.delivered).note, declined(life.delivered).answer) == ("", "")
    assert Order.objects.get(pk=life.paid.pk).request_hash == ""


def test_her_khata_is_closed_and_nobodys(life):
    erase(life.person.pk)
    khata = Khata.objects.get(pk=life.khata.pk)
    assert (khata.name, khata.phone, khata.closed_at is None) == ("", "", False)
    # the shop may give the number credit anew
    khatas.open_khata(store_id=life.store.pk, phone=PHONE, name="New", limit=100, actor=SHOP)


def test_the_number_is_free_for_a_new_person_who_sees_nothing_of_the_old(life):
    erase(life.person.pk)
    new = register_person(phone=PHONE, language="hi")
    assert (new.pk != life.person.pk, new.name) == (True, "")
    assert not Order.objects.of_person(new.pk).exists()
    assert not Khata.objects.of_person(new.pk).exists()
    assert not Message.objects.filter(recipient_id=new.pk).exists()


def test_what_is_told_of_her_orders_afterwards_reaches_nobody(life):
    erase(life.person.pk)
    Message.objects.all().delete()
    told = customer(Order.objects.get(pk=life.delivered.pk))
    assert (told.person_id, told.phone) == (None, "")
    told = khata_customer(Khata.objects.get(pk=life.khata.pk))
    assert (told.person_id, told.phone) == (None, "")
    tell_everybody()
    assert not Message.objects.exists()


def test_another_who_buys_in_the_same_shop_loses_nothing(life, listing):
    other = register_person(phone="9876500077", name="Bina", language="en")
    add_address(person_id=other.pk, recipient="Bina", line1="Lane 9", pincode="110001")
    order = deliver_order(
        life.store, {listing.pk: 1}, person_id=other.pk, actor=f"person:{other.pk}"
    )
    # a partner's order that names her number is not hers
    partners = deliver_order(life.store, {listing.pk: 1}, actor="key:partner")
    Order.objects.filter(pk=partners.pk).update(contact_phone=PHONE)
    tell_everybody()
    kept = {
        model: list(model.objects.order_by("pk").values())
        for model in (Address, Identity, Order, Message)
    }
    erase(life.person.pk)
    for model, rows in kept.items():
        mine = {"person_id": life.person.pk}
        left = list(model.objects.order_by("pk").values())
        if model is Message:
            gone = [row for row in rows if row not in left]
            assert all(
                row["recipient_id"] == life.person.pk or row["template"] == "shop_khata_paid"
                for row in gone
            )
            continue
        others = [row for row in rows if row.items().isdisjoint(mine.items())]
        assert others == [row for row in left if row.items().isdisjoint(mine.items())]
    assert Order.objects.get(pk=order.pk).contact_name == "Asha"
    assert Order.objects.get(pk=partners.pk).contact_phone == PHONE


def test_the_code_of_another_number_erases_nobody(life):
    with pytest.raises(WrongCode):
        erase(life.person.pk, phone="+919876500099")
    assert Person.objects.get(pk=life.person.pk).name == "Zarina Qureshi"


def test_a_code_erases_once(her):
    code = fresh_code()
    erase_person(person_id=her.pk, **code)
    with pytest.raises(CodeExpired):
        erase_person(person_id=her.pk, **code)
    with pytest.raises(AccountClosed):
        erase_person(person_id=her.pk, **fresh_code())


def test_a_wrong_code_erases_nobody(her):
    challenge = start_sign_in(phone=PHONE, ip=None)
    with pytest.raises(WrongCode):
        erase_person(person_id=her.pk, challenge_id=challenge.pk, code="")
    assert SignInChallenge.objects.get().attempts == 1
    assert Person.objects.get(pk=her.pk).name == "Zarina Qureshi"


def refuses(person, *expected):
    """What blocks it is named, and nothing has changed."""
    before = traces()
    assert reasons(person) == list(expected)
    with pytest.raises(CannotErase) as refusal:
        erase(person.pk)
    assert [blocker.reason for blocker in refusal.value.params["blockers"]] == list(expected)
    assert traces() == before | {"accounts_signinchallenge": {"9876512345"}}
    assert Person.objects.get(pk=person.pk).erased_at is None


def test_an_order_under_way_refuses_it(her, store, listing):
    order = place_order(store, {listing.pk: 1}, person_id=her.pk)
    assert find_blockers(person=her)[0].order == order
    refuses(her, Reason.ORDER)
    services.cancel(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="x")
    assert reasons(her) == []


def test_an_unanswered_return_refuses_it(her, store, listing):
    order = deliver_order(store, {listing.pk: 1}, person_id=her.pk)
    services.ask_return(
        store_id=store.pk,
        order_id=order.pk,
        actor="x",
        reason="damaged",
        lines={order.lines.get().pk: 1},
    )
    refuses(her, Reason.RETURN)


def test_a_refund_that_has_not_arrived_refuses_it(her, store, listing):
    order = pay(place_order(store, {listing.pk: 1}, person_id=her.pk, payment_method="upi"))
    services.cancel(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="x")
    refuses(her, Reason.REFUND)
    Refund.objects.update(state=Refund.State.FAILED)
    refuses(her, Reason.REFUND)


def test_a_payment_under_way_refuses_it(her, store, listing):
    order = place_order(store, {listing.pk: 1}, person_id=her.pk, payment_method="upi")
    services.cancel(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="x")
    PaymentAttempt.objects.update(state=PaymentAttempt.State.DEEMED)
    refuses(her, Reason.PAYMENT)


def test_an_open_dispute_refuses_it_and_a_decided_one_does_not(life):
    receipt = Receipt.objects.get(attempt__reference=life.khata.pk)
    apply_bank_event(word=dispute_word(receipt, "OPEN", 100_00))
    refuses(life.person, Reason.DISPUTE)
    apply_bank_event(word=dispute_word(receipt, "WON", 100_00))
    assert reasons(life.person) == []


def test_a_debt_refuses_it(her, store):
    khata = khatas.open_khata(store_id=store.pk, phone=PHONE, name="Z", limit=500_00, actor=SHOP)
    khatas.charge(
        store_id=store.pk, khata_id=khata.pk, kind="carried", amount=1, key="k", actor=SHOP
    )
    assert find_blockers(person=her)[0].khata == khata
    refuses(her, Reason.OWED)


def test_whoever_works_in_a_shop_or_for_nukkad_is_sent_to_the_officer(her, store):
    add_staff(store_id=store.pk, person_id=her.pk, role="helper")
    refuses(her, Reason.SHOP)
    Person.objects.filter(pk=her.pk).update(is_staff=True)
    her.refresh_from_db()
    refuses(her, Reason.STAFF, Reason.SHOP)


def test_the_erased_can_neither_order_nor_be_given_anything(her, store, listing):
    erase(her.pk)
    for act in (
        lambda: place_order(store, {listing.pk: 1}, person_id=her.pk),
        lambda: add_address(person_id=her.pk, recipient="Z", line1="1", pincode="110001"),
        lambda: add_staff(store_id=store.pk, person_id=her.pk, role="owner"),
    ):
        with pytest.raises(AccountClosed):
            act()
    assert not Order.objects.exists()


def test_a_complaint_has_to_be_settled_first(her):
    complaint = complain(her.pk)
    (blocker,) = find_blockers(person=her)
    assert (blocker.reason, blocker.complaint) == (Reason.COMPLAINT, complaint)
    settle_for_officer(complaint_id=complaint.pk, actor="person:officer", text="Done.")
    assert find_blockers(person=her) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE complaints_complaintevent SET text = '…'",
        "UPDATE orders_orderevent SET reason = ''",
        "UPDATE khata_khataentry SET note = ''",
        "UPDATE invoicing_document SET content = '{}'",
        "DELETE FROM orders_orderevent",
    ],
)
def test_the_application_itself_cannot_touch_history(life, change):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(f"SET LOCAL nukkad.forgetting = 'orders_orderevent'; {change}")


def test_the_words_of_somebody_who_is_still_here_cannot_be_blanked(life):
    assert forget("orders_orderevent", life.person.pk) == 0
    assert forget("khata_khataentry", life.khata.pk) == 0
    assert forget("invoicing_document", life.store.pk) == 0
    assert "orders_orderevent" in traces()


def test_bills_lose_their_buyer_72_months_after_the_annual_return_was_due(life):
    bill = Document.objects.filter(order=life.delivered).get()
    year = date.today().year
    for issued_on, name in (
        (date(year - 7, 4, 1), "Zarina Qureshi"),
        (date(year - 7, 3, 31), ""),
    ):
        row = Document.objects.filter(pk=bill.pk).values().get()
        old = {"issued_on": issued_on, "number": row["number"] + 50 + issued_on.month}
        made = Document.objects.create(
            **row
            | old
            | {"id": uuid4(), "order_id": None, "sale_id": None}
            | {"kind": "credit_note", "amends_id": bill.pk, "order_id": life.delivered.pk}
            | {"reference": uuid4()}
        )
        assert forget_old_buyers() == (0 if name else 1)
        made.refresh_from_db()
        assert made.content["buyer"]["name"] == name
        assert made.content | {"buyer": 0} == row["content"] | {"buyer": 0}
