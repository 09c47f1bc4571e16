"""What customer, shop and officer say and do, and what comes of it."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import F

from marketplace.accounts.services import register_person
from marketplace.core.clock import travel
from marketplace.core.errors import InvalidInput
from marketplace.core.models import OutboxEntry
from orders.complaints import services
from orders.complaints.deadlines import one_month_after
from orders.complaints.errors import (
    ComplaintMoved,
    EnoughForToday,
    NotComplainable,
    NothingSaid,
    TooLateToOpen,
    TooLong,
    TooManyComplaints,
    TooManyWords,
    UnknownComplaint,
)
from orders.complaints.models import Complaint, ComplaintEvent, ComplaintLine
from orders.errors import KeyReused, UnknownOrder, UnknownStore
from tests.complaints.complaining import (
    OFFICER,
    SHOP,
    answer,
    check_history,
    complain,
    hers,
    history,
)
from tests.factories import make_listing
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db
FILED = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)


def test_a_complaint_has_a_ticket_and_its_deadlines_at_once(order, asha):
    line = order.lines.get()
    with travel(to=FILED):
        made = complain(asha.pk, order_id=order.pk, lines={line.pk: 1})
    made.refresh_from_db()
    assert re.fullmatch(r"NC-[0-9A-Z]{4}-[0-9A-Z]{4}", made.number)
    assert (made.state, made.version, made.store_id) == ("open", 1, order.store_id)
    assert made.answer_by - made.filed_at == timedelta(hours=48)
    assert made.resolve_by.replace(microsecond=0) == datetime(2026, 12, 28, 6, 30, tzinfo=UTC)
    assert made.due_at == made.filed_at + timedelta(hours=24)
    assert [(each.line, each.quantity) for each in made.lines.all()] == [(line, 1)]
    assert history(made) == [("filed", "customer", "open")]
    told = OutboxEntry.objects.filter(event="complaint.moved", payload__complaint=str(made.pk))
    assert sorted(told.values_list("consumer", flat=True)) == [
        "tell_customer",
        "tell_officer",
        "tell_shop",
    ]


@pytest.mark.parametrize(
    ("at", "then"),
    [
        # half past midnight in India on the last of January, and in December
        (datetime(2027, 1, 30, 19, 0, tzinfo=UTC), datetime(2027, 2, 27, 19, 0, tzinfo=UTC)),
        (datetime(2028, 1, 31, 10, 0, tzinfo=UTC), datetime(2028, 2, 29, 10, 0, tzinfo=UTC)),
        (datetime(2026, 12, 15, 10, 0, tzinfo=UTC), datetime(2027, 1, 15, 10, 0, tzinfo=UTC)),
    ],
)
def test_a_month_ends_on_the_same_day_in_india_or_the_last_one(at, then):
    assert one_month_after(at) == then


def test_the_same_key_is_the_same_complaint(complain, order):
    key = "tap"
    first = complain(key=key)
    assert complain(key=key).pk == first.pk
    with pytest.raises(KeyReused):
        complain(key=key, text="Two packets were not in the bag.")
    assert Complaint.objects.get().text == first.text
    assert ComplaintEvent.objects.count() == 1


def test_three_at_most_of_one_order_are_unsettled(complain, asha):
    made = [complain() for _ in range(3)]
    with pytest.raises(TooManyComplaints) as refused:
        complain()
    assert made[-1].number in str(refused.value)
    assert Complaint.objects.count() == 3
    services.accept_answer(**hers(made[0]))
    complain()
    complain(order_id=None)


def test_six_at_most_are_filed_in_a_day(complain, asha):
    for _ in range(6):
        services.accept_answer(**hers(complain()))
    with pytest.raises(EnoughForToday):
        complain()
    with pytest.raises(EnoughForToday):
        complain(order_id=None)
    Complaint.objects.order_by("pk").filter(pk=Complaint.objects.first().pk).update(
        filed_at=F("filed_at") - timedelta(days=1)
    )
    complain()


def test_three_times_at_most_it_is_opened_again(complain):
    made = complain()
    for n in range(3):
        services.accept_answer(**hers(made))
        services.open_again(**hers(made), text=f"Nobody came: {n}.")
    services.accept_answer(**hers(made))
    with pytest.raises(TooManyWords):
        services.open_again(**hers(made), text="Nobody came.")


@pytest.mark.parametrize("text", ["\u200b", "\u2060 \ufeff", "\u202e \u202c", "\n \t"])
def test_words_that_nobody_sees_say_nothing(complain, text):
    with pytest.raises(NothingSaid):
        complain(text=text)


def test_what_turns_letters_about_is_left_out_and_what_joins_them_stays(complain):
    made = complain(text="\u202etnaw I\u202c \u2067x\u2069 क\u094d\u200dष")
    assert made.text == "tnaw I x क\u094d\u200dष"


def test_what_is_about_no_shop_is_the_officers_at_once(asha, complain, store):
    made = complain(order_id=None, kind="other", wanted="answer")
    assert (made.state, made.store_id, made.answer_by) == ("escalated", None, None)
    assert history(made) == [("filed", "customer", "escalated")]
    about_shop = complain(order_id=None, store_id=store.pk, kind="behaviour", wanted="answer")
    assert (about_shop.state, about_shop.store_id) == ("open", store.pk)


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"kind": "weather"}, InvalidInput, "kind"),
        ({"wanted": "revenge"}, InvalidInput, "wanted"),
        ({"text": "  "}, NothingSaid, "text"),
        ({"text": "x" * 1001}, TooLong, "text"),
        ({"key": ""}, InvalidInput, "key"),
        ({"lines": {uuid4(): 1}}, InvalidInput, "lines"),
        ({"order_id": uuid4()}, UnknownOrder, None),
        ({"order_id": None, "store_id": uuid4()}, UnknownStore, None),
    ],
)
def test_what_cannot_be_is_refused_and_names_its_field(complain, changes, error, field):
    with pytest.raises(error) as refused:
        complain(**changes)
    assert refused.value.params.get("field") == field
    assert not Complaint.objects.exists()


@pytest.mark.parametrize("quantity", [0, 4])
def test_of_a_line_no_more_is_concerned_than_was_billed(complain, order, quantity):
    with pytest.raises(InvalidInput):
        complain(lines={order.lines.get().pk: quantity})
    assert not Complaint.objects.exists()


def test_goods_are_named_only_where_it_is_about_goods(complain, order):
    assert not complain(kind="late", lines={order.lines.get().pk: 1}).lines.exists()


def test_somebody_elses_order_and_an_unpaid_one_are_no_cause(store, asha, complain):
    listing = make_listing(store)
    other = register_person(phone="9810099999", name="Bina", language="en")
    theirs = place_order(store, {listing.pk: 1}, person_id=other.pk)
    with pytest.raises(UnknownOrder):
        complain(order_id=theirs.pk)
    unpaid = place_order(store, {listing.pk: 1}, person_id=asha.pk, payment_method="upi")
    with pytest.raises(NotComplainable):
        complain(order_id=unpaid.pk)
    assert not Complaint.objects.exists()


def test_it_goes_to_and_fro_until_the_customer_is_content(complain):
    made = complain()
    made = answer(made)
    assert (made.state, made.due_at) == ("answered", made.answered_at + timedelta(days=7))
    with travel(days=1):
        made = services.add_word(**hers(made), text="And now?")
        assert made.state == "open"
        assert made.answer_by > made.filed_at + timedelta(hours=71), "the shop's time begins anew"
        made = answer(made, "Tomorrow.")
        made = services.accept_answer(**hers(made))
    assert (made.state, made.due_at) == ("resolved", None)
    assert history(made) == [
        ("filed", "customer", "open"),
        ("said", "shop", "answered"),
        ("said", "customer", "open"),
        ("said", "shop", "answered"),
        ("resolved", "customer", "resolved"),
    ]
    check_history(made)


def test_the_same_words_twice_are_said_once(complain):
    made = answer(answer(complain()))
    assert made.version == 2
    services.add_word(**hers(made), text="And now?")
    assert services.add_word(**hers(made), text=" And now? ").version == 3
    services.ask_officer(**hers(made))
    assert services.ask_officer(**hers(made)).version == 4
    services.accept_answer(**hers(made))
    assert services.accept_answer(**hers(made)).version == 5


def test_what_the_officer_has_stays_there_until_it_is_settled(complain):
    made = services.ask_officer(**hers(complain()))
    made = answer(made, "We had none left.")
    made = services.add_word(**hers(made), text="It was paid for.")
    assert made.state == "escalated"
    which = {"complaint_id": made.pk, "actor": OFFICER}
    assert services.answer_for_officer(**which, text="We have asked.").state == "escalated"
    with pytest.raises(ComplaintMoved) as refused:
        services.settle_for_shop(
            store_id=made.store_id, complaint_id=made.pk, actor=SHOP, text="Paid back."
        )
    assert refused.value.params["state"] == "escalated"
    made = services.settle_for_officer(**which, text="The shop pays ₹100 back.")
    assert made.state == "resolved"
    assert history(made)[1:] == [
        ("escalated", "customer", "escalated"),
        ("said", "shop", "escalated"),
        ("said", "customer", "escalated"),
        ("said", "officer", "escalated"),
        ("resolved", "officer", "resolved"),
    ]


def test_who_answers_as_the_officer_has_it_from_then_on(complain):
    made = services.answer_for_officer(
        complaint_id=complain().pk, actor=OFFICER, text="I look into it myself."
    )
    assert (made.state, made.escalated_at is not None) == ("escalated", True)


def test_settled_by_the_shop_it_can_be_opened_again_within_the_month(complain):
    made = complain()
    made = services.settle_for_shop(
        store_id=made.store_id, complaint_id=made.pk, actor=SHOP, text="Brought the packet."
    )
    for refused in (
        lambda: answer(made),
        lambda: services.add_word(**hers(made), text="No."),
        lambda: services.ask_officer(**hers(made)),
    ):
        with pytest.raises(ComplaintMoved):
            refused()
    with travel(days=5):
        made = services.open_again(**hers(made), text="Nobody came.")
    assert (made.state, made.resolved_at) == ("open", None)
    assert made.due_at > made.filed_at + timedelta(days=5, hours=23)
    services.ask_officer(**hers(made))
    services.accept_answer(**hers(made))
    assert services.open_again(**hers(made), text="Still not.").state == "escalated"
    services.accept_answer(**hers(made))
    with travel(days=32), pytest.raises(TooLateToOpen):
        services.open_again(**hers(made), text="Once more.")
    made.refresh_from_db()
    assert made.state == "resolved"
    check_history(made)


def test_a_complaint_is_only_its_persons_and_its_shops(complain, asha):
    made = complain()
    other = register_person(phone="9810099999", name="Bina", language="en")
    with pytest.raises(UnknownComplaint):
        services.accept_answer(person_id=other.pk, complaint_id=made.pk)
    with pytest.raises(UnknownComplaint):
        services.answer_for_shop(
            store_id=uuid4(), complaint_id=made.pk, actor=SHOP, text="Not ours."
        )
    made.refresh_from_db()
    assert (made.state, made.version) == ("open", 1)


def test_it_has_an_end_but_can_always_be_settled(complain, monkeypatch):
    monkeypatch.setattr(services, "MOST_EVENTS", 3)
    made = answer(complain())
    services.add_word(**hers(made), text="And now?")
    with pytest.raises(TooManyWords):
        answer(made, "Tomorrow.")
    assert services.accept_answer(**hers(made)).version == 4


@pytest.mark.parametrize("model", [ComplaintEvent, ComplaintLine])
def test_what_was_said_is_never_changed(complain, order, model):
    complain(lines={order.lines.get().pk: 1})
    for change in (
        lambda: model.objects.update(complaint=F("complaint")),
        lambda: model.objects.all().delete(),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table}")
    assert model.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"text": ""}, "complaint_says_something"),
        ({"state": "resolved"}, "complaint_resolved_at_a_time"),
        ({"state": "answered"}, "complaint_answered_at_a_time"),
        ({"state": "escalated"}, "complaint_escalated_at_a_time"),
        ({"due_at": None}, "complaint_open_has_a_deadline"),
        (
            {"store": None, "state": "escalated", "escalated_at": F("filed_at")},
            "complaint_order_has_a_shop",
        ),
        ({"store": None, "order": None}, "complaint_of_no_shop_is_the_officers"),
        ({"resolve_by": F("filed_at")}, "complaint_resolved_by_after_filing"),
    ],
)
def test_the_database_keeps_the_same_rules(complain, change, constraint):
    complain()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Complaint.objects.update(**change)
