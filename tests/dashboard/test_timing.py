"""What the shop sees of time: how long it has to accept, the slots, and what came back."""

from datetime import timedelta

import pytest

from marketplace.core.clock import INDIA, now, travel
from orders import services
from orders.models import Order, State
from stores.inventory.models import Listing
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


def out_for_delivery(order: Order) -> Order:
    for name in ("accept", "pack", "dispatch"):
        order = getattr(services, name)(
            store_id=order.store_id, order_id=order.pk, actor="person:shopkeeper"
        )
    return order


def test_cards_and_the_page_count_down_to_when_the_order_must_be_accepted(helper, order):
    assert order.accept_by > now()
    at = order.accept_by.astimezone(INDIA).isoformat()
    for page in (helper.get("today"), helper.get("order", order_id=order.pk)):
        assert f'<time data-countdown datetime="{at}"' in text(page)
    helper.post("accept", order_id=order.pk)
    assert "data-countdown" not in text(helper.get("today"))


def test_an_order_that_waits_for_the_shop_to_open_has_its_hour_instead(helper, order):
    order.accept_by = now() + timedelta(hours=9)
    order.save()
    page = text(helper.get("today"))
    assert "accept by " in page
    assert "data-countdown" not in page


def test_orders_stand_by_when_they_are_wanted_and_new_ones_by_when_to_answer(
    helper, store, listing
):
    first, second, third = (place_order(store, {listing.pk: 1}) for _ in range(3))
    at = now()
    Order.objects.filter(pk=first.pk).update(
        slot_starts_at=at + timedelta(hours=3), slot_ends_at=at + timedelta(hours=5)
    )
    Order.objects.filter(pk=third.pk).update(accept_by=at + timedelta(minutes=1))
    assert order_of(text(helper.get("today")), first, second, third) == [third, first, second]
    for each in (first, second, third):
        helper.post("accept", order_id=each.pk)
    assert order_of(text(helper.get("today")), first, second, third) == [second, third, first]


def order_of(page: str, *orders: Order) -> list[Order]:
    return sorted(orders, key=lambda order: page.index(order.code))


def test_the_slot_stands_on_the_card_and_the_page_and_is_marked_once_it_is_over(
    helper, store, order
):
    noon = now().astimezone(INDIA).replace(hour=12, minute=0)
    with travel(to=noon):
        order.slot_starts_at = noon + timedelta(hours=5)
        order.slot_ends_at = noon + timedelta(hours=7)
        order.save()
        for page in (helper.get("today"), helper.get("order", order_id=order.pk)):
            assert "Today, 5:00 – 7:00 PM" in text(page)
            assert "late:" not in text(page)
    with travel(to=noon + timedelta(hours=8)):
        assert "late:" in text(helper.get("today"))


def test_a_failed_delivery_is_tried_again_from_the_board(helper, order):
    out_for_delivery(order)
    assert "Came back" not in text(helper.get("today"))
    assert helper.url("undelivered", order_id=order.pk) in text(
        helper.get("deliver", order_id=order.pk)
    )
    assert helper.post("undelivered", order_id=order.pk).status_code == 422
    answer = helper.post("undelivered", {"reason": "later"}, order_id=order.pk)
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.state == State.UNDELIVERED
    assert order.events.last().reason
    page = text(helper.get("today", "?column=back"))
    assert "Came back" in page
    assert "Try again" in page
    helper.post("dispatch", order_id=order.pk)
    order.refresh_from_db()
    assert order.state == State.OUT_FOR_DELIVERY


def test_a_failed_delivery_comes_back_for_good(helper, order, listing):
    out_for_delivery(order)
    helper.post("undelivered", {"reason": "other", "words": "Dog"}, order_id=order.pk)
    page = text(helper.get("order", order_id=order.pk))
    assert "Put the goods back and cancel" in page
    assert "Dog" in page
    helper.post("cancel", {"reason": "not_home"}, order_id=order.pk)
    assert Order.objects.get(pk=order.pk).state == State.CANCELLED
    assert Listing.objects.get(pk=listing.pk).on_hand == 10


def test_what_nobody_collected_is_called_off(helper, store):
    listing = make_listing(store)
    order = place_order(store, {listing.pk: 2}, fulfilment="pickup", address=None)
    for screen in ("accept", "pack", "ready"):
        helper.post(screen, order_id=order.pk)
    assert "Nobody came to collect it" in text(helper.get("cancel", order_id=order.pk))
    helper.post("cancel", {"reason": "not_collected"}, order_id=order.pk)
    assert Order.objects.get(pk=order.pk).state == State.CANCELLED
    assert Listing.objects.get(pk=listing.pk).on_hand == 10


def test_an_order_in_the_shop_cannot_fail_at_a_door(helper, order):
    answer = helper.post("undelivered", {"reason": "later"}, order_id=order.pk)
    assert answer.status_code == 422
    assert "The order is already: confirmed." in text(answer)
    assert Order.objects.get(pk=order.pk).version == order.version
