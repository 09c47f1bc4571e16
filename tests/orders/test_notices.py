from pathlib import Path

import pytest
from django.conf import settings as configured

from marketplace.accounts.services import register_person, set_active, set_language
from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.models import OutboxEntry
from marketplace.core.outbox import deliver as run_consumer
from marketplace.notifications.channels.phone import sms_text
from marketplace.notifications.models import Message
from orders import services
from orders.notices import wording
from orders.services import Contact, delivery_code
from payments.settlement.models import Settlement
from payments.upi.bank_client import BankRefund
from payments.upi.models import PaymentAttempt, Refund
from payments.upi.services import apply_bank_event
from payments.upi.services.refunds import apply_refund
from stores.inventory.services import receive_stock
from stores.shops.services import add_staff
from tests.factories import make_listing, make_product, make_store
from tests.orders.building import ASHA, place_order
from tests.upi.words import payment_word

pytestmark = pytest.mark.django_db
BASE = configured.BASE_URL


@pytest.fixture
def shop():
    """A shop with an owner who reads English, a manager and a helper who read Hindi."""
    store = make_store(name="Gupta Kirana", name_hi="गुप्ता किराना", delivery_fee=0)
    for phone, role, language in (
        ("9811111111", "owner", "en"),
        ("9822222222", "manager", "hi"),
        ("9833333333", "helper", "hi"),
    ):
        person = register_person(phone=phone, name=role, language=language)
        add_staff(store_id=store.pk, person_id=person.pk, role=role)
    return store


@pytest.fixture
def listing(shop):
    product = make_product(name="Chakki atta", name_hi="चक्की आटा")
    return make_listing(shop, product=product, price=25000, on_hand=10, reorder_level=8)


@pytest.fixture
def customer():
    return register_person(phone="9810012345", name="Asha", language="en")


@pytest.fixture
def order(shop, listing, customer):
    return place_order(shop, {listing.pk: 1}, person_id=customer.pk, actor=f"person:{customer.pk}")


def step(name, order, **more):
    more.setdefault("actor", "person:shopkeeper")
    return getattr(services, name)(store_id=order.store_id, order_id=order.pk, **more)


def told(event=None):
    """Run the consumers of what has happened; the new texts as (to, channel, body)."""
    Message.objects.all().delete()
    entries = OutboxEntry.objects.waiting().order_by("pk")
    for entry in entries.filter(event=event) if event else entries:
        run_consumer(entry.pk)
        entry.refresh_from_db()
        assert entry.done_at, entry.last_error
    return [(each.to, each.channel, each.body) for each in Message.objects.order_by("pk")]


def sms(messages, phone):
    return [body for to, channel, body in messages if (to, channel) == (phone, "sms")]


def test_placed_order_is_told_to_the_customer_and_to_all_who_work_on_orders(order, customer, shop):
    messages = told()
    text = f"Order {order.number} placed with Gupta Kirana: ₹250, to be paid in cash. "
    assert sms(messages, "+919810012345") == [f"{text}{BASE}/orders/{order.pk}/"]
    assert (str(customer.pk), "in_app", f"{text}{BASE}/orders/{order.pk}/") in messages
    board = f"{BASE}/dashboard/{shop.pk}/"
    assert sms(messages, "+919811111111") == [
        f"New order {order.number} for Gupta Kirana: ₹250, cash, deliver to 110001. {board}"
    ]
    for phone in ("+919822222222", "+919833333333"):
        assert sms(messages, phone) == [
            f"गुप्ता किराना का नया ऑर्डर {order.number}: ₹250, नकद, 110001 पहुँचाना है। {board}"
        ]
    assert len(messages) == 8


def test_customer_follows_a_delivery_by_messages(order):
    told()
    link = f" {BASE}/orders/{order.pk}/"
    step("accept", order)
    assert sms(told(), ASHA.phone) == [
        f"Gupta Kirana accepted your order {order.number} of ₹250.{link}"
    ]
    step("pack", order)
    packed = told("order.packed")
    assert [(channel, body) for _, channel, body in packed] == [
        ("in_app", f"Gupta Kirana has packed your order {order.number}.{link}")
    ]
    told()
    step("dispatch", order)
    (out,) = sms(told(), ASHA.phone)
    assert out.startswith(f"Order {order.number} left Gupta Kirana at ")
    assert f"Your code: {delivery_code(order)}. Cash: ₹250." in out
    step("deliver", order)
    (done,) = sms(told(), ASHA.phone)
    assert done.startswith(f"Order {order.number} from Gupta Kirana, ₹250, was delivered at ")


def test_order_to_be_collected(shop, listing, customer):
    order = place_order(
        shop, {listing.pk: 1}, person_id=customer.pk, fulfilment="pickup", address=None
    )
    assert "customer collects" in sms(told(), "+919811111111")[0]
    for name in ("accept", "pack", "ready_for_pickup"):
        step(name, order)
    (ready,) = [body for body in sms(told(), ASHA.phone) if " ready at " in body]
    assert f"Your code: {delivery_code(order)}. Cash: ₹250." in ready
    step("deliver", order)
    assert "was collected at" in sms(told(), ASHA.phone)[0]


def test_guest_is_told_by_sms_in_the_language_of_the_order(shop, listing):
    order = place_order(
        shop, {listing.pk: 1}, contact=Contact(name="R", phone="+919899999999", language="hi")
    )
    mine = [each for each in told() if each[0] == "+919899999999"]
    text = f"ऑर्डर {order.number} गुप्ता किराना को मिल गया: ₹250, नकद देना है। "
    assert mine == [("+919899999999", "sms", f"{text}{BASE}/orders/{order.pk}/")]


def test_person_is_told_in_the_language_they_chose_since(order, customer):
    set_language(person_id=customer.pk, language="hi")
    assert "को मिल गया" in sms(told(), ASHA.phone)[0]


def test_customer_who_cancels_hears_so_and_so_does_the_shop(order, customer):
    told()
    step("cancel", order, actor=f"person:{customer.pk}", reason="changed my mind")
    messages = told()
    link = f"{BASE}/orders/{order.pk}/"
    assert sms(messages, ASHA.phone) == [
        f"Order {order.number} with Gupta Kirana was cancelled. {link}"
    ]
    (owner,) = sms(messages, "+919811111111")
    assert owner.startswith(
        f"Order {order.number} for Gupta Kirana, ₹250, was cancelled by the customer. "
    )


def test_shop_that_cancels_is_not_told_what_it_did(order):
    told()
    step("cancel", order, reason="nobody at home")
    assert {to for to, _, _ in told()} == {ASHA.phone, str(order.person_id)}


def test_rejection_gives_the_shops_reason(order):
    told()
    step("reject", order, reason="No milk today")
    assert sms(told(), ASHA.phone)[0].startswith(
        f"Gupta Kirana could not take order {order.number}: No milk today. {BASE}"
    )


def test_money_that_comes_back_is_told_twice_when_promised_and_when_paid(shop, listing, customer):
    order = place_order(shop, {listing.pk: 1}, person_id=customer.pk, payment_method="upi")
    assert told() == []
    apply_bank_event(word=payment_word(PaymentAttempt.objects.get()))
    assert "paid by UPI" in sms(told("order.confirmed"), ASHA.phone)[0]
    step("reject", order, reason="No milk today")
    assert "₹250 goes back to your UPI account." in sms(told("order.rejected"), ASHA.phone)[0]
    refund = Refund.objects.get()
    apply_refund(BankRefund(refund.bank_id, refund.amount, "SUCCESS", "00", "123456789012", now()))
    assert sms(told("refund.done"), ASHA.phone) == [
        f"₹250 for order {order.number} with Gupta Kirana was sent back to your UPI account. "
        f"{BASE}/orders/{order.pk}/"
    ]


def test_unpaid_order_that_lapses_is_none_of_the_shops_business(shop, listing, customer):
    order = place_order(shop, {listing.pk: 1}, person_id=customer.pk, payment_method="upi")
    step("cancel", order, actor="system", reason="out of stock")
    messages = told()
    assert {to for to, _, _ in messages} == {ASHA.phone, str(customer.pk)}
    assert "was cancelled: out of stock." in sms(messages, ASHA.phone)[0]


def test_reasons_of_the_product_are_told_in_the_customers_language(shop, listing, monkeypatch):
    order = place_order(shop, {listing.pk: 1})
    step("cancel", order, actor="system", reason="out of stock")
    monkeypatch.setattr(wording, "gettext", {"out of stock": "माल ख़त्म"}.get)
    assert "रद्द हो गया: माल ख़त्म।" in sms(told("order.cancelled"), ASHA.phone)[0]


@pytest.mark.parametrize("ending", ["cancel", "reject"])
def test_late_news_never_contradicts_how_the_order_ended(order, ending):
    step("accept", order)
    step(ending, order, reason="closed")
    assert told("order.confirmed") == []
    assert told("order.accepted") == []
    assert len(sms(told(), ASHA.phone)) == 1


def test_late_news_of_the_way_asks_for_nothing_any_more(order):
    for name in ("accept", "pack", "dispatch", "deliver"):
        step(name, order)
    (delivered,) = sms(told("order.delivered"), ASHA.phone)
    assert "was delivered" in delivered
    (late,) = sms(told("order.out_for_delivery"), ASHA.phone)
    assert late.startswith(f"Order {order.number} left Gupta Kirana at ")
    assert "code" not in late
    assert "Cash" not in late


def test_every_consumer_may_run_again(order):
    told()
    before = Message.objects.count()
    OutboxEntry.objects.update(done_at=None)
    for entry in OutboxEntry.objects.waiting():
        run_consumer(entry.pk)
    assert Message.objects.count() == before


def test_low_stock_is_told_to_those_who_can_order_more(shop, listing):
    order = place_order(shop, {listing.pk: 3})
    step("accept", order)
    step("pack", order)
    messages = told("stock.low")
    stock = f"{BASE}/dashboard/{shop.pk}/stock/reorder/"
    assert sms(messages, "+919811111111") == [
        f"Running low at Gupta Kirana: Chakki atta 5 kg, 7 pc left. {stock}"
    ]
    assert len(sms(messages, "+919822222222")) == 1
    assert sms(messages, "+919833333333") == []


def test_low_stock_that_was_filled_up_meanwhile_is_not_told(shop, listing):
    order = place_order(shop, {listing.pk: 3})
    step("accept", order)
    step("pack", order)
    receive_stock(store_id=shop.pk, listing_id=listing.pk, quantity=50, actor="system")
    assert told("stock.low") == []


def test_payout_is_told_to_the_owner_alone(shop):
    settlement = Settlement.objects.create(
        store_id=shop.pk,
        business_date="2026-11-21",
        seq=1,
        key="settle:1",
        net=123450,
        state="confirmed",
        paid_at=now(),
    )
    payload = {"settlement_id": str(settlement.pk), "store_id": str(shop.pk)}
    outbox.publish("settlement.paid", payload, store_id=shop.pk)
    messages = told()
    assert sms(messages, "+919811111111") == [
        "₹1,234.50 for Gupta Kirana up to 21 Nov 2026 was paid to gupta@nkbank. "
        f"{BASE}/dashboard/{shop.pk}/settlements/"
    ]
    assert {channel for _, channel, _ in messages} == {"in_app", "sms"}
    assert len(messages) == 2


def test_closed_account_of_a_helper_hears_nothing(shop, order):
    helper = shop.staff.get(role="helper").person_id
    set_active(person_id=helper, is_active=False)
    assert sms(told(), "+919833333333") == []


NOTICES = Path(configured.ROOT) / "templates" / "notices"


def test_every_text_is_there_in_every_language():
    texts = {path.name for path in NOTICES.glob("*.txt")}
    names = {name.split(".")[0] for name in texts}
    assert texts == {
        f"{name}.{language}.txt" for name in names for language, _ in configured.LANGUAGES
    }


def test_english_texts_fit_one_sms(shop, listing, customer, settings):
    """With a long name and a real address, as an operator counts: 160 characters of one byte."""
    settings.BASE_URL = "https://nukkad.in"
    shop.name, shop.name_hi = "Shri Balaji General Store", ""
    shop.save()
    order = place_order(shop, {listing.pk: 4}, person_id=customer.pk)
    bodies = [body for _, channel, body in told() if channel == "sms"]
    for name in ("accept", "pack", "dispatch", "deliver"):
        step(name, order)
        bodies += [body for _, channel, body in told() if channel == "sms"]
    second = place_order(shop, {listing.pk: 1}, person_id=customer.pk)
    step("cancel", second, actor=f"person:{customer.pk}", reason="")
    bodies += [body for _, channel, body in told() if channel == "sms"]
    english = [sms_text(body) for body in bodies if sms_text(body).isascii()]
    assert len(english) >= 8
    assert {body for body in english if len(body) > 160} == set()
