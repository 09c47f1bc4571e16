import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import services
from orders.models import Return
from stores.inventory.models import Listing
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_loose
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivered(store, listing):
    """Two lines, three pieces at ₹250 each, paid in cash."""
    return deliver_order(store, {listing.pk: 2, make_listing(store).pk: 1})


def ask(order, quantity=1, reason="not_needed"):
    line = order.lines.order_by("n").first()
    return services.ask_return(
        store_id=order.store_id,
        order_id=order.pk,
        actor=order.actor,
        reason=reason,
        lines={line.pk: quantity},
        note="Bag was torn",
    )


def test_an_open_return_stands_on_today_and_on_its_order(helper, manager, delivered):
    before = text(helper.get("board"))
    asked = ask(delivered)
    page = text(helper.get("board"))
    assert f'href="{helper.url("order", order_id=delivered.pk)}#returns"' in page
    assert "no longer needed" in page
    assert "Customers want to return goods" not in before
    take, decline = (
        f'"{manager.url(screen, order_id=delivered.pk, return_id=asked.pk)}"'
        for screen in ("return-take", "return-decline")
    )
    page = text(manager.get("order", order_id=delivered.pk))
    for wanted in [take, decline, "Bag was torn", "Taken back, ₹250 paid in cash", "checked"]:
        assert wanted in page
    page = text(helper.get("order", order_id=delivered.pk))
    assert take not in page
    assert "The owner or a manager decides." in page


def test_todays_page_asks_no_more_for_many_returns(helper, store, listing):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            helper.get("today")
        return len(captured)

    ask(deliver_order(store, {listing.pk: 1}))
    one = queries()
    for _ in range(3):
        ask(deliver_order(store, {listing.pk: 1}))
    assert queries() == one


def test_ticked_goods_go_back_on_the_shelf(manager, delivered, listing):
    asked = ask(delivered, 2)
    part = asked.lines.get()
    answer = manager.post(
        "return-take",
        {"restock": [str(part.line_id)]},
        follow=True,
        order_id=delivered.pk,
        return_id=asked.pk,
    )
    assert "Give the customer ₹500 in cash." in text(answer)
    assert Return.objects.get().state == "taken"
    assert Listing.objects.get(pk=listing.pk).on_hand == 10
    again = manager.post("return-take", follow=True, order_id=delivered.pk, return_id=asked.pk)
    assert "This return is already: taken back." in text(again)
    assert Listing.objects.get(pk=listing.pk).on_hand == 10


def test_damaged_goods_offer_no_shelf(manager, delivered, listing):
    asked = ask(delivered, reason="damaged")
    page = text(manager.get("order", order_id=delivered.pk))
    assert 'name="restock"' not in page
    manager.post("return-take", order_id=delivered.pk, return_id=asked.pk)
    assert Listing.objects.get(pk=listing.pk).on_hand == 8


def test_declining_needs_words_for_the_customer(manager, delivered):
    asked = ask(delivered)
    ids = {"order_id": delivered.pk, "return_id": asked.pk}
    assert manager.get("return-decline", **ids).status_code == 200
    assert manager.post("return-decline", {"reason": " "}, **ids).status_code == 422
    assert Return.objects.get().state == "asked"
    manager.post("return-decline", {"reason": "It was opened"}, **ids)
    assert (Return.objects.get().state, Return.objects.get().answer) == (
        "declined",
        "It was opened",
    )


def test_a_helper_may_ask_but_not_decide(helper, delivered):
    answer = helper.post(
        "return-ask", {"line-1": "1", "reason": "wrong_item"}, order_id=delivered.pk
    )
    assert answer.status_code == 302
    asked = Return.objects.get()
    assert (asked.asked_by, asked.amount) == (f"person:{helper.person.pk}", 25000)
    ids = {"order_id": delivered.pk, "return_id": asked.pk}
    assert helper.post("return-take", **ids).status_code == 403
    assert helper.post("return-decline", {"reason": "no"}, **ids).status_code == 403
    assert Return.objects.get().state == "asked"


def test_asking_for_too_much_or_nothing_is_told_and_nothing_is_lost(helper, delivered):
    answer = helper.post(
        "return-ask", {"line-1": "3", "reason": "damaged", "note": "leaks"}, order_id=delivered.pk
    )
    assert answer.status_code == 422
    assert "That is too much: at most 2 pc." in text(answer)
    assert 'value="leaks"' in text(answer)
    answer = helper.post("return-ask", {"reason": "damaged"}, order_id=delivered.pk)
    assert answer.status_code == 422
    assert "Choose what you want to return" in text(answer)
    assert not Return.objects.exists()


def test_the_counter_takes_loose_goods_back_in_the_unit_that_is_shown(helper, store):
    order = deliver_order(store, {make_loose(store, name="Potato").pk: 750})
    form = text(helper.get("return-ask", order_id=order.pk))
    for wanted in ["Potato (g)", "at most 750 g", "₹40/kg", "all of it: ₹30", "₹20 is kept"]:
        assert wanted in form
    helper.post("return-ask", {"line-1": "500", "reason": "poor_quality"}, order_id=order.pk)
    asked = Return.objects.get()
    assert (asked.lines.get().quantity, asked.amount) == (500, 2000)


def test_a_part_is_taken_back_and_the_rest_is_declined(manager, delivered, listing):
    asked = ask(delivered, 2)
    ids = {"order_id": delivered.pk, "return_id": asked.pk}
    page = text(manager.get("order", order_id=delivered.pk))
    assert f'href="{manager.url("return-take-part", **ids)}"' in page
    form = text(manager.get("return-take-part", **ids))
    for wanted in ["at most 2 pc", "₹250 each", 'value="2"', 'name="reline-1"', "checked"]:
        assert wanted in form
    typed = {"line-1": "1", "reline-1": "on", "reason": "One was opened"}
    answer = manager.post("return-take-part", typed, follow=True, **ids)
    assert "Give the customer ₹250 in cash." in text(answer)
    assert "Your answer:" in text(answer)
    taken, rest = Return.objects.order_by("id")
    assert (taken.pk, taken.state, taken.amount) == (asked.pk, "taken", 25000)
    assert (rest.state, rest.amount, rest.answer) == ("declined", 25000, "One was opened")
    assert Listing.objects.get(pk=listing.pk).on_hand == 9
    again = manager.post("return-take-part", typed, follow=True, **ids)
    assert "This return is already: taken back." in text(again)
    assert Listing.objects.get(pk=listing.pk).on_hand == 9


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"line-1": "3", "reason": "opened"}, "That is too much: at most 2 pc."),
        ({"line-1": "0", "reason": "opened"}, "To take nothing back, decline the return."),
        ({"line-1": "1", "reason": " "}, "This field is required."),
        ({"line-1": "half", "reason": "opened"}, "Write how much."),
    ],
)
def test_a_part_that_cannot_be_is_refused_and_what_was_typed_is_kept(
    manager, delivered, typed, words
):
    asked = ask(delivered, 2)
    ids = {"order_id": delivered.pk, "return_id": asked.pk}
    answer = manager.post("return-take-part", typed, **ids)
    assert answer.status_code == 422
    assert words in text(answer)
    assert f'value="{typed["line-1"]}"' in text(answer)
    assert Return.objects.get().state == "asked"


def test_a_helper_does_not_decide_on_a_part(helper, delivered):
    ids = {"order_id": delivered.pk, "return_id": ask(delivered, 2).pk}
    answer = helper.post("return-take-part", {"line-1": "1", "reason": "opened"}, **ids)
    assert answer.status_code == 403
    assert Return.objects.get().state == "asked"


def test_before_taking_the_shop_reads_whether_the_fee_goes_back(manager, store, listing):
    order = deliver_order(store, {listing.pk: 2})
    ask(order, 2, reason="damaged")
    page = text(manager.get("order", order_id=order.pk))
    assert re.search(r"Delivery fee</th>\s*<td>₹20<", page)
    assert "Taken back, ₹520 paid in cash" in page
    other = deliver_order(store, {listing.pk: 2})
    ask(other, 2, reason="not_needed")
    page = text(manager.get("order", order_id=other.pk))
    assert re.search(r"Delivery fee of ₹20</th>\s*<td>kept<", page)
    assert "Taken back, ₹500 paid in cash" in page
