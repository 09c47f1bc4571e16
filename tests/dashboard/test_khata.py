"""The khata from the shop's phone: opened, bought on at the counter, paid back, struck out, closed."""

import html
import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from marketplace.notifications.models import Message
from orders import services
from orders.models import CounterSale
from payments.khata.models import Khata, KhataEntry
from payments.khata.selectors import owed_by
from payments.khata.services import charge, open_khata, pay_back_cash
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_product
from tests.orders.building import deliver_order, place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def khata(store):
    return open_khata(
        store_id=store.pk, phone="9811111119", name="Asha Devi", limit=500_00, actor="person:x"
    )


@pytest.fixture
def debt(khata):
    return charge(
        store_id=khata.store_id,
        khata_id=khata.pk,
        kind="carried",
        amount=300_00,
        key="old",
        actor="person:x",
        note="from the notebook",
    )


@pytest.fixture
def ghee(store):
    return make_listing(
        store, product=make_product(name="Ghee", ean="8901063010031"), price=150_00, mrp=160_00
    )


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def on_the_counter(person, ghee):
    """Ring up one ghee; what the form for paying would send."""
    person.post("counter-ring-up", {"listing": str(ghee.pk)})
    page = text(person.get("counter"))
    return {name: hidden(page, name) for name in ("ticket", "cash_total", "upi_total")}


def write(person, screen, khata, amount, **more):
    prefix = {"khata-receive": "received", "khata-carry": "carried"}[screen]
    key = re.search(rf'name="{prefix}-key" value="(\w+)"', page_of(person, khata))[1]
    typed = {f"{prefix}-amount": amount, f"{prefix}-note": "", f"{prefix}-key": key} | more
    return person.post(screen, typed, khata_id=khata.pk)


def page_of(person, khata):
    return text(person.get("khata", khata_id=khata.pk))


def test_a_khata_is_opened_with_what_stands_in_the_notebook(manager, store):
    typed = {"name": "Asha Devi", "phone": "98111 11119", "limit": "500", "carried": "120.50"}
    assert manager.post("khata-new", typed).status_code == 302
    khata = Khata.objects.get()
    assert (khata.store_id, khata.phone, khata.limit) == (store.pk, "+919811111119", 500_00)
    assert owed_by(khata) == 120_50
    page = text(manager.get("khatas"))
    assert "Asha Devi" in page
    assert "₹120.50" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"phone": "12"}, "mobile number"),
        ({"phone": "9811111119"}, "has a khata already"),
        ({"name": ""}, "required"),
        ({"limit": "lots"}, "amount in rupees"),
        ({"limit": "100001"}, "1,00,000"),
        ({"carried": "501"}, "at most"),
    ],
)
def test_a_mistake_opens_nothing_and_loses_nothing(manager, khata, typed, words):
    good = {"name": "Ravi", "phone": "9811111118", "limit": "500", "carried": ""}
    answer = manager.post("khata-new", good | typed)
    assert answer.status_code == 422
    assert words in text(answer)
    assert f'value="{typed.get("limit", "500")}"' in text(answer)
    assert list(Khata.objects.all()) == [khata]


def test_a_sale_goes_on_the_khata_of_whom_one_chooses(helper, khata, ghee):
    paying = on_the_counter(helper, ghee)
    answer = helper.post(
        "counter-finish", paying | {"paid_by": "khata", "khata": str(khata.pk)}, follow=True
    )
    assert "Sold for ₹150. Asha Devi owes ₹150 now." in text(answer)
    assert "On khata" in text(answer)
    sale = CounterSale.objects.get()
    assert (sale.paid_by, sale.khata_id, sale.rounding) == ("khata", khata.pk, 0)
    entry = KhataEntry.objects.get()
    assert (entry.kind, entry.reference, entry.amount) == ("sale", sale.pk, 150_00)
    helper.post("counter-finish", paying | {"paid_by": "khata", "khata": str(khata.pk)})
    assert owed_by(khata) == 150_00


def test_nothing_is_sold_on_nobodys_khata_nor_over_the_limit(helper, khata, debt, ghee):
    paying = on_the_counter(helper, ghee) | {"paid_by": "khata"}
    nobody = helper.post("counter-finish", paying)
    assert nobody.status_code == 422
    assert "Choose on whose khata" in text(nobody)
    khata.limit = 400_00
    khata.save()
    over = helper.post("counter-finish", paying | {"khata": str(khata.pk)})
    assert over.status_code == 409
    assert "Asha Devi owes ₹300 of at most ₹400: only ₹100 more on khata." in text(over)
    assert f'value="{khata.pk}" selected' in text(over)
    stranger = helper.post("counter-finish", paying | {"khata": str(uuid4())})
    assert stranger.status_code == 409
    assert not CounterSale.objects.exists()
    ghee.refresh_from_db()
    assert ghee.on_hand == 10


def test_the_choice_of_a_khata_does_not_matter_to_cash(helper, khata, ghee):
    paying = on_the_counter(helper, ghee) | {"paid_by": "cash", "khata": str(khata.pk)}
    helper.post("counter-finish", paying)
    assert CounterSale.objects.get().khata_id is None
    assert owed_by(khata) == 0


def test_money_received_is_written_down_once(manager, khata, debt):
    page = page_of(manager, khata)
    key = re.search(r'name="received-key" value="(\w+)"', page)[1]
    typed = {"received-amount": "120", "received-note": "Diwali", "received-key": key}
    for _ in range(2):
        answer = manager.post("khata-receive", typed, khata_id=khata.pk, follow=True)
    assert "Asha Devi owes ₹180 now." in text(answer)
    assert "Diwali" in page_of(manager, khata)
    too_much = write(manager, "khata-receive", khata, "181")
    assert too_much.status_code == 422
    assert "Only ₹180 is owed." in text(too_much)
    assert 'value="181"' in text(too_much)
    assert owed_by(khata) == 180_00


def test_what_was_given_without_a_bill_is_added_up_to_the_limit(manager, khata, debt):
    assert write(manager, "khata-carry", khata, "200").status_code == 302
    over = write(manager, "khata-carry", khata, "0.01")
    assert over.status_code == 422
    assert "of at most ₹500" in text(over)
    assert owed_by(khata) == 500_00


def test_a_slip_is_struck_out_and_stays_readable(manager, khata, debt):
    page = page_of(manager, khata)
    assert manager.url("khata-undo", khata_id=khata.pk, entry_id=debt.pk) in page
    manager.post("khata-undo", khata_id=khata.pk, entry_id=debt.pk)
    page = page_of(manager, khata)
    assert "<s>Carried over</s>" in page
    assert owed_by(khata) == 0
    again = manager.post("khata-undo", khata_id=khata.pk, entry_id=debt.pk, follow=True)
    assert "cannot be struck out" in text(again)
    assert manager.post("khata-undo", khata_id=khata.pk, entry_id=uuid4()).status_code == 404


def test_the_reminder_is_a_message_to_look_at(manager, khata, debt, settings):
    page = page_of(manager, khata)
    address = re.search(r'href="(https://wa\.me/[^"]+)"', page)[1]
    assert urlsplit(address).path == "/919811111119"
    assert parse_qs(urlsplit(address).query)["text"] == [
        "Namaste Asha Devi, ₹300 is on your khata at Gupta Kirana."
        f" {settings.BASE_URL}/khata/{khata.pk}/"
    ]


def test_name_and_limit_change_and_a_paid_khata_is_closed(manager, khata, debt):
    manager.post("khata-change", {"name": "Asha", "limit": "50"}, khata_id=khata.pk)
    assert "at most ₹50, ₹0 left" in page_of(manager, khata)
    owed = manager.post("khata-close", khata_id=khata.pk, follow=True)
    assert "₹300 is still owed." in text(owed)
    write(manager, "khata-receive", khata, "300")
    manager.post("khata-close", khata_id=khata.pk)
    assert manager.url("khata", khata_id=khata.pk) not in text(manager.get("khatas"))
    page = page_of(manager, khata)
    assert "Closed on" in page
    assert "<form" not in page.split("<main")[1].split("</main")[0]


def test_the_book_is_for_managers_and_of_this_shop(helper, manager, khata):
    assert helper.get("khatas").status_code == 403
    assert helper.get("khata", khata_id=khata.pk).status_code == 403
    Khata.objects.update(store_id=uuid4())
    assert manager.get("khata", khata_id=khata.pk).status_code == 404
    for screen in ("khata-receive", "khata-carry", "khata-change", "khata-close"):
        assert manager.post(screen, khata_id=khata.pk).status_code == 404


def test_the_list_costs_five_statements(manager, khata, debt, django_assert_num_queries):
    manager.get("khatas")
    with django_assert_num_queries(5):
        manager.get("khatas")


def test_one_khata_costs_the_same_however_long(manager, khata, debt, django_assert_num_queries):
    for number in range(8):
        charge(
            store_id=khata.store_id,
            khata_id=khata.pk,
            kind="carried",
            amount=1_00,
            key=str(number),
            actor="person:x",
        )
    manager.get("khata", khata_id=khata.pk)
    with django_assert_num_queries(7):
        manager.get("khata", khata_id=khata.pk)


def test_an_order_on_khata_needs_no_money_at_the_door(manager, helper, store, khata, ghee):
    order = place_order(store, {ghee.pk: 2}, payment_method="khata", khata_id=khata.pk)
    assert "On khata" in text(helper.get("board"))
    page = page_of(manager, khata)
    assert "₹320 more is on order" in page
    assert "at most ₹500, ₹180 left" in page
    about = {"store_id": store.pk, "order_id": order.pk, "actor": "person:x"}
    for step in (services.accept, services.pack, services.dispatch):
        step(**about)
    page = html.unescape(text(helper.get("deliver", order_id=order.pk)))
    assert "₹320 goes on the customer's khata: nothing to collect." in page
    services.deliver(**about)
    page = page_of(manager, khata)
    assert f"Ordered · {order.number}" in page
    assert "more is on order" not in page


def test_the_shopkeeper_is_told_what_to_give_back_in_cash(manager, store, khata, ghee):
    order = deliver_order(store, {ghee.pk: 2}, payment_method="khata", khata_id=khata.pk)
    pay_back_cash(store_id=store.pk, khata_id=khata.pk, amount=250_00, key="part", actor="person:x")
    asked = services.ask_return(
        store_id=store.pk,
        order_id=order.pk,
        actor="person:x",
        reason="not_needed",
        lines={order.lines.get().pk: 1},
    )
    page = text(manager.get("order", order_id=order.pk))
    assert "Taken back, ₹150 off the khata" in page
    done = manager.post("return-take", order_id=order.pk, return_id=asked.pk, follow=True)
    assert "₹70 is off the khata; give the customer ₹80 in cash." in text(done)


def test_the_khata_is_had_as_a_pdf_to_share(manager, khata, debt, deliver_due):
    assert "statement.pdf" in page_of(manager, khata)
    assert manager.get("khata-statement", khata_id=khata.pk).status_code == 202
    deliver_due()
    made = manager.get("khata-statement", khata_id=khata.pk)
    assert made.content.startswith(b"%PDF-")


def test_the_customer_is_reminded_by_a_tap_and_by_the_rule(manager, khata, debt, deliver_due):
    done = manager.post("khata-remind", khata_id=khata.pk, follow=True)
    assert "A reminder goes to Asha Devi, +919811111119." in text(done)
    deliver_due()
    assert Message.objects.filter(to="+919811111119", template="khata_reminder").exists()
    again = manager.post("khata-remind", khata_id=khata.pk, follow=True)
    assert "has been reminded already" in text(again)
    assert "Reminded on" in text(again)
    typed = {"name": "Asha Devi", "limit": "500", "remind_every": "15"}
    manager.post("khata-change", typed, khata_id=khata.pk)
    khata.refresh_from_db()
    assert khata.remind_every == 15
    wrong = manager.post("khata-change", typed | {"remind_every": "2"}, khata_id=khata.pk)
    assert wrong.status_code == 422
