"""What nobody needs any more goes by itself, and what somebody needs stays."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.accounts.models import Session, SignInChallenge
from marketplace.accounts.services import register_person
from marketplace.core.clock import now
from marketplace.notifications.models import Message
from orders.models import Cart
from orders.personal.retention import throw_away_old
from orders.tasks import throw_away_what_is_old
from tests.factories import make_store
from tests.personal.living import PHONE, erase

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def basket(store, age, **owner):
    return Cart.objects.create(store=store, updated_at=now() - age, **owner)


def code(age):
    moment = now() - age
    return SignInChallenge.objects.create(
        phone=PHONE, created_at=moment, expires_at=moment + timedelta(minutes=5)
    )


def message(age):
    return Message.objects.create(
        to=PHONE,
        channel="sms",
        template="x",
        language="hi",
        body="x",
        dedupe_key=str(uuid4()),
        created_at=now() - age,
    )


def session(left):
    key = uuid4().hex
    return Session.objects.create(session_key=key, session_data="", expire_date=now() + left)


def test_each_goes_when_its_time_is_over_and_not_before():
    store, person = make_store(), register_person(phone="9876500001")
    months = timedelta(days=60)
    stays = [
        basket(store, months - MINUTE, guest=uuid4()),
        basket(store, months * 9, person_id=person.pk),
        code(timedelta(days=2) - MINUTE),
        message(timedelta(days=180) - MINUTE),
        session(MINUTE),
    ]
    basket(store, months + MINUTE, guest=uuid4())
    code(timedelta(days=2) + MINUTE)
    message(timedelta(days=180) + MINUTE)
    session(-MINUTE)
    assert throw_away_old() == {
        "baskets": 1,
        "erased_baskets": 0,
        "erased_messages": 0,
        "codes": 1,
        "messages": 1,
        "sessions": 1,
    }
    left = [
        row for model in (Cart, SignInChallenge, Message, Session) for row in model.objects.all()
    ]
    assert {row.pk for row in left} == {row.pk for row in stays}


def test_a_basket_filled_while_its_person_was_erased_goes():
    person = register_person(phone=PHONE, name="Zarina")
    erase(person.pk)
    late = basket(make_store(), timedelta(), person_id=person.pk)
    throw_away_what_is_old()
    assert not Cart.objects.filter(pk=late.pk).exists()


def test_it_goes_in_parts(monkeypatch):
    monkeypatch.setattr("orders.personal.retention.AT_ONCE", 2)
    for _ in range(5):
        message(timedelta(days=181))
    assert throw_away_old()["messages"] == 5


def test_beat_does_it_every_night():
    from marketplace.celery import app

    scheduled = {each["task"] for each in app.conf.beat_schedule.values()}
    assert scheduled >= {
        "orders.tasks.throw_away_what_is_old",
        "orders.tasks.forget_buyers_of_old_bills",
    }
    app.loader.import_default_modules()
    assert scheduled <= set(app.tasks)


def test_a_notice_that_was_under_way_when_its_person_was_erased_goes_too():
    person, other = register_person(phone=PHONE), register_person(phone="9876500002")
    erase(person.pk)
    late, hers = message(timedelta(0)), message(timedelta(0))
    Message.objects.filter(pk=late.pk).update(recipient_id=person.pk)
    Message.objects.filter(pk=hers.pk).update(recipient_id=other.pk)
    assert throw_away_old()["erased_messages"] == 1
    assert not Message.objects.filter(pk=late.pk).exists()
    assert Message.objects.filter(pk=hers.pk).exists()
