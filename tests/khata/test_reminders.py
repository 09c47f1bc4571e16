"""Customers are asked for what they owe: when the shop taps, or by themselves, and never too often."""

from uuid import uuid4

import pytest

from marketplace.accounts.services import register_person
from marketplace.core.clock import travel
from marketplace.core.errors import InvalidInput
from marketplace.notifications.models import Message
from payments.khata import services
from payments.khata.errors import NothingOwed, RemindedLately
from payments.khata.tasks import remind_customers
from tests.factories import make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def khata():
    return services.open_khata(
        store_id=make_store().pk, phone="9811111111", name="Asha", limit=1_000_00, actor="x"
    )


def owe(khata, amount):
    services.charge(
        store_id=khata.store_id,
        khata_id=khata.pk,
        kind="carried",
        amount=amount,
        key=str(uuid4()),
        actor="x",
    )


def remind(khata):
    services.remind(store_id=khata.store_id, khata_id=khata.pk)


def have_reminded(khata, every):
    services.set_reminders(store_id=khata.store_id, khata_id=khata.pk, every=every)


def sent(deliver_due):
    deliver_due()
    return list(Message.objects.filter(channel="sms").order_by("id").values_list("to", "body"))


def test_the_customer_is_told_what_is_owed_and_where_to_pay(khata, deliver_due, settings):
    owe(khata, 120_50)
    with travel(days=2):
        owe(khata, 79_50)
        remind(khata)
        [(to, body)] = sent(deliver_due)
    assert to == "+919811111111"
    assert "₹200 बाक़ी" in body
    assert f"{settings.BASE_URL}/khata/{khata.pk}/" in body


def test_whoever_has_an_account_is_told_in_its_language(khata, deliver_due):
    register_person(phone="9811111111", name="Asha", language="en")
    owe(khata, 120_50)
    remind(khata)
    [(_to, body)] = sent(deliver_due)
    assert body.startswith("₹120.50 is on your khata at Gupta Kirana, the oldest of it since ")


def test_nobody_is_reminded_of_nothing_or_twice_in_three_days(khata, deliver_due):
    with pytest.raises(NothingOwed):
        remind(khata)
    owe(khata, 100)
    remind(khata)
    with pytest.raises(RemindedLately), travel(days=2):
        remind(khata)
    with travel(days=3):
        remind(khata)
        assert len(sent(deliver_due)) == 2


def test_what_is_paid_before_the_reminder_leaves_is_not_asked_for(khata, deliver_due):
    owe(khata, 100)
    remind(khata)
    services.pay_back_cash(
        store_id=khata.store_id, khata_id=khata.pk, amount=100, key="all", actor="x"
    )
    assert sent(deliver_due) == []


def test_by_itself_it_goes_out_every_so_many_days_while_something_is_owed(khata, deliver_due):
    have_reminded(khata, 7)
    remind_customers()
    assert sent(deliver_due) == []
    with travel(days=1):
        owe(khata, 100)
    reminded = []
    for day in range(2, 30):
        with travel(days=day, seconds=60):
            remind_customers()
            reminded += [day] * (len(sent(deliver_due)) - len(reminded))
            if day == 16:
                services.pay_back_cash(
                    store_id=khata.store_id, khata_id=khata.pk, amount=100, key="all", actor="x"
                )
    assert reminded == [8, 15]


def test_a_shop_that_wants_none_sends_none(khata, deliver_due):
    have_reminded(khata, 7)
    have_reminded(khata, None)
    owe(khata, 100)
    with travel(days=40):
        remind_customers()
        assert sent(deliver_due) == []
    with pytest.raises(InvalidInput):
        have_reminded(khata, 1)


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_send_one(khata, deliver_due, two_connections):
    owe(khata, 100)
    assert sorted(two_connections(lambda: remind(khata) or "sent")) == ["reminded_lately", "sent"]
    assert len(sent(deliver_due)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_remind_once(khata, deliver_due, two_connections):
    have_reminded(khata, 7)
    owe(khata, 100)
    with travel(days=8):
        two_connections(remind_customers)
        assert len(sent(deliver_due)) == 1
