import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import services
from orders.models import Return
from stores.inventory.models import Listing
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing
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
    assert "at most 2 pc can be returned" in text(answer)
    assert 'value="leaks"' in text(answer)
    answer = helper.post("return-ask", {"reason": "damaged"}, order_id=delivered.pk)
    assert answer.status_code == 422
    assert "Choose what you want to return" in text(answer)
    assert not Return.objects.exists()
