from datetime import timedelta

import pytest
from django.core import mail

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from marketplace.notifications import gateways
from marketplace.notifications.channels.phone import sms_text
from marketplace.notifications.models import Message
from marketplace.notifications.recipients import Recipient
from marketplace.notifications.services import NotSent, render, send

ASHA = Recipient(language="en", person_id=uuid7(), phone="+919876543210", email="asha@example.in")
CODE = {"template": "sign_in_code", "context": {"minutes": 5}, "secrets": {"code": "135790"}}
SHOWN = "135790 is your Nukkad code. It works for 5 minutes. Never tell it to anybody."
MASKED = "•••••• is your Nukkad code. It works for 5 minutes. Never tell it to anybody."


def test_every_channel_that_reaches_the_person_gets_it(db):
    send(recipient=ASHA, dedupe_key="a", channels=("in_app", "sms", "email", "whatsapp"), **CODE)
    sent = {message.channel: message for message in Message.objects.all()}
    assert {channel: message.to for channel, message in sent.items()} == {
        "in_app": str(ASHA.person_id),
        "sms": "+919876543210",
        "email": "asha@example.in",
        "whatsapp": "+919876543210",
    }
    assert all(message.sent_at and message.body == SHOWN for message in sent.values())


def test_a_channel_without_an_address_is_left_out(db):
    guest = Recipient(language="hi", phone="+919876543210")
    assert [each.channel for each in send(recipient=guest, dedupe_key="a", **CODE)] == ["sms"]


def test_the_same_key_sends_once_per_channel(db, provider):
    for _ in range(3):
        send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
    send(recipient=ASHA, dedupe_key="a", channels=("sms", "in_app"), **CODE)
    assert len(provider.requests) == 1
    assert Message.objects.count() == 2


def test_text_is_in_the_recipients_language(db):
    hindi = Recipient(language="hi", phone="+919876543210")
    (message,) = send(recipient=hindi, dedupe_key="a", **CODE)
    assert message.body == "135790 आपका नुक्कड़ कोड है, 5 मिनट तक चलेगा। इसे किसी को न बताएँ।"


def test_a_notice_that_is_not_written_in_a_language_goes_out_in_english_and_says_so(db, provider):
    tamil = Recipient(language="ta", phone="+919876543210")
    (message,) = send(recipient=tamil, dedupe_key="a", channels=("sms",), **CODE)
    assert (message.body, message.language) == (SHOWN, "en")
    assert provider.requests[0].body["language"] == "en"


def test_names_are_not_escaped_as_html():
    body = render(
        "shop_low_stock",
        "en",
        {"shop": "A & B's", "product": "Dal <toor>", "left": "2 kg", "link": "https://n.in/"},
    )
    assert body == "Running low at A & B's: Dal <toor>, 2 kg left. https://n.in/"


def test_code_goes_out_in_clear_and_is_kept_masked(db, provider, settings):
    settings.LOCAL_MESSAGES = False
    (message,) = send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
    message.refresh_from_db()
    assert message.body == MASKED
    assert provider.requests[0].body["text"] == SHOWN


def test_email_goes_through_django(db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send(recipient=ASHA, dedupe_key="a", channels=("email",), **CODE)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject, letter.body) == (
        ["asha@example.in"],
        "135790 is your Nukkad code",
        SHOWN,
    )


def test_gateway_gets_everything_it_needs(db, provider):
    (message,) = send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
    (request,) = provider.requests
    assert request.headers["Authorization"] == "Bearer key of the gateway"
    assert request.headers["Idempotency-Key"] == str(message.pk)
    assert request.body == {
        "channel": "sms",
        "from": "NUKKAD",
        "to": "+919876543210",
        "template": "sign_in_code",
        "language": "en",
        "text": SHOWN,
    }
    message.refresh_from_db()
    assert (message.outcome, message.held_until) == ("sms-1", None)


def test_gateway_that_is_down_is_asked_again_under_the_same_key(db, provider):
    provider.answers = [503, 429, 401]
    for _ in range(3):
        with pytest.raises(NotSent):
            send(recipient=ASHA, dedupe_key="a", **CODE)
    unsent = Message.objects.get(channel="sms")
    assert (unsent.sent_at, unsent.refused_at, unsent.outcome) == (None, None, "401")
    assert Message.objects.get(channel="in_app").sent_at
    send(recipient=ASHA, dedupe_key="a", **CODE)
    assert Message.objects.get(channel="sms").sent_at
    assert {each.headers["Idempotency-Key"] for each in provider.requests} == {str(unsent.pk)}
    assert len(provider.requests) == 4


def test_nobody_listening_is_not_sent(db, provider):
    provider.close()
    with pytest.raises(NotSent, match="sms: ConnectError"):
        send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)


def test_number_that_the_gateway_refuses_is_not_tried_again(db, provider):
    provider.answers = [422]
    for _ in range(2):
        send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
    message = Message.objects.get()
    assert message.sent_at is None
    assert message.refused_at is not None
    assert message.outcome.startswith("422")
    assert len(provider.requests) == 1


def test_message_another_worker_is_sending_is_left_to_it_until_it_dies(db, provider):
    provider.answers = [503]
    with pytest.raises(NotSent):
        send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
    Message.objects.update(held_until=now() + timedelta(seconds=30))
    with pytest.raises(NotSent, match="another worker"):
        send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
    assert len(provider.requests) == 1
    Message.objects.update(held_until=now() - timedelta(seconds=1))
    send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
    assert len(provider.requests) == 2


def test_sent_from_two_workers_at_once_goes_out_once(two_connections, provider):
    def once():
        try:
            send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
        except NotSent:
            return "left to the other"
        return "sent"

    provider.delay = 0.3
    assert sorted(two_connections(once)) == ["left to the other", "sent"]
    assert len(provider.requests) == 1


def test_local_gateway_only_records(db, settings):
    settings.MESSAGE_GATEWAY_URL = None
    assert isinstance(gateways.gateway(), gateways.RecordingGateway)
    (message,) = send(recipient=ASHA, dedupe_key="a", channels=("sms",), **CODE)
    assert message.sent_at


@pytest.mark.parametrize(
    ("text", "sms"),
    [
        ("Paid ₹1,250 to you", "Paid Rs 1,250 to you"),
        ("गुप्ता किराना: ₹1,250", "गुप्ता किराना: ₹1,250"),
        ("plain", "plain"),
    ],
)
def test_rupee_sign_does_not_make_an_english_sms_dear(text, sms):
    assert sms_text(text) == sms
