"""Reading khatas: who owes what, and since when. Amounts are paise."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from payments.khata.models import Khata, KhataEntry, KhataPromise
from payments.ledger.models import Account, Balance

# Money paid back, and a charge struck out, meets the oldest debts first: what is still owed of a
# line is how far the sum of debts up to it exceeds all that was met.
_UNPAID = """
SELECT khata_id, least(amount, upto - met), at FROM (
    SELECT khata_id, amount, at,
           sum(amount) OVER (PARTITION BY khata_id ORDER BY id) AS upto,
           met.sum AS met
    FROM khata_khataentry AS entry
    JOIN LATERAL (
        SELECT coalesce(-sum(less.amount), 0) AS sum FROM khata_khataentry AS less
        WHERE less.store_id = entry.store_id AND less.khata_id = entry.khata_id AND less.amount < 0
    ) AS met ON true
    WHERE entry.store_id = %(store)s AND entry.amount > 0
      AND (%(khata)s::uuid IS NULL OR entry.khata_id = %(khata)s)
) AS debts
WHERE upto > met
ORDER BY at
"""
BUCKETS = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer owes, and since when the oldest of it."""

    khata: Khata
    owed: int
    since: datetime | None


def owed_by(khata: Khata) -> int:
    """What stands on the khata, from the ledger's stored balance."""
    found = Balance.objects.filter(
        store_id=khata.store_id, account=Account.KHATA, party_id=khata.pk
    )
    return found.values_list("amount", flat=True).first() or 0


def owed_on(khatas: Collection[Khata]) -> dict[UUID, int]:
    """What stands on each of several khatas, of whatever shops, by khata; one statement."""
    found = Balance.objects.filter(
        store_id__in=[khata.store_id for khata in khatas],
        account=Account.KHATA,
        party_id__in=[khata.pk for khata in khatas],
    )
    owed: dict[UUID | None, int] = dict(found.values_list("party_id", "amount"))
    return {khata.pk: owed.get(khata.pk, 0) for khata in khatas}


def promised_by(khata: Khata, *, besides: UUID | None = None) -> int:
    """What the khata will owe for orders on their way, `besides` one of them."""
    promises = KhataPromise.objects.of(khata)
    if besides is not None:
        promises = promises.exclude(reference=besides)
    return promises.aggregate(sum=Sum("amount", default=0))["sum"]


def credit_left(khata: Khata) -> int:
    """For how much more can be bought on it."""
    return max(khata.limit - owed_by(khata) - promised_by(khata), 0)


def taken_off(*, store_id: UUID, return_id: UUID) -> int:
    """By how much goods that came back have made a debt less; the rest of their worth was paid already."""
    found = KhataEntry.objects.filter(
        store_id=store_id, kind=KhataEntry.Kind.RETURN, reference=return_id
    )
    return -(found.values_list("amount", flat=True).first() or 0)


def owed_since(khata: Khata) -> datetime | None:
    """Since when the oldest of what is owed is owed."""
    unpaid = _unpaid(khata.store_id, khata.pk)
    return unpaid[0][2] if unpaid else None


def standings(store_id: UUID) -> list[Standing]:
    """Every open khata of a shop, who owes most first; three statements."""
    khatas = list(Khata.objects.of_store(store_id).open())
    owed = dict(
        Balance.objects.filter(store_id=store_id, account=Account.KHATA).values_list(
            "party_id", "amount"
        )
    )
    since: dict[UUID, datetime] = {}
    for khata_id, _amount, at in _unpaid(store_id):
        since.setdefault(khata_id, at)
    found = [Standing(khata, owed.get(khata.pk, 0), since.get(khata.pk)) for khata in khatas]
    return sorted(found, key=lambda each: -each.owed)


def ageing(khata: Khata, at: datetime) -> list[int]:
    """What is owed for up to 30 days, 60, 90, and longer."""
    sums = [0] * (len(BUCKETS) + 1)
    for _khata, amount, since in _unpaid(khata.store_id, khata.pk):
        days = (at - since).days
        sums[sum(days >= limit for limit in BUCKETS)] += amount
    return sums


def _unpaid(store_id: UUID, khata_id: UUID | None = None) -> list[tuple[UUID, int, datetime]]:
    """(khata, what is unpaid of one debt, since when), oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_UNPAID, {"store": store_id, "khata": khata_id})
        return [(khata, int(amount), at) for khata, amount, at in cursor.fetchall()]
