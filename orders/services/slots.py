"""A place in a shop's delivery or collecting slot: offered, taken with the order, given back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F

from marketplace.core.clock import INDIA, business_date, now
from marketplace.core.errors import DomainError
from marketplace.core.ids import uuid7
from marketplace.core.templatetags.nukkad import span
from orders.errors import SlotClosed, SlotFull, SlotTooLate, SlotUnknown
from orders.models import Order
from stores.shops.models import DeliverySlot, SlotDay, Store

# Today and the next days in which a slot may be chosen.
DAYS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """A slot on one day with the places left in it; `problem` says why it cannot be chosen, and
    `until` is the last moment at which it can."""

    slot: DeliverySlot
    day: date
    starts_at: datetime
    ends_at: datetime
    until: datetime
    left: int
    problem: DomainError | None


def offered_slots(store: Store, *, days: int = DAYS_AHEAD) -> list[OfferedSlot]:
    """The shop's slots of today and the following days, in their order; those of today that have
    begun are left out. Two statements."""
    slots = list(DeliverySlot.objects.active().filter(store_id=store.pk))
    if not slots:
        return []
    today = business_date()
    coming = [today + timedelta(days=ahead) for ahead in range(days)]
    taken = {
        (each.slot_id, each.day): each.taken
        for each in SlotDay.objects.filter(store_id=store.pk, day__in=coming)
    }
    offered = []
    for day in coming:
        for slot in slots:
            starts_at, ends_at = _span_on(slot, day)
            if not _held_on(store, slot, day) or starts_at <= now():
                continue
            left = max(slot.capacity - taken.get((slot.pk, day), 0), 0)
            problem = _problem(store, slot, day) or (None if left else _full(slot, day))
            until = _last_call(slot, starts_at)
            offered.append(OfferedSlot(slot, day, starts_at, ends_at, until, left, problem))
    return offered


def book_slot(order: Order, *, store: Store, slot_id: UUID, day: date) -> None:
    """Take one place in the shop's slot on this day and write the slot onto the order, unsaved.

    Runs in the caller's transaction after the listings are locked. Two statements; of those who
    want the last place at once, one gets it. Raises SlotUnknown, SlotClosed, SlotTooLate, SlotFull.
    """
    slot = DeliverySlot.objects.active().filter(store_id=store.pk, pk=slot_id).first()
    ahead = (day - business_date()).days
    if slot is None or not _held_on(store, slot, day) or not 0 <= ahead < DAYS_AHEAD:
        raise SlotUnknown
    if problem := _problem(store, slot, day):
        raise problem
    if not _take_place(slot, day):
        raise _full(slot, day)
    order.slot = slot
    order.slot_starts_at, order.slot_ends_at = _span_on(slot, day)


def give_up_slot(order: Order) -> None:
    """Give the place of a called-off order back; the caller has locked the order and calls it off.

    The order keeps the time it was meant for.
    """
    if order.slot_id is not None and order.slot_starts_at is not None:
        SlotDay.objects.filter(
            store_id=order.store_id,
            slot_id=order.slot_id,
            day=business_date(order.slot_starts_at),
        ).update(taken=F("taken") - 1)


def _held_on(store: Store, slot: DeliverySlot, day: date) -> bool:
    """Whether this is the slot's weekday and the shop's hours of that day hold it."""
    return slot.weekday == day.weekday() and store.open_throughout(day, slot.starts, slot.ends)


def _problem(store: Store, slot: DeliverySlot, day: date) -> DomainError | None:
    """Why nobody can take the slot on this day, however many places are left."""
    starts_at, ends_at = _span_on(slot, day)
    if day in store.holidays:
        return SlotClosed(slot=span(starts_at, ends_at))
    if now() > _last_call(slot, starts_at):
        return SlotTooLate(slot=span(starts_at, ends_at))
    return None


def _last_call(slot: DeliverySlot, starts_at: datetime) -> datetime:
    return starts_at - timedelta(minutes=slot.cut_off)


def _full(slot: DeliverySlot, day: date) -> SlotFull:
    return SlotFull(slot=span(*_span_on(slot, day)))


def _span_on(slot: DeliverySlot, day: date) -> tuple[datetime, datetime]:
    return (
        datetime.combine(day, slot.starts, INDIA),
        datetime.combine(day, slot.ends, INDIA),
    )


def _take_place(slot: DeliverySlot, day: date) -> bool:
    """One more order in the slot on this day, if the capacity allows it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO shops_slotday AS booked (id, store_id, slot_id, day, taken)
            VALUES (%(id)s, %(store)s, %(slot)s, %(day)s, 1)
            ON CONFLICT (store_id, slot_id, day)
                DO UPDATE SET taken = booked.taken + 1 WHERE booked.taken < %(capacity)s
            RETURNING taken
            """,
            {
                "id": uuid7(),
                "store": slot.store_id,
                "slot": slot.pk,
                "day": day,
                "capacity": slot.capacity,
            },
        )
        return cursor.fetchone() is not None
