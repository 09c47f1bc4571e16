"""Asking a customer for what is owed: when the shop taps, or every so many days by itself."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.errors import InvalidInput
from payments.khata.errors import NothingOwed, RemindedLately
from payments.khata.models import Khata
from payments.khata.selectors import owed_by, owed_since
from payments.khata.services.limits import lock_khata

REMINDER = "khata.reminder"
BATCH = 500


def remind(*, store_id: UUID, khata_id: UUID) -> None:
    """Owe the customer a reminder; the outbox sends it. Raises NothingOwed, RemindedLately, KhataClosed."""
    with transaction.atomic():
        khata = lock_khata(store_id=store_id, khata_id=khata_id)
        if not owed_by(khata):
            raise NothingOwed
        if not khata.may_be_reminded:
            raise RemindedLately
        _remind(khata)


def set_reminders(*, store_id: UUID, khata_id: UUID, every: int | None) -> Khata:
    """Have the customer reminded by itself whenever something has been owed for `every` days; None is
    never. Raises InvalidInput, KhataClosed."""
    if every not in (None, *Khata.REMIND_EVERY):
        raise InvalidInput(field="every", why=str(every))
    with transaction.atomic():
        khata = lock_khata(store_id=store_id, khata_id=khata_id)
        if khata.remind_every != every:
            khata.remind_every = every
            khata.remind_at = None if every is None else now()
            khata.save(update_fields=["remind_every", "remind_at"])
        return khata


def remind_due() -> int:
    """Remind whoever's time has come and owes something for that long; returns how many khatas were
    looked at, at most BATCH."""
    with transaction.atomic():
        found = Khata.objects.to_remind(now()).select_for_update(
            of=("self",), no_key=True, skip_locked=True
        )
        due = list(found[:BATCH])
        for khata in due:
            every = timedelta(days=khata.remind_every or 0)
            since = owed_since(khata)
            if since is not None and since + every <= now() and khata.may_be_reminded:
                _remind(khata)
            else:
                khata.remind_at = max((since or now()) + every, now() + timedelta(hours=1))
                khata.save(update_fields=["remind_at"])
    return len(due)


def _remind(khata: Khata) -> None:
    khata.reminded_at = now()
    if khata.remind_every is not None:
        khata.remind_at = khata.reminded_at + timedelta(days=khata.remind_every)
    khata.save(update_fields=["reminded_at", "remind_at"])
    payload = {
        "khata": str(khata.pk),
        "store_id": str(khata.store_id),
        "at": khata.reminded_at.isoformat(),
    }
    outbox.publish(REMINDER, payload, store_id=khata.store_id)
