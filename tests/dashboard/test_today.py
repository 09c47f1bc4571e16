import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import services
from orders.models import Order, State
from stores.inventory.models import Listing
from stores.inventory.services import count_stock
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing
from tests.orders.building import captured_order, place_order

pytestmark = pytest.mark.django_db

# session, desk, open orders, finished orders, open returns
TODAY_QUERIES = 5


def test_an_order_moves_to_delivered_with_one_tap_a_step(helper, order):
    for screen, state in [
        ("accept", State.ACCEPTED),
        ("pack", State.PACKED),
        ("dispatch", State.OUT_FOR_DELIVERY),
    ]:
        page = text(helper.get("today"))
        assert f'action="{helper.url(screen, order_id=order.pk)}"' in page
        assert helper.post(screen, order_id=order.pk).status_code == 302
        order.refresh_from_db()
        assert order.state == state
    code = services.delivery_code(order)
    answer = helper.post("deliver", {"code": code}, order_id=order.pk)
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.state == State.DELIVERED
    assert {event.actor for event in order.events.all()} == {
        order.actor,
        f"person:{helper.person.pk}",
    }


def test_an_order_to_be_collected_waits_on_the_counter(helper, store, listing):
    order = place_order(store, {listing.pk: 1}, fulfilment="pickup", address=None)
    for screen in ("accept", "pack"):
        helper.post(screen, order_id=order.pk)
    assert f'action="{helper.url("ready", order_id=order.pk)}"' in text(helper.get("today"))
    helper.post("ready", order_id=order.pk)
    order.refresh_from_db()
    assert order.state == State.READY_FOR_PICKUP


def test_a_tap_by_htmx_answers_with_the_board_and_the_badge(helper, order):
    page = text(helper.post("accept", {"column": "new"}, htmx=True, order_id=order.pk))
    assert page.lstrip().startswith('<div id="board"')
    assert f'action="{helper.url("pack", order_id=order.pk)}"' in page
    assert 'data-count="0"' in page
    assert 'hx-swap-oob="true"' in page


def test_a_tap_that_comes_too_late_says_so_and_changes_nothing(helper, order):
    services.cancel(
        store_id=order.store_id, order_id=order.pk, actor=order.actor, reason="changed my mind"
    )
    page = text(helper.post("accept", htmx=True, order_id=order.pk))
    assert "The order is already: cancelled." in page
    page = text(helper.post("accept", follow=True, order_id=order.pk))
    assert "The order is already: cancelled." in page
    assert Order.objects.get(pk=order.pk).state == State.CANCELLED


def test_a_wrong_code_keeps_the_order_out_and_the_form_open(helper, order):
    for screen in ("accept", "pack", "dispatch"):
        helper.post(screen, order_id=order.pk)
    wrong = f"{(int(services.delivery_code(order)) + 1) % 10_000:04d}"
    answer = helper.post("deliver", {"code": wrong}, order_id=order.pk)
    assert answer.status_code == 422
    assert "That is not the customer&#x27;s code." in text(answer)
    assert f'value="{wrong}"' in text(answer)
    assert Order.objects.get(pk=order.pk).state == State.OUT_FOR_DELIVERY


@pytest.mark.parametrize(("role", "delivered"), [("helper", False), ("manager", True)])
def test_only_who_runs_the_shop_confirms_without_a_code(hire, store, order, role, delivered):
    person = hire(store, role)
    for screen in ("accept", "pack", "dispatch"):
        person.post(screen, order_id=order.pk)
    answer = person.post("deliver", {"without_code": "1"}, order_id=order.pk)
    assert answer.status_code == (302 if delivered else 422)
    assert (Order.objects.get(pk=order.pk).state == State.DELIVERED) is delivered


def test_declining_needs_a_reason_and_tells_it_in_the_customers_language(helper, store, listing):
    order = place_order(store, {listing.pk: 2})
    assert order.language == "hi"
    assert helper.post("reject", order_id=order.pk).status_code == 422
    assert (
        helper.post("reject", {"reason": "other", "words": " "}, order_id=order.pk).status_code
        == 422
    )
    assert Order.objects.get(pk=order.pk).state == State.CONFIRMED
    helper.post("reject", {"reason": "sold_out"}, order_id=order.pk)
    event = order.events.latest("version")
    assert event.after == State.REJECTED
    assert event.reason
    assert event.reason != "sold_out"
    assert Listing.objects.get(pk=listing.pk).held == 0


def test_the_shops_own_words_are_the_reason(helper, order):
    helper.post("reject", {"reason": "other", "words": "Fan is broken"}, order_id=order.pk)
    assert order.events.latest("version").reason == "Fan is broken"


def test_a_failed_delivery_is_cancelled_and_the_goods_come_back(helper, order, listing):
    for screen in ("accept", "pack", "dispatch"):
        helper.post(screen, order_id=order.pk)
    helper.post("cancel", {"reason": "not_home"}, order_id=order.pk)
    assert Order.objects.get(pk=order.pk).state == State.CANCELLED
    assert Listing.objects.get(pk=listing.pk).on_hand == 10


def test_the_digits_may_be_typed_in_devanagari(helper, order):
    for screen in ("accept", "pack", "dispatch"):
        helper.post(screen, order_id=order.pk)
    page = text(helper.get("deliver", order_id=order.pk))
    pattern = re.search(r'pattern="([^"]+)"', page)
    code = services.delivery_code(order)
    hindi = code.translate(str.maketrans("0123456789", "०१२३४५६७८९"))
    assert re.fullmatch(pattern[1], code)
    assert re.fullmatch(pattern[1], hindi)
    answer = helper.post("deliver", {"code": "¹²³⁴"}, order_id=order.pk)
    assert answer.status_code == 422
    assert Order.objects.get(pk=order.pk).code_tries == 0
    helper.post("deliver", {"code": hindi}, order_id=order.pk)
    assert Order.objects.get(pk=order.pk).state == State.DELIVERED


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("cash", "the customer owes nothing, not the delivery fee of ₹20 either."),
        ("upi", "gets ₹270 back by UPI: everything that was paid, with the delivery fee of ₹20."),
    ],
)
def test_calling_off_says_what_goes_back_and_does_so(helper, store, listing, method, words):
    place = captured_order if method == "upi" else place_order
    order = place(store, {listing.pk: 1})
    assert words in text(helper.get("reject", order_id=order.pk))
    for screen in ("accept", "pack", "dispatch"):
        helper.post(screen, order_id=order.pk)
    helper.post("undelivered", {"reason": "not_home"}, order_id=order.pk)
    assert words in text(helper.get("cancel", order_id=order.pk))
    helper.post("cancel", {"reason": "not_home"}, order_id=order.pk)
    order.refresh_from_db()
    assert order.refunded == (27000 if method == "upi" else 0)


def test_an_order_that_ran_short_is_marked_on_the_board_and_in_its_pick_list(
    helper, store, listing
):
    order = place_order(store, {listing.pk: 4})
    helper.post("accept", order_id=order.pk)
    count_stock(store_id=store.pk, listing_id=listing.pk, counted=1, actor="system")
    assert "1 item has run short" in text(helper.get("today"))
    assert "4 pc went missing in a count" in text(helper.get("order", order_id=order.pk))
    answer = helper.post("pack", htmx=True, order_id=order.pk)
    assert "Not enough in stock" in text(answer)


def test_the_order_page_says_what_to_pick_and_whom_to_call(helper, order):
    page = text(helper.get("order", order_id=order.pk))
    for wanted in [
        order.number,
        "Ring twice",
        "4 Hailey Road",
        "tel:+919810012345",
        "https://wa.me/919810012345?text=",
        "₹270",
        "Cash to collect",
    ]:
        assert wanted in page


def test_an_unpaid_order_is_none_of_the_shops_business(helper, store, listing):
    order = place_order(store, {listing.pk: 1}, payment_method="upi")
    assert order.code not in text(helper.get("today"))
    assert helper.get("order", order_id=order.pk).status_code == 404
    assert helper.post("accept", order_id=order.pk).status_code == 404


@pytest.mark.parametrize("orders", [1, 12])
def test_today_asks_as_much_of_the_database_for_one_order_as_for_many(helper, store, orders):
    listing = make_listing(store, on_hand=100)
    for n in range(orders):
        order = place_order(store, {listing.pk: 1})
        if n % 2:
            helper.post("accept", order_id=order.pk)
    for screen in ("today", "board"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            helper.get(screen)
        assert len(queries) == TODAY_QUERIES


def test_the_poll_is_silent_while_nothing_has_changed(helper, order):
    seen = text(helper.get("board")).split("seen=")[1].split('"')[0]
    assert helper.get("board", f"?seen={seen}").status_code in {204, 200}  # 200: a minute passed
    helper.post("accept", order_id=order.pk)
    assert helper.get("board", f"?seen={seen}").status_code == 200


def test_the_badge_counts_new_orders_on_every_screen(manager, order):
    page = text(manager.get("stock"))
    assert f'data-newest="{order.pk}"' in page
    assert 'data-count="1"' in page
    unchanged = f"?newest={order.pk}&n=1"
    assert manager.get("waiting", unchanged).status_code == 204
    manager.post("accept", order_id=order.pk)
    assert 'data-count="0"' in text(manager.get("waiting", unchanged))


def test_the_order_page_costs_ten_statements(helper, order, django_assert_num_queries):
    with django_assert_num_queries(10):
        helper.get("order", order_id=order.pk)
