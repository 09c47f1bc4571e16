"""Everybody at the same moment: one outcome, and a history that says how it came to it."""

import pytest

from marketplace.core.clock import travel
from marketplace.core.errors import Busy
from marketplace.core.ids import uuid7
from orders.complaints import services
from orders.complaints.clock import chase_complaints
from orders.complaints.models import Complaint, ComplaintEvent
from tests.complaints.complaining import answer, check_history, complain, hers

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_double_tap_is_one_complaint(asha, order, concurrently):
    key = str(uuid7())
    made = concurrently(8, lambda: complain(asha.pk, order_id=order.pk, key=key).pk)
    assert len(set(made)) == 1
    assert (Complaint.objects.count(), ComplaintEvent.objects.count()) == (1, 1)


def test_the_bound_holds_for_many_at_once(asha, order, concurrently):
    outcomes = concurrently(8, lambda: complain(asha.pk, order_id=order.pk).state)
    assert outcomes.count("open") == 3
    assert outcomes.count("too_many_complaints") == 5
    assert Complaint.objects.count() == 3


def test_customer_settles_while_the_shop_answers_while_the_clock_escalates(
    asha, order, concurrently
):
    """Settled it is in the end, whoever came first; the history has each of them once at most."""
    for day in range(8):
        with travel(days=day - 8):
            made = complain(asha.pk, order_id=order.pk)
        with travel(days=3):
            _, answered, _ = concurrently(
                [
                    lambda made=made: services.accept_answer(**hers(made)).state,
                    lambda made=made: answer(made).state,
                    lambda: chase_complaints() >= 0,
                ]
            )
        made.refresh_from_db()
        assert made.state == "resolved"
        check_history(made)
        done = [(event.what, event.side) for event in made.events.all()]
        assert done.count(("resolved", "customer")) == 1
        assert (answered == "complaint_moved") == (("said", "shop") not in done)
        assert len(done) == len(set(done))
        assert done[-1] == ("resolved", "customer")


def test_two_clocks_do_everything_once(asha, order, concurrently):
    made = [complain(asha.pk, order_id=order.pk) for _ in range(3)]
    with travel(days=3):
        concurrently(4, lambda: chase_complaints() >= 0)
    for each in made:
        each.refresh_from_db()
        assert [(event.what, event.side) for event in each.events.all()] == [
            ("filed", "customer"),
            ("escalated", "clock"),
        ]


def test_whoever_waits_too_long_is_told_that_it_is_busy(asha, order, elsewhere):
    made = complain(asha.pk, order_id=order.pk)
    with elsewhere(lambda: Complaint.objects.locked().get(pk=made.pk)):
        with pytest.raises(Busy):
            answer(made)
        with travel(days=3):
            assert chase_complaints() == 0, "the clock waits for nobody"
    made.refresh_from_db()
    assert (made.state, made.version) == ("open", 1)
