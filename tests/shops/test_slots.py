"""The times a shop offers: added, changed, switched off and copied from one day to the others."""

from datetime import time
from typing import Any

import pytest

from marketplace.core.errors import InvalidInput
from stores.shops.models import DeliverySlot, SlotDay, Store
from stores.shops.services import UnknownStore
from stores.shops.slots import UnknownSlot, add_slots, change_slot, copy_slots, switch_off_slot
from tests.factories import make_store

pytestmark = pytest.mark.django_db

HOURS = {"mon": [["09:00", "13:00"], ["16:00", "21:00"]], "tue": [["09:00", "21:00"]]}


def add(store: Store, **changes: Any) -> DeliverySlot:
    """Mondays from five to seven, eight orders, an hour's notice."""
    values: dict[str, Any] = {
        "store_id": store.pk,
        "weekdays": [0],
        "starts": time(17),
        "ends": time(19),
        "capacity": 8,
        "cut_off": 60,
    }
    add_slots(**values | changes)
    return DeliverySlot.objects.active().get(
        store=store, weekday=(values | changes)["weekdays"][0], starts=(values | changes)["starts"]
    )


def offered(store: Store) -> list[tuple[int, str, int]]:
    return [
        (slot.weekday, f"{slot.starts:%H:%M}-{slot.ends:%H:%M}", slot.capacity)
        for slot in DeliverySlot.objects.active().filter(store=store)
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts": time(12), "ends": time(14)}, "starts"),  # over the midday break
        (
            {"weekdays": [1, 2], "starts": time(10), "ends": time(11)},
            "starts",
        ),  # closed on Wednesdays
        ({"starts": time(18), "ends": time(20)}, "starts"),  # over the other slot
        ({"starts": time(19), "ends": time(19)}, "ends"),
        ({"weekdays": [7]}, "weekdays"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 501}, "capacity"),
        ({"cut_off": -1}, "cut_off"),
    ],
)
def test_a_slot_that_cannot_be_is_refused_and_its_field_named(changes, field):
    store = make_store(hours=HOURS)
    add(store)
    with pytest.raises(InvalidInput) as refused:
        add(store, **changes)
    assert refused.value.params["field"] == field
    assert offered(store) == [(0, "17:00-19:00", 8)]


def test_slots_may_follow_one_another():
    store = make_store(hours=HOURS)
    add(store)
    add(store, starts=time(19), ends=time(21))
    assert len(offered(store)) == 2


def test_a_slot_takes_more_orders_or_is_switched_off():
    store = make_store(hours=HOURS)
    slot = add(store)
    change_slot(store_id=store.pk, slot_id=slot.pk, capacity=12, cut_off=0)
    assert offered(store) == [(0, "17:00-19:00", 12)]
    switch_off_slot(store_id=store.pk, slot_id=slot.pk)
    assert offered(store) == []
    with pytest.raises(UnknownSlot):
        switch_off_slot(store_id=store.pk, slot_id=slot.pk)


def test_a_slot_switched_on_again_remembers_its_orders():
    store = make_store(hours=HOURS)
    slot = add(store)
    SlotDay.objects.create(store=store, slot=slot, day="2026-11-23", taken=3)
    switch_off_slot(store_id=store.pk, slot_id=slot.pk)
    again = add(store, capacity=4)
    assert again.pk == slot.pk
    assert offered(store) == [(0, "17:00-19:00", 4)]
    assert SlotDay.objects.get(slot=again).taken == 3


def test_a_day_is_copied_to_the_others_as_far_as_their_hours_allow():
    store = make_store(hours=HOURS | {"wed": [["16:00", "18:00"]]})
    add(store)
    add(store, starts=time(19), ends=time(21), capacity=3)
    add(store, weekdays=[1], starts=time(10), ends=time(11))
    copy_slots(store_id=store.pk, weekday=0)
    copy_slots(store_id=store.pk, weekday=0)
    assert offered(store) == [
        (0, "17:00-19:00", 8),
        (0, "19:00-21:00", 3),
        (1, "17:00-19:00", 8),
        (1, "19:00-21:00", 3),
    ]


def test_another_shop_touches_nothing():
    store, other = make_store(hours=HOURS), make_store(hours=HOURS)
    slot = add(store)
    with pytest.raises(UnknownSlot):
        change_slot(store_id=other.pk, slot_id=slot.pk, capacity=1, cut_off=0)
    with pytest.raises(UnknownSlot):
        switch_off_slot(store_id=other.pk, slot_id=slot.pk)
    with pytest.raises(UnknownStore):
        add(store, store_id=slot.pk)
    assert offered(store) == [(0, "17:00-19:00", 8)]
