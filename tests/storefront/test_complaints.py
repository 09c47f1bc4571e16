"""What a customer does about something that went wrong, without JavaScript."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client

from marketplace.accounts.services import register_person
from marketplace.core.clock import travel
from orders.complaints import services
from orders.complaints.models import Complaint
from orders.models import Return
from tests.complaints.complaining import answer, complain
from tests.factories import make_listing, make_loose, make_store
from tests.orders.building import deliver_order, place_order
from tests.storefront.forms import HIDDEN
from tests.storefront.test_hindi import english_in

pytestmark = pytest.mark.django_db
WRONG = {"kind": "missing", "wanted": "money", "text": "One was not in the bag."}


@pytest.fixture
def bina(db):
    """Somebody else."""
    return register_person(phone="9810099999", name="Bina", language="en")


@pytest.fixture
def order(store, asha):
    """Two packets at ₹250, a kilo and a half of potatoes, and ₹20 for delivery, paid in cash."""
    wanted = {make_listing(store).pk: 2, make_loose(store, name="Potato").pk: 1500}
    return deliver_order(store, wanted, person_id=asha.pk, actor=f"person:{asha.pk}")


@pytest.fixture
def complaint(order, asha):
    return complain(asha.pk, order_id=order.pk, lines={order.lines.get(n=1).pk: 1})


def at(complaint, action=""):
    return f"/complaints/{complaint.pk}/{action}"


def fill(client, address, **answers):
    """The form as it is shown, with these answers."""
    shown = client.get(address).content.decode()
    return client.post(address, dict(HIDDEN.findall(shown)) | answers, follow=True)


def test_a_problem_is_reported_from_the_orders_page(customer, order):
    page = customer.get(f"/orders/{order.pk}/").text
    assert f'href="/orders/{order.pk}/problem/"' in page
    form = customer.get(f"/orders/{order.pk}/problem/").text
    for wanted in [
        "Something is missing",
        "at most 2 pc",
        "Potato (kg)",
        f"/orders/{order.pk}/return/",
    ]:
        assert wanted in form
    answer = fill(
        customer, f"/orders/{order.pk}/problem/", **WRONG, **{"line-1": "1", "line-2": "0.5"}
    )
    made = Complaint.objects.get()
    assert answer.redirect_chain == [(at(made), 302)]
    assert dict(made.lines.values_list("line__n", "quantity")) == {1: 1, 2: 500}
    for wanted in [
        f"Its number is {made.number}.",
        "One was not in the bag.",
        "has time to answer",
    ]:
        assert wanted in answer.text
    assert made.number in customer.get(f"/orders/{order.pk}/").text


def test_two_taps_are_one_complaint(customer, order):
    address = f"/orders/{order.pk}/problem/"
    data = dict(HIDDEN.findall(customer.get(address).text)) | WRONG
    first, second = customer.post(address, data), customer.post(address, data)
    assert first["Location"] == second["Location"]
    changed = customer.post(address, data | {"text": "Two were not in the bag."})
    assert changed.status_code == 422
    assert "Two were not in the bag." in changed.text
    key = dict(HIDDEN.findall(changed.text))["key"]
    assert key != data["key"]
    assert Complaint.objects.count() == 1


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"kind": ""}, "id_kind"),
        ({"wanted": ""}, "id_wanted"),
        ({"text": " "}, "id_text"),
        ({"text": "x" * 1001}, "id_text"),
        ({"line-1": "3"}, "id_line-1"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_nothing_is_lost(customer, order, answers, field):
    answer = fill(customer, f"/orders/{order.pk}/problem/", **WRONG | answers)
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert answers.get("text", "One was not in the bag.").strip() in answer.text
    assert not Complaint.objects.exists()


def test_a_fourth_is_refused_with_the_ticket_that_is_open(customer, order, asha):
    last = [complain(asha.pk, order_id=order.pk) for _ in range(3)][-1]
    answer = fill(customer, f"/orders/{order.pk}/problem/", **WRONG)
    assert answer.status_code == 429
    assert f"{last.number} is not settled yet" in answer.text


def test_an_order_that_waits_for_its_payment_is_not_complained_about(customer, store, asha):
    listing = make_listing(store)
    order = place_order(store, {listing.pk: 1}, person_id=asha.pk, payment_method="upi")
    assert "/problem/" not in customer.get(f"/orders/{order.pk}/").text
    address = f"/orders/{order.pk}/problem/"
    assert customer.get(address)["Location"] == f"/orders/{order.pk}/"


def test_its_page_says_how_it_stands_and_what_can_be_done(customer, complaint):
    page = customer.get(at(complaint)).text
    for wanted in [
        "has time to answer until",
        "It is settled",
        "ask Nukkad's grievance officer",
    ]:
        assert wanted in page
    answer(complaint, "We bring it tonight.")
    page = customer.get(at(complaint)).text
    for wanted in ["We bring it tonight.", "has answered. If you say nothing", "Gupta Kirana"]:
        assert wanted in page
    customer.post(at(complaint, "officer/"))
    page = customer.get(at(complaint)).text
    assert "It is with our grievance officer, Meera Krishnan (Head of Customer Care)." in page
    assert "ask Nukkad's grievance officer" not in page
    page = customer.post(at(complaint, "settled/"), follow=True).text
    assert "Settled on" in page
    assert "Open it again" in page
    assert 'action="' + at(complaint, "settled/") not in page


def test_more_is_said_and_what_was_settled_is_opened_again(customer, complaint):
    answer(complaint)
    page = customer.post(at(complaint), {"text": "And now?"}, follow=True).text
    assert "And now?" in page
    complaint.refresh_from_db()
    assert complaint.state == "open"
    nothing = customer.post(at(complaint), {"text": " "})
    assert nothing.status_code == 422
    assert '<a href="#id_text">' in nothing.text
    customer.post(at(complaint, "settled/"))
    customer.post(at(complaint), {"text": "Nobody came."})
    complaint.refresh_from_db()
    assert (complaint.state, complaint.version) == ("open", 5)
    customer.post(at(complaint, "settled/"))
    with travel(days=32):
        assert "<textarea" not in customer.get(at(complaint)).text
        late = customer.post(at(complaint), {"text": "Once more."})
        assert late.status_code == 409
        assert "could be opened again until" in late.text
    complaint.refresh_from_db()
    assert complaint.state == "resolved"


def test_goods_that_can_still_go_back_lead_to_the_return_filled_in(customer, order, asha):
    line = order.lines.get(n=1)
    complaint = complain(asha.pk, order_id=order.pk, kind="spoilt", lines={line.pk: 1})
    address = f"/orders/{order.pk}/return/?complaint={complaint.pk}"
    assert address in customer.get(at(complaint)).text
    form = customer.get(address).text
    assert re.search(r'name="line-1" value="1"', form)
    assert re.search(r'value="expired"[^>]*checked', form)
    assert 'name="line-2" value' not in form
    customer.post(address, {"line-1": "1", "reason": "expired"})
    assert Return.objects.get().amount == 25000
    with travel(days=3):
        assert "/return/" not in customer.get(at(complaint)).text


def test_what_never_came_is_not_asked_back(customer, order, complaint):
    assert complaint.kind == "missing"
    assert "/return/" not in customer.get(at(complaint)).text


def test_a_strangers_complaint_fills_in_nothing(customer, order, store, bina):
    other = complain(bina.pk, order_id=None, store_id=store.pk, kind="late")
    form = customer.get(f"/orders/{order.pk}/return/?complaint={other.pk}").text
    assert 'name="line-1" value' not in form
    assert customer.get(f"/orders/{order.pk}/return/?complaint=x").status_code == 200


def test_what_is_about_no_order_is_asked_for_after_signing_in(customer, order, store):
    grievance = customer.get("/grievance/").text
    for wanted in [
        "Meera Krishnan",
        "Head of Customer Care",
        'href="/complaints/new/"',
        "Designation",
    ]:
        assert wanted in grievance
    stranger = Client().get("/complaints/new/")
    assert stranger["Location"] == f"/sign-in/?next={quote('/complaints/new/')}"
    form = customer.get("/complaints/new/").text
    assert f'value="{store.pk}"' in form
    assert "omething is missing" not in form
    asked = {"kind": "other", "text": "The map shows another town."}
    fill(customer, "/complaints/new/", about="", **asked)
    made = Complaint.objects.get()
    assert (made.state, made.store_id, made.order_id) == ("escalated", None, None)
    fill(customer, "/complaints/new/", about=str(store.pk), kind="behaviour", text="Rude.")
    assert Complaint.objects.filter(store=store, order=None).get().state == "open"
    stranger_shop = fill(customer, "/complaints/new/", about=str(make_store().pk), **asked)
    assert stranger_shop.status_code == 422


def test_my_complaints_are_mine(customer, complaint, store, bina):
    theirs = complain(bina.pk, order_id=None, store_id=store.pk, kind="late")
    page = customer.get("/complaints/").text
    assert complaint.number in page
    assert theirs.number not in page
    for address in [at(theirs), at(theirs, "settled/"), at(theirs, "officer/")]:
        assert customer.post(address, {"text": "Mine."}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.version == 1
    for lists in ["/orders/", "/me/", "/help/", "/grievance/"]:
        assert 'href="/complaints/"' in customer.get(lists).text


def test_an_older_complaint_stands_on_the_next_page(customer, asha):
    services_of = [
        complain(asha.pk, order_id=None, store_id=make_store().pk, kind="late", key=str(n))
        for n in range(3)
    ]
    for made in services_of:
        services.accept_answer(person_id=asha.pk, complaint_id=made.pk)
    for n in range(8):
        with travel(days=n + 1):
            made = complain(asha.pk, order_id=None, kind="other", key=f"more-{n}")
            services.accept_answer(person_id=asha.pk, complaint_id=made.pk)
    first = customer.get("/complaints/").text
    assert services_of[0].number not in first
    more = re.search(r'href="(\?before=[^"]+)"', first)
    assert more
    assert services_of[0].number in customer.get(f"/complaints/{more.group(1)}").text


def test_no_page_of_complaints_speaks_english_to_who_reads_hindi(customer, order, complaint):
    customer.post("/language/", {"language": "hi"})
    answer(complaint, "हाँ")
    Complaint.objects.update(text="नहीं मिला")
    order.lines.update(name_hi="आटा")
    pages = [
        *("/complaints/", "/complaints/new/", at(complaint), "/help/"),
        f"/orders/{order.pk}/problem/",
    ]
    assert {page: english_in(customer.get(page)) for page in pages} == {page: [] for page in pages}


def test_its_pages_cost_six_statements_at_most(
    customer, order, complaint, django_assert_num_queries
):
    for _ in range(3):
        answer(complaint, str(uuid4()))
        services.add_word(person_id=complaint.person_id, complaint_id=complaint.pk, text="And?")
    # session, complaint with its shop and order, its goods, what was said
    for address, statements in [
        (at(complaint), 4),
        ("/complaints/", 2),
        (f"/orders/{order.pk}/problem/", 3),
        ("/complaints/new/", 2),
    ]:
        customer.get(address)
        with django_assert_num_queries(statements):
            customer.get(address)
