"""Who hears of a complaint, once, in their own language."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils.formats import date_format

from marketplace.accounts.services import set_language
from marketplace.core import outbox
from marketplace.core.clock import travel
from marketplace.core.models import OutboxEntry
from marketplace.notifications.models import Message
from orders.complaints import services
from orders.complaints.clock import chase_complaints
from tests.complaints.complaining import OFFICER, SHOP, answer, hers

pytestmark = pytest.mark.django_db
OFFICERS = settings.GRIEVANCE_OFFICER["email"]
CUSTOMER, OWNER, MANAGER = "+919810012345", "+919811111111", "+919822222222"


def told():
    """Run the consumers of what has happened, twice; the new texts by whom they reach over SMS or
    e-mail."""
    Message.objects.all().delete()
    for entry in OutboxEntry.objects.waiting().filter(event="complaint.moved").order_by("pk"):
        outbox.deliver(entry.pk)
        OutboxEntry.objects.filter(pk=entry.pk).update(done_at=None)
        outbox.deliver(entry.pk)
        entry.refresh_from_db()
        assert entry.done_at, entry.last_error
    sent = Message.objects.filter(channel__in=["sms", "email"]).order_by("pk")
    return {message.to: message.body for message in sent}


@pytest.fixture(autouse=True)
def quiet(order, shop):
    """What was told of the order itself."""
    OutboxEntry.objects.all().delete()


def test_filing_is_acknowledged_with_the_ticket_and_the_shop_is_told(complain, order, asha):
    made = complain()
    messages = told()
    assert set(messages) == {CUSTOMER, OWNER, MANAGER}
    day = date_format(made.resolve_by + timedelta(hours=5, minutes=30), "j M")
    assert messages[CUSTOMER] == (
        f"We have your complaint {made.number} about order {order.number}."
        f" It is settled by {day} at the latest. {settings.BASE_URL}/complaints/{made.pk}/"
    )
    assert "a customer complains about order" in messages[OWNER]
    assert f"/dashboard/{order.store_id}/complaints/{made.pk}/" in messages[OWNER]
    assert "ग्राहक की शिकायत" in messages[MANAGER]
    assert Message.objects.filter(channel="in_app", recipient_id=asha.pk).count() == 1


def test_what_is_about_nukkad_is_the_officers_mail(complain):
    made = complain(
        order_id=None, kind="other", wanted="answer", text="The map shows another town."
    )
    messages = told()
    assert set(messages) == {CUSTOMER, OFFICERS}
    assert messages[OFFICERS].startswith(f"Complaint {made.number}: something else.")
    assert "The map shows another town." in messages[OFFICERS]
    assert f"/staff/complaints/complaint/{made.pk}/change/" in messages[OFFICERS]


def test_each_word_reaches_the_others(complain):
    made = complain()
    told()
    answer(made, "We bring it tonight.")
    assert told() == {CUSTOMER: _about(made, "Gupta Kirana answered", "We bring it tonight.")}
    services.add_word(**hers(made), text="Nobody came.")
    messages = told()
    assert set(messages) == {OWNER, MANAGER}
    assert "the customer wrote" in messages[OWNER]
    assert "Nobody came." in messages[OWNER]
    services.ask_officer(**hers(made))
    messages = told()
    assert set(messages) == {OWNER, MANAGER, OFFICERS}
    services.answer_for_officer(complaint_id=made.pk, actor=OFFICER, text="We have asked.")
    messages = told()
    assert set(messages) == {CUSTOMER, OWNER, MANAGER}
    assert messages[CUSTOMER].startswith("The grievance officer answered")
    assert "शिकायत अधिकारी ने लिखा: We have asked." in messages[MANAGER]
    services.settle_for_officer(complaint_id=made.pk, actor=OFFICER, text="₹100 are paid back.")
    messages = told()
    assert "The grievance officer settled your complaint" in messages[CUSTOMER]
    assert "is settled by the grievance officer: ₹100 are paid back." in messages[OWNER]


def test_no_text_goes_to_the_shop_for_what_asks_nothing_new_of_it(complain):
    made = complain()
    told()
    services.add_word(**hers(made), text="And the milk.")
    assert told() == {}
    answer(made, "We bring both.")
    told()
    services.accept_answer(**hers(made))
    assert told() == {}
    in_app = Message.objects.filter(channel="in_app", template="shop_complaint_settled")
    assert in_app.count() == 2


def _about(complaint, who, words):
    link = f"{settings.BASE_URL}/complaints/{complaint.pk}/"
    return f"{who} your complaint {complaint.number}: {words} {link}"


def test_the_shop_settles_and_the_customer_may_say_no(complain):
    made = complain()
    told()
    services.settle_for_shop(
        store_id=made.store_id, complaint_id=made.pk, actor=SHOP, text="Brought the packet."
    )
    assert "settled your complaint" in told()[CUSTOMER]
    services.open_again(**hers(made), text="Nobody came.")
    assert set(told()) == {OWNER, MANAGER}
    services.accept_answer(**hers(made))
    assert told() == {}
    said = Message.objects.filter(template="shop_complaint_settled", language="en").get().body
    assert "is settled, the customer says" in said


def test_the_clock_tells_what_it_has_done(complain, asha):
    complain()
    told()
    with travel(days=1, seconds=60):
        chase_complaints()
        messages = told()
        assert set(messages) == {OWNER, MANAGER}
        assert "waits for your answer" in messages[OWNER]
    set_language(person_id=asha.pk, language="hi")
    with travel(days=2, seconds=60):
        chase_complaints()
        messages = told()
    assert set(messages) == {CUSTOMER, OWNER, MANAGER, OFFICERS}
    assert "समय पर जवाब नहीं दिया" in messages[CUSTOMER]
    with travel(days=27):
        chase_complaints()
        assert list(told()) == [OFFICERS]


def test_no_shop_is_reminded_of_what_it_has_answered(complain):
    made = complain()
    told()
    with travel(days=1, seconds=60):
        chase_complaints()
        answer(made)
        assert set(told()) == {CUSTOMER}


def test_closing_by_itself_says_until_when_it_can_be_opened(complain):
    answer(complain())
    told()
    with travel(days=7, seconds=60):
        chase_complaints()
        assert "you said nothing for 7 days" in told()[CUSTOMER]


def test_a_text_to_a_phone_is_two_parts_at_most(complain):
    """In English, with everything as long as it gets."""
    answer(complain(), "x" * 1000)
    assert all(len(body) <= 306 for body in told().values())
