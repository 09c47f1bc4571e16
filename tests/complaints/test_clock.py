"""What happens when nobody does anything."""

from datetime import timedelta

import pytest

from marketplace.core.clock import travel
from orders.complaints import services
from orders.complaints.clock import chase_complaints
from orders.complaints.models import Complaint
from tests.complaints.complaining import answer, chase, check_history, hers, history

pytestmark = pytest.mark.django_db


def test_a_silent_shop_is_reminded_once_and_then_the_officer_has_it(complain):
    made = complain()
    with travel(seconds=23 * 3600):
        assert chase_complaints() == 0
    with travel(seconds=24 * 3600 + 1):
        assert chase(made) == "open"
        assert made.due_at == made.answer_by
        assert chase_complaints() == 0
    with travel(seconds=48 * 3600 + 1):
        assert chase(made) == "escalated"
    assert history(made)[1:] == [
        ("reminded", "clock", "open"),
        ("escalated", "clock", "escalated"),
    ]
    check_history(made)


def test_a_shop_that_answers_is_left_alone(complain):
    made = answer(complain())
    with travel(days=6):
        assert chase(made) == "answered"
    assert history(made)[1:] == [("said", "shop", "answered")]


def test_the_customers_next_word_is_waited_for_as_the_first(complain):
    made = answer(complain())
    with travel(days=2):
        services.add_word(**hers(made), text="And now?")
    with travel(days=3, seconds=60):
        assert chase(made) == "open"
    with travel(days=4, seconds=60):
        assert chase(made) == "escalated"
    assert [what for what, side, _ in history(made) if side == "clock"] == [
        "reminded",
        "escalated",
    ]


def test_silence_after_an_answer_closes_it_and_it_opens_again(complain):
    made = answer(complain())
    with travel(days=7, seconds=1):
        assert chase(made) == "resolved"
        assert history(made)[-1] == ("resolved", "clock", "resolved")
        assert services.open_again(**hers(made), text="Nothing came.").state == "open"


def test_what_the_officer_has_is_never_closed_by_the_clock(complain):
    made = services.ask_officer(**hers(complain()))
    services.answer_for_officer(complaint_id=made.pk, actor="person:o", text="We have asked.")
    with travel(days=20):
        assert chase(made) == "escalated"


def test_the_officer_is_told_once_that_the_month_runs_out(complain):
    made = services.ask_officer(**hers(complain()))
    left = made.resolve_by - made.filed_at
    with travel(seconds=int((left - timedelta(days=5, minutes=1)).total_seconds())):
        assert chase_complaints() == 0
        assert list(Complaint.objects.for_the_officer()) == [made]
    with travel(seconds=int((left - timedelta(days=5)).total_seconds()) + 1):
        assert chase_complaints() == 1
        assert chase_complaints() == 0
    with travel(days=40):
        assert chase(made) == "escalated"
        assert made.overdue
    assert history(made)[-1] == ("warned", "clock", "escalated")
    assert made.due_at is None


def test_so_of_one_that_the_shop_has_still(complain):
    """The customer asks and asks again: what nears its month is the officer's to look at."""
    made = answer(complain())
    assert not Complaint.objects.for_the_officer().exists()
    Complaint.objects.update(resolve_by=made.filed_at + timedelta(days=6), due_at=made.filed_at)
    with travel(days=2):
        assert chase(made) == "answered"
        assert list(Complaint.objects.for_the_officer()) == [made]
    assert history(made)[-1] == ("warned", "clock", "answered")
    assert made.due_at == made.answered_at + timedelta(days=7)


def test_after_an_outage_all_that_is_due_is_done_in_one_round(complain):
    made, other = complain(), answer(complain())
    with travel(days=29):
        assert chase_complaints() == 3
    made.refresh_from_db()
    other.refresh_from_db()
    assert history(made)[1:] == [
        ("escalated", "clock", "escalated"),
        ("warned", "clock", "escalated"),
    ]
    assert other.state == "resolved"


def test_one_that_fails_keeps_no_other_waiting(complain, monkeypatch):
    first, second = complain(), complain()
    record = services.record

    def fail_for_first(complaint, *args, **named):
        if complaint.pk == first.pk:
            raise RuntimeError("no")
        return record(complaint, *args, **named)

    monkeypatch.setattr(services, "record", fail_for_first)
    with travel(days=3):
        assert chase_complaints() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("open", "escalated")
