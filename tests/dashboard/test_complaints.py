"""The shop reads what customers complain about, answers it, and puts it right."""

from uuid import uuid4

import pytest

from orders.complaints import services
from orders.complaints.models import Complaint
from tests.complaints.complaining import complain, hers
from tests.dashboard.shopkeeper import text
from tests.factories import make_store
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def asha(db):
    from marketplace.accounts.services import register_person

    return register_person(phone="9810012345", name="Asha", language="en")


@pytest.fixture
def delivered(store, listing, asha):
    return deliver_order(store, {listing.pk: 2}, person_id=asha.pk, actor=f"person:{asha.pk}")


@pytest.fixture
def complaint(delivered, asha):
    return complain(asha.pk, order_id=delivered.pk, lines={delivered.lines.get().pk: 1})


def test_everybody_in_the_shop_is_led_to_it(helper, complaint, delivered):
    today = text(helper.get("today"))
    assert "A complaint waits for your answer" in today
    assert helper.url("complaints") in today
    listed = text(helper.get("complaints"))
    assert helper.url("complaint", complaint_id=complaint.pk) in listed
    assert "Something is missing" in listed
    page = text(helper.get("complaint", complaint_id=complaint.pk))
    for wanted in ["One packet was not in the bag.", "1 pc", delivered.number, "tel:+919810012345"]:
        assert wanted in page
    assert "<textarea" not in page, "a helper answers nobody"
    assert "Something is missing" in text(helper.get("order", order_id=delivered.pk))


def test_a_manager_answers_and_the_count_is_gone(manager, complaint):
    assert "<textarea" in text(manager.get("complaint", complaint_id=complaint.pk))
    answer = manager.post(
        "complaint-answer", {"text": "We bring it."}, complaint_id=complaint.pk, follow=True
    )
    assert "Your answer has been sent." in text(answer)
    assert "We bring it." in text(answer)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.version) == ("answered", 2)
    assert complaint.events.last().actor == f"person:{manager.person.pk}"
    assert "waits for your answer" not in text(manager.get("today"))


def test_a_manager_says_that_it_is_put_right(manager, complaint):
    manager.post("complaint-settle", {"text": "Brought it."}, complaint_id=complaint.pk)
    complaint.refresh_from_db()
    assert complaint.state == "resolved"
    page = text(manager.get("complaint", complaint_id=complaint.pk))
    assert "<textarea" not in page
    late = manager.post(
        "complaint-answer", {"text": "More."}, complaint_id=complaint.pk, follow=True
    )
    assert "This complaint is already: settled." in text(late)


@pytest.mark.parametrize("screen", ["complaint-answer", "complaint-settle"])
@pytest.mark.parametrize("words", [" ", "x" * 1001])
def test_no_words_or_too_many_are_no_answer(manager, complaint, screen, words):
    answer = manager.post(screen, {"text": words}, complaint_id=complaint.pk)
    assert answer.status_code == 422
    assert '<a href="#id_text">' in text(answer)
    complaint.refresh_from_db()
    assert complaint.version == 1


def test_what_the_officer_has_is_answered_but_not_settled(manager, complaint):
    services.ask_officer(**hers(complaint))
    page = text(manager.get("complaint", complaint_id=complaint.pk))
    assert "grievance officer has it now" in page
    assert manager.url("complaint-settle", complaint_id=complaint.pk) not in page
    manager.post("complaint-settle", {"text": "Brought it."}, complaint_id=complaint.pk)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.version) == ("escalated", 2)


def test_money_goes_back_by_the_return_that_is_filled_in(manager, complaint, delivered):
    address = manager.url("return-ask", order_id=delivered.pk)
    link = f"{address}?complaint={complaint.pk}"
    assert link in text(manager.get("complaint", complaint_id=complaint.pk))
    form = text(manager.client.get(link))
    assert 'name="line-1" value="1"' in form
    answer = manager.client.post(link, {"line-1": "1", "reason": "wrong_item"})
    assert answer.status_code == 302
    assert delivered.returns.get().amount == 25000


def test_a_helper_and_another_shop_change_nothing(helper, hire, complaint):
    stranger = hire(make_store(), "owner")
    for screen in ("complaint-answer", "complaint-settle"):
        words = {"text": "We bring it."}
        assert helper.post(screen, words, complaint_id=complaint.pk).status_code == 403
        assert stranger.post(screen, words, complaint_id=complaint.pk).status_code == 404
    assert stranger.get("complaint", complaint_id=complaint.pk).status_code == 404
    assert helper.get("complaint", complaint_id=uuid4()).status_code == 404
    assert Complaint.objects.get().version == 1


def test_the_list_begins_with_what_is_urgent(manager, store, asha, complaint):
    settled = complain(asha.pk, order_id=None, store_id=store.pk, kind="late")
    services.accept_answer(**hers(settled))
    newer = complain(asha.pk, order_id=None, store_id=store.pk, kind="behaviour")
    page = text(manager.get("complaints"))
    places = [page.index(each.number) for each in (complaint, newer, settled)]
    assert places == sorted(places)


def test_its_screens_cost_six_statements_at_most(manager, complaint, django_assert_num_queries):
    for n in range(3):
        services.add_word(**hers(complaint), text=str(n))
    # session, desk, complaint with its order, its goods, what was said
    with django_assert_num_queries(5):
        manager.get("complaint", complaint_id=complaint.pk)
    with django_assert_num_queries(3):
        manager.get("complaints")
