"""The ZIP that somebody gets of what we hold about them: all of it, and nothing of anybody else."""

import json
import zipfile

import pytest

from marketplace.accounts.models import Address, Identity
from marketplace.accounts.services import add_address, register_person
from orders import services
from orders.models import Order
from orders.personal.archive import make_archive
from payments.khata import services as khatas
from tests.factories import make_listing, make_product, make_store
from tests.orders.building import deliver_order, place_order
from tests.personal.living import NAME, PHONE, SHOP, live, tell_everybody

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store(name="Gupta Kirana", delivery_fee=0)


@pytest.fixture
def listing(store):
    return make_listing(store, product=make_product(name="Chakki atta"), on_hand=500)


def read(person):
    with make_archive(person) as made, zipfile.ZipFile(made) as archive:
        assert archive.namelist() == ["nukkad.json", "nukkad.html"]
        assert archive.testzip() is None
        return json.loads(archive.read("nukkad.json")), archive.read("nukkad.html").decode()


def test_all_that_we_hold_is_in_it(store, listing):
    life = live(store, listing)
    told, page = read(life.person)
    assert list(told) == [
        "made_at",
        "person",
        "numbers",
        "addresses",
        "consents",
        "baskets",
        "orders",
        "complaints",
        "khatas",
        "messages",
    ]
    assert told["person"] == {
        "id": str(life.person.pk),
        "name": NAME,
        "language": "en",
        "joined_at": life.person.joined_at.isoformat(),
        "last_signed_in_at": None,
    }
    identity = Identity.objects.get(person=life.person)
    assert told["numbers"] == [
        {"kind": "phone", "value": PHONE, "verified_at": identity.verified_at.isoformat()}
    ]
    address = Address.objects.get(person=life.person)
    assert told["addresses"] == [
        {
            "label": "Home",
            "recipient": NAME,
            "line1": "Moonstone 7",
            "line2": "",
            "landmark": "",
            "pincode": "110001",
            "latitude": None,
            "longitude": None,
            "created_at": address.created_at.isoformat(),
            "removed_at": None,
        }
    ]
    assert told["consents"] == []
    (basket,) = told["baskets"]
    assert (basket["shop"], basket["lines"]) == (
        "Gupta Kirana",
        [{"name": "Chakki atta", "quantity": 2}],
    )
    for word in (NAME, PHONE, "Moonstone 7", "Gupta Kirana", "Chakki atta", "₹250"):
        assert word in page


def test_an_order_says_what_was_bought_what_became_of_it_and_what_was_paid(store, listing):
    life = live(store, listing)
    delivered, paid = read(life.person)[0]["orders"]
    assert delivered["number"] == life.delivered.number
    assert (delivered["contact_phone"], delivered["note"]) == (PHONE, "Ring at the blue gate")
    assert (delivered["latitude"], delivered["longitude"]) == (28.62051, 77.21281)
    (line,) = delivered["lines"]
    assert line == {
        "name": "Chakki atta",
        "unit": "pc",
        "quantity": 1,
        "price": 25000,
        "per": 1,
        "amount": 25000,
        "cgst": 595,
        "sgst": 595,
        "state": "picked",
        "packed": 1,
        "returned": 0,
    }
    assert [(event["state"], event["by"]) for event in delivered["history"]][:3] == [
        ("confirmed", "you"),
        ("accepted", "shop"),
        ("packed", "shop"),
    ]
    (bill,) = delivered["bills"]
    assert bill["buyer"] == {"name": NAME, "phone": PHONE, "address": "Moonstone 7 110001"}
    (back,) = delivered["returns"]
    assert (back["note"], back["answer"]) == (
        "It leaked at the blue gate",
        "Zarina, it was whole when you took it",
    )
    (payment,) = paid["payments"]
    (came,) = payment["received"]
    assert (payment["amount"], came["from_upi_id"]) == (25000, "9876512345@nkbank")
    (refund,) = came["refunds"]
    assert (refund["amount"], refund["state"], refund["reason"]) == (
        25000,
        "done",
        "Zarina's street is flooded",
    )
    assert delivered["payments"] == []


def test_a_complaint_is_in_it_with_what_each_side_said(store, listing):
    life = live(store, listing)
    (complaint,) = read(life.person)[0]["complaints"]
    assert (complaint["shop"], complaint["order"]) == ("Gupta Kirana", life.delivered.number)
    assert (complaint["text"], complaint["state"]) == ("I stood at the blue gate", "resolved")
    assert [(each["side"], each["what"], each["text"]) for each in complaint["events"]] == [
        ("customer", "filed", ""),
        ("shop", "said", "Zarina, we are sorry"),
        ("customer", "resolved", ""),
    ]


def test_a_khata_is_in_it_with_its_lines_sales_and_payments(store, listing):
    (khata,) = read(live(store, listing).person)[0]["khatas"]
    assert (khata["shop"], khata["name"], khata["owed"]) == ("Gupta Kirana", NAME, 0)
    assert [(each["kind"], each["amount"], each["note"]) for each in khata["entries"]] == [
        ("sale", 25000, ""),
        ("cash", -5000, "her brother paid"),
        ("upi", -20000, ""),
    ]
    (sale,) = khata["counter_sales"]
    assert (sale["total"], sale["lines"][0]["name"]) == (25000, "Chakki atta")
    assert khata["payments"][0]["received"][0]["amount"] == 20000


def test_messages_are_those_to_the_person_alone(store, listing):
    told, page = read(live(store, listing).person)
    assert {message["to"] for message in told["messages"]} == {PHONE, told["person"]["id"]}
    bodies = [message["body"] for message in told["messages"]]
    assert any("Zarina's street is flooded" in body for body in bodies)
    assert not any("paid ₹200.00 of the khata" in body for body in bodies)
    assert bodies[0] in page


def test_nothing_of_another_who_buys_in_the_same_shop_is_in_it(store, listing):
    life = live(store, listing)
    other = register_person(phone="9876500077", name="Bina Rao", language="en")
    add_address(person_id=other.pk, recipient="Bina Rao", line1="Lane 9", pincode="110001")
    contact = services.Contact(name="Bina Rao", phone="+919876500077", language="en")
    theirs = deliver_order(
        store,
        {listing.pk: 1},
        person_id=other.pk,
        actor=f"person:{other.pk}",
        contact=contact,
        note="Bina's door",
    )
    khatas.open_khata(store_id=store.pk, phone="9876500077", name="Bina Rao", limit=100, actor=SHOP)
    # a partner's order for her number, which nobody has proven to be hers there
    partners = place_order(
        store,
        {listing.pk: 1},
        actor="key:partner",
        contact=services.Contact(name="Zoya", phone=PHONE, language="en"),
    )
    tell_everybody()
    with make_archive(life.person) as made, zipfile.ZipFile(made) as archive:
        everything = (archive.read("nukkad.json") + archive.read("nukkad.html")).decode()
    numbers = {order["number"] for order in read(life.person)[0]["orders"]}
    assert numbers == {life.delivered.number, life.paid.number}
    for foreign in (
        *("Bina", "9876500077", "Lane 9", theirs.number, partners.number, "Zoya"),
        *("shopkeeper", str(other.pk)),
    ):
        assert foreign not in everything
    (mine,) = read(other)[0]["orders"]
    assert mine["number"] == theirs.number


def test_whoever_has_nothing_gets_that(store):
    person = register_person(phone="9876500078", language="hi")
    told, page = read(person)
    assert [told[name] for name in ("baskets", "orders", "complaints", "khatas")] == [[]] * 4
    assert "<h2>" not in page


def test_many_orders_cost_as_many_queries_as_one(
    store, listing, django_assert_num_queries, monkeypatch
):
    person = register_person(phone="9876500078", name="Asha", language="en")
    buy = {"person_id": person.pk, "actor": f"person:{person.pk}", "payment_method": "upi"}
    place_order(store, {listing.pk: 1}, **buy)
    with django_assert_num_queries(17):
        make_archive(person).close()
    for _ in range(4):
        place_order(store, {listing.pk: 1}, **buy)
    with django_assert_num_queries(17):
        make_archive(person).close()
    # in parts of two the same is read, each once
    monkeypatch.setattr("orders.personal.archive.ORDERS_AT_ONCE", 2)
    placed = Order.objects.of_person(person.pk).order_by("pk")
    assert [order["number"] for order in read(person)[0]["orders"]] == [
        order.number for order in placed
    ]


def test_messages_at_many_shops_and_numbers_are_found_by_index(store, listing):
    """The archive must not read everybody's messages."""
    from django.db import connection

    from orders.personal.holdings import messages_of

    person = register_person(phone="9876500078", name="Asha", language="en")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        found = messages_of(person, ["+919876500078"], ["+919876500079"])
        # sorted it might come by another index while the table is empty
        plan = found.order_by().explain()
    assert "message_to" in plan
    assert "Seq Scan" not in plan
