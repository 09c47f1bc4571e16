"""The times at which a shop delivers or hands over what was ordered for later."""

from collections.abc import Iterable
from datetime import date, time
from uuid import UUID

from django.db import transaction
from django.utils.dates import WEEKDAYS as DAY_NAMES
from django.utils.translation import gettext_lazy as _

from marketplace.core.errors import DomainError, InvalidInput
from marketplace.core.templatetags.nukkad import clock
from stores.shops.models import DeliverySlot, Store
from stores.shops.services import UnknownStore

MOST_ORDERS = 500
LONGEST_NOTICE = 7 * 24 * 60


class UnknownSlot(DomainError):
    code = "unknown_slot"
    message = _("The shop has no such slot.")
    status = 404


@transaction.atomic
def add_slots(
    *,
    store_id: UUID,
    weekdays: Iterable[int],
    starts: time,
    ends: time,
    capacity: int,
    cut_off: int,
) -> None:
    """Offer this span of these weekdays (Monday is 0) to at most `capacity` orders each, taken at
    least `cut_off` minutes before it starts; all of them or none.

    A slot of the same span that was switched off is switched on again, so that the orders already
    in it still count. Raises InvalidInput: outside the shop's hours, over another slot, or a
    number that cannot be; UnknownStore.
    """
    store = _locked(store_id)
    _check(starts=starts, ends=ends, capacity=capacity, cut_off=cut_off)
    for weekday in weekdays:
        if weekday not in DAY_NAMES:
            raise InvalidInput(field="weekdays", why="0-6")
        if not _within_hours(store, weekday, starts, ends):
            raise InvalidInput(
                field="starts",
                why=_("%(day)s: the shop is closed at that time.") % {"day": DAY_NAMES[weekday]},
            )
        for other in DeliverySlot.objects.active().filter(store=store, weekday=weekday):
            if starts < other.ends and other.starts < ends:
                raise InvalidInput(
                    field="starts",
                    why=_("%(day)s: there is a slot already from %(starts)s to %(ends)s.")
                    % {
                        "day": DAY_NAMES[weekday],
                        "starts": clock(other.starts),
                        "ends": clock(other.ends),
                    },
                )
        _offer(store, weekday, starts, ends, capacity, cut_off)


@transaction.atomic
def change_slot(*, store_id: UUID, slot_id: UUID, capacity: int, cut_off: int) -> DeliverySlot:
    """Take more or fewer orders into a slot, or ask for another notice; orders in it stay.

    Raises InvalidInput, UnknownSlot, UnknownStore.
    """
    slot = _slot(_locked(store_id), slot_id)
    _check(starts=slot.starts, ends=slot.ends, capacity=capacity, cut_off=cut_off)
    slot.capacity, slot.cut_off = capacity, cut_off
    slot.save(update_fields=["capacity", "cut_off"])
    return slot


@transaction.atomic
def switch_off_slot(*, store_id: UUID, slot_id: UUID) -> None:
    """Offer the slot no more; orders already in it stay. Raises UnknownSlot, UnknownStore."""
    slot = _slot(_locked(store_id), slot_id)
    slot.active = False
    slot.save(update_fields=["active"])


@transaction.atomic
def copy_slots(*, store_id: UUID, weekday: int) -> None:
    """Give every other day the slots of this one, as far as its hours allow, and no others.

    Raises UnknownStore.
    """
    store = _locked(store_id)
    slots = list(DeliverySlot.objects.active().filter(store=store, weekday=weekday))
    DeliverySlot.objects.active().filter(store=store).exclude(weekday=weekday).update(active=False)
    for other in range(7):
        for slot in slots:
            if other != weekday and _within_hours(store, other, slot.starts, slot.ends):
                _offer(store, other, slot.starts, slot.ends, slot.capacity, slot.cut_off)


def is_within_hours(store: Store, slot: DeliverySlot) -> bool:
    """Whether the slot is offered at all, as the shop's hours are now."""
    return _within_hours(store, slot.weekday, slot.starts, slot.ends)


def _offer(
    store: Store, weekday: int, starts: time, ends: time, capacity: int, cut_off: int
) -> None:
    slot = DeliverySlot.objects.filter(
        store=store, weekday=weekday, starts=starts, ends=ends, active=False
    ).first() or DeliverySlot(store=store, weekday=weekday, starts=starts, ends=ends)
    slot.capacity, slot.cut_off, slot.active = capacity, cut_off, True
    slot.save()


def _within_hours(store: Store, weekday: int, starts: time, ends: time) -> bool:
    # any week will do; 1 January 2024 was a Monday
    return store.open_throughout(date(2024, 1, 1 + weekday), starts, ends)


def _check(*, starts: time, ends: time, capacity: int, cut_off: int) -> None:
    if starts >= ends:
        raise InvalidInput(field="ends", why=_("A slot starts before it ends."))
    if not 1 <= capacity <= MOST_ORDERS:
        raise InvalidInput(
            field="capacity", why=_("Between 1 and %(most)d.") % {"most": MOST_ORDERS}
        )
    if not 0 <= cut_off <= LONGEST_NOTICE:
        raise InvalidInput(
            field="cut_off", why=_("Between 0 and %(most)d minutes.") % {"most": LONGEST_NOTICE}
        )


def _locked(store_id: UUID) -> Store:
    store = Store.objects.filter(pk=store_id).select_for_update(of=("self",), no_key=True).first()
    if store is None:
        raise UnknownStore
    return store


def _slot(store: Store, slot_id: UUID) -> DeliverySlot:
    slot = DeliverySlot.objects.active().filter(store=store, pk=slot_id).first()
    if slot is None:
        raise UnknownSlot
    return slot
