"""A customer who has left traces wherever the product keeps any, and where they stand."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from marketplace.accounts.codes import code_for
from marketplace.accounts.models import Person, SignInChallenge
from marketplace.accounts.services import add_address, register_person, start_sign_in
from marketplace.core import outbox
from marketplace.core.models import OutboxEntry
from orders import services
from orders.carts import Owner
from orders.complaints.services import accept_answer
from orders.models import Order, Return
from orders.personal.services import erase_person
from orders.services import Contact, DeliveryAddress, Wanted
from payments.khata import services as khatas
from payments.khata.models import Khata
from payments.upi.bank_client import BankRefund
from payments.upi.models import PaymentAttempt, Refund
from payments.upi.services import apply_bank_event, start_attempt
from payments.upi.services.refunds import apply_refund
from stores.shops.models import Store
from stores.shops.services import add_staff
from tests.complaints.complaining import answer, complain
from tests.factories import put_in_basket
from tests.orders.building import deliver_order, place_order
from tests.upi.words import payment_word

PHONE, NAME = "+919876512345", "Zarina Qureshi"
# all that says who she is: her name, number, street, words, and what others wrote about her
TRACES = ("zarina", "9876512345", "moonstone", "blue gate", "her brother")
SHOP = "person:shopkeeper"


@dataclass
class Life:
    person: Person
    store: Store
    delivered: Order
    paid: Order
    khata: Khata


def live(store: Store, listing: Any) -> Life:
    """Orders of every kind, a return, a refund, a khata paid back, and everybody told of it."""
    owner = register_person(phone="9811111111", name="Owner", language="en")
    add_staff(store_id=store.pk, person_id=owner.pk, role="owner")
    person = register_person(phone=PHONE, name=NAME, language="en")
    add_address(
        person_id=person.pk, recipient=NAME, line1="Moonstone 7", pincode="110001", label="Home"
    )
    hers = {
        "person_id": person.pk,
        "actor": f"person:{person.pk}",
        "contact": Contact(name=NAME, phone=PHONE, language="en"),
        "address": DeliveryAddress("Moonstone 7", "110001", 28.62051, 77.21281),
        "note": "Ring at the blue gate",
    }
    delivered = deliver_order(store, {listing.pk: 1}, **hers)
    asked = services.ask_return(
        store_id=store.pk,
        order_id=delivered.pk,
        actor=hers["actor"],
        reason="damaged",
        lines={delivered.lines.get().pk: 1},
        note="It leaked at the blue gate",
    )
    services.decline_return(
        store_id=store.pk,
        order_id=delivered.pk,
        return_id=asked.pk,
        actor=SHOP,
        reason="Zarina, it was whole when you took it",
    )
    paid = pay(place_order(store, {listing.pk: 1}, payment_method="upi", **hers))
    services.reject(
        store_id=store.pk, order_id=paid.pk, actor=SHOP, reason="Zarina's street is flooded"
    )
    refund = Refund.objects.get(reference=paid.pk)
    apply_refund(bank_word(refund))
    complain_and_settle(person.pk, delivered)
    khata = live_on_khata(store, listing)
    put_in_basket(listing, Owner(person_id=person.pk), 2)
    LogEntry.objects.create(
        user=owner,
        content_type=ContentType.objects.get_for_model(Person),
        object_id=str(person.pk),
        object_repr=str(person),
        action_flag=CHANGE,
    )
    tell_everybody()
    delivered.refresh_from_db()
    paid.refresh_from_db()
    return Life(person, store, delivered, paid, khata)


def complain_and_settle(person_id: UUID, order: Order) -> None:
    complaint = complain(
        person_id, order_id=order.pk, kind="late", wanted="answer", text="I stood at the blue gate"
    )
    answer(complaint, "Zarina, we are sorry")
    accept_answer(person_id=person_id, complaint_id=complaint.pk)


def live_on_khata(store: Store, listing: Any) -> Khata:
    khata = khatas.open_khata(store_id=store.pk, phone=PHONE, name=NAME, limit=2_000_00, actor=SHOP)
    services.sell_over_counter(
        store_id=store.pk,
        actor=SHOP,
        idempotency_key=str(uuid4()),
        lines=[Wanted(listing.pk, 1)],
        paid_by="khata",
        khata_id=khata.pk,
    )
    khatas.pay_back_cash(
        store_id=store.pk,
        khata_id=khata.pk,
        amount=50_00,
        key="brother",
        actor=SHOP,
        note="her brother paid",
    )
    attempt = start_attempt(store_id=store.pk, purpose="khata", reference=khata.pk, amount=200_00)
    apply_bank_event(word=word(attempt))
    khata.refresh_from_db()
    return khata


def word(attempt: PaymentAttempt) -> Any:
    """Her bank's word, whose UPI id is her number."""
    said = payment_word(attempt, payer_vpa="9876512345@nkbank")
    body = '{"data": {"payer_vpa": "9876512345@nkbank", "rrn": "632600000001"}}'
    return type(said)(said.event_id, said.source, said.kind, said.data, body)


def pay(order: Order) -> Order:
    apply_bank_event(word=word(PaymentAttempt.objects.get(reference=order.pk)))
    order.refresh_from_db()
    return order


def bank_word(refund: Refund) -> Any:
    from marketplace.core.clock import now

    said = {"refund_id": refund.bank_id, "amount": refund.amount, "status": "SUCCESS"}
    return BankRefund.read(said | {"code": "00", "completed_at": now().isoformat()})


def tell_everybody() -> None:
    while waiting := list(OutboxEntry.objects.waiting().values_list("pk", flat=True)):
        for entry in waiting:
            outbox.deliver(entry)
        assert not OutboxEntry.objects.exclude(last_error="").exists()


def fresh_code(phone: str = PHONE) -> dict[str, Any]:
    """The challenge that a person answers who has just got a code."""
    SignInChallenge.objects.all().delete()
    challenge = start_sign_in(phone=phone, ip=None)
    return {"challenge_id": challenge.pk, "code": code_for(challenge.pk)}


def erase(person_id: UUID, phone: str = PHONE) -> None:
    erase_person(person_id=person_id, **fresh_code(phone))


def traces() -> dict[str, set[str]]:
    """Every table of the database where something of hers stands, and what."""
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for trace in TRACES:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" AS r WHERE lower(r::text) LIKE %s',
                    [f"%{trace}%"],
                )
                if cursor.fetchone()[0]:
                    found.setdefault(table, set()).add(trace)
    return found


def declined(order: Order) -> Return:
    return Return.objects.get(order=order)
