import pytest

from marketplace.accounts.services import register_person, set_name
from marketplace.core.clock import travel
from marketplace.notifications.recipients import Recipient
from marketplace.notifications.services import send

CODE = {"template": "sign_in_code", "context": {"minutes": 5}}


@pytest.fixture
def asha(db):
    person = register_person(phone="9876543210", name="Asha", language="en")
    recipient = Recipient(language="en", person_id=person.pk, phone="+919876543210")
    send(recipient=recipient, dedupe_key="a", secrets={"code": "111111"}, **CODE)
    return person


@pytest.fixture
def guest(db):
    recipient = Recipient(language="hi", phone="+919812345678")
    with travel(seconds=5):
        send(recipient=recipient, dedupe_key="g", secrets={"code": "222222"}, **CODE)


def shown(answer):
    return [(message.channel, message.body[:6]) for message, _ in answer.context["shown"]]


def test_everybodys_messages_newest_first(client, asha, guest):
    answer = client.get("/messages/")
    assert answer.status_code == 200
    assert shown(answer) == [("sms", "222222"), ("sms", "111111"), ("in_app", "111111")]
    assert "222222 आपका नुक्कड़ कोड है" in answer.text


@pytest.mark.parametrize("to", ["+919876543210", "987654", "asha", "Asha"])
def test_one_persons_messages_over_every_channel(client, asha, guest, to):
    answer = client.get("/messages/", {"to": to})
    assert shown(answer) == [("sms", "111111"), ("in_app", "111111")]


def test_nobodys_messages(client, asha):
    assert shown(client.get("/messages/", {"to": "nobody"})) == []


def test_what_a_message_says_is_never_markup(client, asha):
    set_name(person_id=asha.pk, name="<script>alert(1)</script>")
    assert "<script>alert" not in client.get("/messages/").text


def test_pages_cost_the_same_however_many_messages(client, asha, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get("/messages/")
    recipient = Recipient(language="en", person_id=asha.pk, phone="+919876543210")
    for n in range(40):
        send(recipient=recipient, dedupe_key=f"{n}", secrets={"code": "1"}, **CODE)
    with django_assert_num_queries(4):
        answer = client.get("/messages/")
    assert len(answer.context["shown"]) == 30
    assert answer.context["next"] == "?page=2"
    assert len(client.get("/messages/?page=3").context["shown"]) == 82 - 60


def test_there_is_no_such_page_where_messages_are_real(client, asha, settings):
    settings.LOCAL_MESSAGES = False
    assert client.get("/messages/").status_code == 404


def test_the_page_only_reads(client, asha):
    assert client.post("/messages/").status_code == 405


def test_whoever_has_no_name_yet_goes_by_their_phone(client, db):
    asha = register_person(phone="9876543210")
    recipient = Recipient(language="en", person_id=asha.pk, phone="+919876543210")
    send(recipient=recipient, dedupe_key="a", secrets={"code": "111111"}, **CODE)
    page = client.get("/messages/").text
    assert "+919876543210" in page
    assert str(asha.pk) not in page
