"""How much more may be owed, under the khata's lock. Amounts are paise."""

from uuid import UUID

from marketplace.core.errors import InvalidInput
from marketplace.core.money import rupees
from payments.khata.errors import KhataClosed, OverLimit, OverLimitWithOrders, PaidTooMuch
from payments.khata.models import Khata
from payments.khata.selectors import owed_by, promised_by


def lock_khata(*, store_id: UUID, khata_id: UUID) -> Khata:
    """Hold an open khata until the transaction ends: before listings, as the order of locks wants it.
    Raises InvalidInput and KhataClosed."""
    khata = Khata.objects.locked().filter(store_id=store_id, pk=khata_id).first()
    if khata is None:
        raise InvalidInput(field="khata", why=str(khata_id))
    if khata.closed_at is not None:
        raise KhataClosed
    return khata


def check_limit(khata: Khata, amount: int, *, order_id: UUID | None = None) -> None:
    """Raises OverLimit where so much more would be too much, beside what orders on their way will
    owe; `order_id` is the one that it is for."""
    owed, promised = owed_by(khata), promised_by(khata, besides=order_id)
    left = max(khata.limit - owed - promised, 0)
    if amount <= left:
        return
    words = {"name": khata.name, "owed": rupees(owed), "limit": rupees(khata.limit)}
    if promised:
        raise OverLimitWithOrders(**words, promised=rupees(promised), left=rupees(left))
    raise OverLimit(**words, left=rupees(left))


def stands_after(khata: Khata, amount: int) -> int:
    """What is owed with so much more, or less if negative. Raises PaidTooMuch."""
    owed = owed_by(khata)
    if owed + amount < 0:
        raise PaidTooMuch(owed=rupees(owed))
    return owed + amount
