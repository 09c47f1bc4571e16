"""Delivery slots: what is offered, who gets the last place, and how a place comes back."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import transaction

from marketplace.core.clock import travel
from orders import services
from orders.errors import SlotClosed, SlotFull, SlotTooLate, SlotUnknown
from orders.models import Order, State
from orders.services.slots import book_slot, offered_slots
from stores.shops.models import DeliverySlot, SlotDay, Store
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

# Tuesday 24 November 2026, 10:00 in India
TUESDAY = date(2026, 11, 24)
TEN = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
SHOP = "person:shopkeeper"


def make_slot(store: Store, **changes: Any) -> DeliverySlot:
    """Tuesdays from five to seven in the evening, two orders, an hour's notice."""
    values: dict[str, Any] = {
        "weekday": 1,
        "starts": time(17),
        "ends": time(19),
        "capacity": 2,
        "cut_off": 60,
    }
    return DeliverySlot.objects.create(store=store, **values | changes)


def ordered(store: Store) -> Order:
    return place_order(store, {make_listing(store).pk: 1})


def book(order: Order, slot: DeliverySlot, day: date = TUESDAY) -> Order:
    with transaction.atomic():
        book_slot(order, store=order.store, slot_id=slot.pk, day=day)
        order.save()
    return order


def taken(slot: DeliverySlot) -> int:
    return SlotDay.objects.get(slot=slot).taken


@pytest.mark.django_db
def test_a_booked_slot_stands_on_the_order_in_utc():
    with travel(to=TEN):
        slot = make_slot(store := make_store())
        order = book(ordered(store), slot)
    order.refresh_from_db()
    assert order.slot == slot
    assert order.slot_starts_at == datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    assert order.slot_ends_at == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    assert taken(slot) == 1


@pytest.mark.django_db
def test_a_full_slot_takes_nobody_and_is_named():
    with travel(to=TEN):
        slot = make_slot(store := make_store())
        for _ in range(2):
            book(ordered(store), slot)
        late = ordered(store)
        with pytest.raises(SlotFull) as refused:
            book(late, slot)
    assert str(refused.value).startswith("Today, 5:00 – 7:00 PM: no place is left.")
    assert taken(slot) == 2
    assert Order.objects.get(pk=late.pk).slot is None


@pytest.mark.django_db
def test_the_cut_off_is_the_last_moment():
    slot = make_slot(store := make_store())
    # 16:00 in India, an hour before it begins
    with travel(to=datetime(2026, 11, 24, 10, 29, 50, tzinfo=UTC)):
        book(ordered(store), slot)
    with (
        travel(to=datetime(2026, 11, 24, 10, 30, 1, tzinfo=UTC)),
        pytest.raises(SlotTooLate),
    ):
        book(ordered(store), slot)
    assert taken(slot) == 1


@pytest.mark.django_db
def test_a_slot_is_taken_only_as_it_is_offered():
    with travel(to=TEN):
        store = make_store(hours={"tue": [["08:00", "20:00"]], "wed": [["08:00", "20:00"]]})
        slot = make_slot(store)
        off = make_slot(store, starts=time(10), active=False)
        after_hours = make_slot(store, starts=time(19), ends=time(21))
        elsewhere = make_slot(make_store())
        order = ordered(store)
        for wrong, day in [
            (slot, date(2026, 11, 25)),  # a Wednesday
            (slot, date(2026, 11, 17)),  # past
            (slot, date(2026, 12, 1)),  # a week ahead
            (off, TUESDAY),
            (after_hours, TUESDAY),
            (elsewhere, TUESDAY),
        ]:
            with pytest.raises(SlotUnknown):
                book(order, wrong, day)
        store.holidays = [TUESDAY]
        store.save()
        order.store.refresh_from_db()
        with pytest.raises(SlotClosed):
            book(order, slot)
    assert not SlotDay.objects.exists()


@pytest.mark.django_db
def test_the_next_three_days_are_offered_with_what_is_left_and_why_not(
    django_assert_num_queries,
):
    with travel(to=TEN):
        store = make_store(holidays=[date(2026, 11, 26)])
        make_slot(store, starts=time(8), ends=time(9))  # over
        make_slot(store, starts=time(10, 30), ends=time(11))  # too late
        evening = make_slot(store)
        last = make_slot(store, weekday=2, capacity=1)
        make_slot(store, weekday=3)  # on the holiday
        make_slot(store, weekday=4)  # Friday: too far ahead
        make_slot(store, starts=time(20), ends=time(21), active=False)
        book(ordered(store), evening)
        book(ordered(store), last, date(2026, 11, 25))
        with django_assert_num_queries(2):
            offered = offered_slots(store)
        assert [
            (each.day.day, each.slot.starts.hour, each.left, each.problem and each.problem.code)
            for each in offered
        ] == [
            (24, 10, 2, "slot_too_late"),
            (24, 17, 1, None),
            (25, 17, 0, "slot_full"),
            (26, 17, 2, "slot_closed"),
        ]


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["cancel", "reject"])
def test_an_order_called_off_gives_its_place_back(end):
    with travel(to=TEN):
        slot = make_slot(store := make_store(), capacity=1)
        order = book(ordered(store), slot)
        getattr(services, end)(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="")
        assert taken(slot) == 0
        book(ordered(store), slot)


@pytest.mark.django_db(transaction=True)
def test_of_32_customers_one_gets_the_last_place(concurrently):
    with travel(to=TEN):
        slot = make_slot(store := make_store(), capacity=5)
        listing = make_listing(store, on_hand=100)
        later = {"slot_id": slot.pk, "slot_day": TUESDAY}
        for _ in range(4):
            place_order(store, {listing.pk: 1}, **later)
        outcomes = concurrently(32, lambda: str(place_order(store, {listing.pk: 1}, **later).state))
    assert outcomes.count("confirmed") == 1
    assert outcomes.count("slot_full") == 31
    assert taken(slot) == 5 == Order.objects.filter(slot=slot).count()
    listing.refresh_from_db()
    assert listing.held == 5, "who found it full holds no stock"


@pytest.mark.django_db(transaction=True)
def test_customers_coming_and_going_at_once_leave_as_many_places_taken_as_orders(concurrently):
    with travel(to=TEN):
        slot = make_slot(store := make_store(), capacity=6)
        listing = make_listing(store, on_hand=100)
        later = {"slot_id": slot.pk, "slot_day": TUESDAY}
        first = [place_order(store, {listing.pk: 1}, **later) for _ in range(6)]

        def leave(order: Order) -> str:
            about = {"store_id": store.pk, "order_id": order.pk, "actor": "person:asha"}
            return str(services.cancel(**about, reason="").state)

        def come() -> str:
            return str(place_order(store, {listing.pk: 1}, **later).state)

        outcomes = concurrently(
            [act for order in first for act in (lambda order=order: leave(order), come)]
        )
    assert outcomes.count("cancelled") == 6
    standing = Order.objects.filter(slot=slot).in_states([State.CONFIRMED]).count()
    assert standing == outcomes.count("confirmed") == taken(slot)
    listing.refresh_from_db()
    assert listing.held == standing


@pytest.mark.django_db(transaction=True)
def test_the_first_place_of_a_day_is_taken_by_many_at_once(concurrently):
    with travel(to=TEN):
        slot = make_slot(store := make_store(), capacity=20)
        listing = make_listing(store, on_hand=100)
        orders = [place_order(store, {listing.pk: 1}) for _ in range(8)]
        concurrently([lambda order=order: book(order, slot).code for order in orders])
    assert taken(slot) == 8
