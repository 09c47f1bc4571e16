"""A partner sees when a shop can deliver, and says when it could not."""

from datetime import UTC, date, datetime, time

import pytest

from marketplace.core.clock import travel
from orders import services
from orders.models import Order
from stores.shops.models import DeliverySlot, SlotDay
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db

# Tuesday 24 November 2026, ten in the morning in India
TEN = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)


def test_the_slots_of_the_next_days_with_what_is_left(client_for, django_assert_num_queries):
    store = make_store()
    slot = DeliverySlot.objects.create(
        store=store, weekday=1, starts=time(17), ends=time(19), capacity=2
    )
    morning = DeliverySlot.objects.create(
        store=store, weekday=1, starts=time(10, 30), ends=time(11), capacity=2
    )
    SlotDay.objects.create(store=store, slot=slot, day=date(2026, 11, 24), taken=1)
    client = client_for(store)
    url = f"/api/v1/stores/{store.pk}/slots/"
    with travel(to=TEN):
        client.get(url)  # notes the key's use
        with django_assert_num_queries(4):
            offered = client.get(url).json()
    assert offered == [
        {
            "slot": str(morning.pk),
            "slot_day": "2026-11-24",
            "starts_at": "2026-11-24T10:30:00+05:30",
            "ends_at": "2026-11-24T11:00:00+05:30",
            "left": 2,
            "problem": "slot_too_late",
        },
        {
            "slot": str(slot.pk),
            "slot_day": "2026-11-24",
            "starts_at": "2026-11-24T17:00:00+05:30",
            "ends_at": "2026-11-24T19:00:00+05:30",
            "left": 1,
            "problem": None,
        },
    ]


def test_another_shops_slots_are_not_there(client_for):
    other = make_store()
    assert client_for(make_store()).get(f"/api/v1/stores/{other.pk}/slots/").status_code == 404


def test_a_courier_reports_a_failed_delivery_and_tries_again(client_for):
    store = make_store()
    order = place_order(store, {make_listing(store).pk: 1})
    client = client_for(store)
    url = f"/api/v1/orders/{order.pk}"
    refused = client.post(f"{url}/undelivered/", {"reason": "Nobody at home"}, format="json")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "illegal_transition"
    for name in ("accept", "pack", "dispatch"):
        getattr(services, name)(store_id=store.pk, order_id=order.pk, actor="person:shop")
    assert client.post(f"{url}/undelivered/", {}, format="json").status_code == 400
    answer = client.post(f"{url}/undelivered/", {"reason": "Nobody at home"}, format="json").json()
    assert answer["state"] == "undelivered"
    assert answer["events"][-1]["reason"] == "Nobody at home"
    assert client.post(f"{url}/dispatch/").json()["state"] == "out_for_delivery"
    client.post(f"{url}/undelivered/", {"reason": "Nobody at home"}, format="json")
    assert client.post(f"{url}/cancel/", {"reason": "Twice"}, format="json").status_code == 200
    assert Order.objects.get(pk=order.pk).state == "cancelled"
