"""The shop's settings of times for later orders, and of its own time to answer."""

from datetime import time

import pytest

from stores.shops.models import DeliverySlot, Store
from tests.dashboard.shopkeeper import text

pytestmark = pytest.mark.django_db

EVENING = {"starts": "17:00", "ends": "19:00", "capacity": "8", "cut_off": "60"}


def offered(store: Store) -> list[tuple[int, time, int, int]]:
    slots = DeliverySlot.objects.active().filter(store=store)
    return list(slots.values_list("weekday", "starts", "capacity", "cut_off"))


def test_a_time_is_added_to_several_days(manager, store):
    answer = manager.post("shop-slots", EVENING | {"weekdays": ["0", "5"]})
    assert answer.status_code == 302
    assert offered(store) == [(0, time(17), 8, 60), (5, time(17), 8, 60)]
    page = text(manager.get("shop-slots"))
    assert "Monday" in page
    assert "5:00 – 7:00 PM" in page
    assert "2 times a week" in text(manager.get("shop"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"weekdays": []}, "This field is required."),
        ({"weekdays": ["8"]}, "Select a valid choice."),
        ({"ends": "16:00"}, "A slot starts before it ends."),
        ({"capacity": "0"}, "greater than or equal to 1"),
        ({"starts": "18:00", "ends": "20:00"}, "Monday: there is a slot already from 5:00 PM"),
        ({"starts": "nine"}, "Enter a valid time."),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_the_form_as_typed(manager, store, changes, problem):
    manager.post("shop-slots", EVENING | {"weekdays": ["0"]})
    answer = manager.post("shop-slots", EVENING | {"weekdays": ["0", "1"]} | changes)
    assert answer.status_code == 422
    assert problem in text(answer)
    assert offered(store) == [(0, time(17), 8, 60)]


def test_a_time_outside_the_hours_is_refused_and_one_that_fell_outside_is_marked(manager, store):
    manager.post("shop-slots", EVENING | {"weekdays": ["0"]})
    store.hours = {"mon": [["09:00", "18:00"]]}
    store.save()
    assert "Outside your opening hours" in text(manager.get("shop-slots"))
    late = manager.post(
        "shop-slots", EVENING | {"weekdays": ["0"], "starts": "20:00", "ends": "21:00"}
    )
    assert "Monday: the shop is closed at that time." in text(late)


def test_a_time_takes_more_orders_is_switched_off_and_copied(manager, store):
    manager.post("shop-slots", EVENING | {"weekdays": ["0"]})
    slot = DeliverySlot.objects.get()
    manager.post("slot-change", {"capacity": "12", "cut_off": "30"}, slot_id=slot.pk)
    assert offered(store) == [(0, time(17), 12, 30)]
    page = text(
        manager.post("slot-change", {"capacity": "", "cut_off": "30"}, slot_id=slot.pk, follow=True)
    )
    assert "Orders at most: This field is required." in page
    manager.post("slots-copy", {"weekday": "0"})
    assert [weekday for weekday, *_ in offered(store)] == list(range(7))
    manager.post("slot-change", {"off": "1"}, slot_id=slot.pk)
    assert [weekday for weekday, *_ in offered(store)] == list(range(1, 7))
    gone = text(manager.post("slot-change", {"off": "1"}, slot_id=slot.pk, follow=True))
    assert "The shop has no such slot." in gone


def test_another_shop_cannot_change_it(manager, store, hire):
    from tests.factories import make_store

    manager.post("shop-slots", EVENING | {"weekdays": ["0"]})
    slot = DeliverySlot.objects.get()
    stranger = hire(make_store(), "owner")
    stranger.post("slot-change", {"off": "1"}, slot_id=slot.pk)
    assert offered(store) == [(0, time(17), 8, 60)]


@pytest.mark.parametrize("days", [["0"], ["0", "1", "2", "3", "4", "5", "6"]])
def test_the_week_costs_three_statements(manager, days, django_assert_num_queries):
    manager.post("shop-slots", EVENING | {"weekdays": days})
    manager.get("shop-slots")
    with django_assert_num_queries(3):
        manager.get("shop-slots")


def test_the_shop_sets_its_minutes_and_its_days(manager, store):
    assert (
        manager.post("shop-terms", {"accept_minutes": "20", "return_days": "0"}).status_code == 302
    )
    store.refresh_from_db()
    assert (store.accept_minutes, store.return_days) == (20, 0)
    assert "20 minutes to accept · 0 days to return" in text(manager.get("shop"))
    for wrong in ({"accept_minutes": "1"}, {"accept_minutes": "241"}, {"return_days": "61"}):
        answer = manager.post("shop-terms", {"accept_minutes": "20", "return_days": "0"} | wrong)
        assert answer.status_code == 422
    store.refresh_from_db()
    assert (store.accept_minutes, store.return_days) == (20, 0)
