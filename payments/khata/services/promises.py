"""Orders on khata: credit is set aside while they are on their way, and owed once they are delivered.

Every function runs in its caller's transaction, under the order's lock. Amounts are paise.
"""

from uuid import UUID

from payments.khata.models import Khata, KhataEntry, KhataPromise
from payments.khata.selectors import owed_by
from payments.khata.services.entries import write
from payments.khata.services.limits import check_limit, lock_khata


def promise(*, store_id: UUID, khata_id: UUID, order_id: UUID, amount: int) -> None:
    """Set credit aside for an order's bill, or change how much: less is never refused.

    Raises KhataClosed, OverLimit, InvalidInput.
    """
    khata = lock_khata(store_id=store_id, khata_id=khata_id)
    known = KhataPromise.objects.of(khata).filter(reference=order_id).first()
    if known is None or amount > known.amount:
        check_limit(khata, amount, order_id=order_id)
    if known is None:
        KhataPromise.objects.create(
            store_id=store_id, khata=khata, reference=order_id, amount=amount
        )
    elif amount != known.amount:
        known.amount = amount
        known.save(update_fields=["amount"])


def give_up(*, store_id: UUID, order_id: UUID) -> None:
    """The order is called off: nothing will be owed for it."""
    KhataPromise.objects.filter(store_id=store_id, reference=order_id).delete()


def keep_promise(
    *, store_id: UUID, khata_id: UUID, order_id: UUID, amount: int, actor: str, note: str
) -> None:
    """The order is delivered: its bill is owed, once. It was promised in full, so it is not refused
    even where the shop gives less credit by now."""
    khata = lock_khata(store_id=store_id, khata_id=khata_id)
    if amount:
        entry = KhataEntry(kind=KhataEntry.Kind.ORDER, amount=amount, reference=order_id)
        write(entry, khata, key=order_id.hex, actor=actor, note=note)
    give_up(store_id=store_id, order_id=order_id)


def take_off(
    *, store_id: UUID, khata_id: UUID, return_id: UUID, amount: int, actor: str, note: str
) -> int:
    """Goods came back: up to so much is not owed any more; how much that was. What was paid back
    already is the shop's to give back in cash."""
    khata = Khata.objects.locked().get(store_id=store_id, pk=khata_id)
    less = min(owed_by(khata), amount)
    if less:
        entry = KhataEntry(kind=KhataEntry.Kind.RETURN, amount=-less, reference=return_id)
        write(entry, khata, key=return_id.hex, actor=actor, note=note)
    return less
