"""A shop gives a customer credit, more or less of it, and no more. Amounts are paise."""

from uuid import UUID

from django.db import IntegrityError, transaction

from marketplace.accounts.services import normalise_phone
from marketplace.core.clock import now
from marketplace.core.errors import InvalidInput
from marketplace.core.money import rupees
from payments.khata.errors import KhataOpen, OrderOnItsWay, StillOwed
from payments.khata.models import Khata
from payments.khata.selectors import owed_by, promised_by
from payments.khata.services.limits import lock_khata

# One lakh rupees is what a kirana shop would lend nobody.
HIGHEST_LIMIT = 1_00_000_00


def open_khata(*, store_id: UUID, phone: str, name: str, limit: int, actor: str) -> Khata:
    """Give a customer credit up to `limit` paise. Raises InvalidPhone, InvalidInput, KhataOpen."""
    khata = Khata(
        store_id=store_id,
        phone=normalise_phone(phone),
        name=_named(name),
        limit=_limited(limit),
        opened_by=actor,
    )
    try:
        with transaction.atomic():
            khata.save(force_insert=True)
    except IntegrityError as error:
        known = Khata.objects.of_store(store_id).open().filter(phone=khata.phone).first()
        if known is None:
            raise
        raise KhataOpen(phone=khata.phone, name=known.name) from error
    return khata


def change_khata(*, store_id: UUID, khata_id: UUID, name: str, limit: int) -> Khata:
    """Call it otherwise, or give more or less credit; what is owed or ordered already stays. Raises
    InvalidInput and KhataClosed."""
    with transaction.atomic():
        khata = lock_khata(store_id=store_id, khata_id=khata_id)
        khata.name, khata.limit = _named(name), _limited(limit)
        khata.save(update_fields=["name", "limit"])
        return khata


def close_khata(*, store_id: UUID, khata_id: UUID) -> Khata:
    """Give no more credit; nothing may be owed, nor be ordered on it. Raises StillOwed, OrderOnItsWay,
    KhataClosed."""
    with transaction.atomic():
        khata = lock_khata(store_id=store_id, khata_id=khata_id)
        if owed := owed_by(khata):
            raise StillOwed(owed=rupees(owed))
        if promised := promised_by(khata):
            raise OrderOnItsWay(promised=rupees(promised))
        khata.closed_at = now()
        khata.save(update_fields=["closed_at"])
        return khata


def _named(name: str) -> str:
    if not 0 < len(name.strip()) <= 120:
        raise InvalidInput(field="name", why="1-120")
    return name.strip()


def _limited(limit: int) -> int:
    if not 0 <= limit <= HIGHEST_LIMIT:
        raise InvalidInput(field="limit", why=rupees(HIGHEST_LIMIT))
    return limit
