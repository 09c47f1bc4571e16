"""The grievance officer's pages: what is urgent first, answered and settled through the services."""

from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.accounts.services import register_person
from orders.complaints import services
from orders.complaints.models import Complaint
from tests.complaints.complaining import complain, hers
from tests.factories import make_store
from tests.staff.forms import submit

pytestmark = pytest.mark.django_db
LIST = "admin:complaints_complaint_changelist"


@pytest.fixture
def asha(db):
    return register_person(phone="9810012345", name="Asha", language="en")


@pytest.fixture
def general(asha):
    return complain(asha.pk, order_id=None, kind="other", wanted="answer")


@pytest.fixture
def with_shop(asha):
    return complain(asha.pk, order_id=None, store_id=make_store().pk, kind="behaviour")


def listed(staff, **asked):
    return list(staff.get(reverse(LIST), asked).context["cl"].result_list)


def page_of(complaint):
    return reverse("admin:complaints_complaint_change", args=[complaint.pk])


def test_the_list_is_what_the_officer_has_to_do(staff, general, with_shop):
    assert listed(staff) == [general]
    assert listed(staff, whose="unsettled") == [general, with_shop]
    services.ask_officer(**hers(with_shop))
    Complaint.objects.filter(pk=with_shop.pk).update(
        resolve_by=with_shop.resolve_by - timedelta(days=1)
    )
    assert listed(staff) == [with_shop, general], "the oldest deadline comes first"
    services.accept_answer(**hers(general))
    assert listed(staff) == [with_shop]
    assert listed(staff, whose="settled") == [general]
    assert len(listed(staff, whose="all")) == 2


def test_what_nears_its_month_is_listed_and_what_is_over_is_marked(staff, with_shop):
    Complaint.objects.update(resolve_by=with_shop.filed_at + timedelta(days=4))
    assert listed(staff) == [with_shop]
    assert "4 days" in staff.get(reverse(LIST)).text
    Complaint.objects.update(
        filed_at=with_shop.filed_at - timedelta(days=40),
        resolve_by=with_shop.filed_at - timedelta(days=2),
    )
    assert "overdue by 2 days" in staff.get(page_of(with_shop)).text
    assert "overdue by 2 days" in staff.get(reverse(LIST)).text


def test_a_ticket_is_found_by_its_number(staff, general):
    assert listed(staff, q=general.number.lower()) == [general]
    assert listed(staff, q="NC-0000-0000") == []


def test_the_officer_answers_and_settles(staff, member, general):
    shown = staff.get(page_of(general)).text
    for wanted in ["One packet was not in the bag.", "Asha, +919810012345"]:
        assert wanted in shown
    answer = submit(staff, page_of(general), "complaint", words="We look into it.")
    assert answer.status_code == 302
    general.refresh_from_db()
    assert (general.state, general.version) == ("escalated", 2)
    assert general.events.last().actor == f"person:{member.pk}"
    assert "We look into it." in staff.get(page_of(general)).text
    submit(staff, page_of(general), "complaint", act="settle", words="It is mended.")
    general.refresh_from_db()
    assert general.state == "resolved"
    last = general.events.last()
    assert (last.what, last.side, last.text) == ("resolved", "officer", "It is mended.")
    assert staff.post(page_of(general), {"act": "answer", "words": "More."}).status_code == 403


def test_nothing_is_settled_without_a_reason(staff, refused, general):
    answer = submit(staff, page_of(general), "complaint", act="settle", words=" ")
    assert list(refused(answer)) == ["words"]
    general.refresh_from_db()
    assert (general.state, general.version) == ("escalated", 1)


def test_nothing_else_of_it_can_be_changed(staff, general):
    submit(
        staff,
        page_of(general),
        "complaint",
        words="We look.",
        text="I am content.",
        state="resolved",
    )
    general.refresh_from_db()
    assert (general.text, general.state) == ("One packet was not in the bag.", "escalated")
    assert staff.post(reverse("admin:complaints_complaint_add")).status_code == 403
    delete = reverse("admin:complaints_complaint_delete", args=[general.pk])
    assert staff.post(delete, {"post": "yes"}).status_code == 403
