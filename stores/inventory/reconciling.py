"""Whether the figures of the shelf are what their history adds up to; what differs is written down.

Nothing here changes a stock figure: drift is a fault in the code or a hand in the database, and
hiding it would hide the cause.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from marketplace.core.clock import business_date, now
from marketplace.core.ids import uuid7
from stores.inventory.models import Hold, StockDrift
from stores.inventory.owners import hold_owner
from stores.shops.models import Store

logger = logging.getLogger(__name__)

Figure = StockDrift.Figure
STORES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Drift:
    """A figure of a listing, in base units, and what it should be."""

    store_id: UUID
    listing_id: UUID
    figure: str
    stored: int
    computed: int

    def __str__(self) -> str:
        return (
            f"store {self.store_id}, listing {self.listing_id}, {self.figure}: "
            f"{self.stored} stored, {self.computed} by its history"
        )


def store_chunks() -> Iterator[list[UUID]]:
    """Every shop, so many at once as one statement looks at."""
    store_ids = list(Store.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(store_ids), STORES_AT_ONCE):
        yield store_ids[start : start + STORES_AT_ONCE]


def reconcile_all() -> list[Drift]:
    """Look at every shop; returns all drift there is now, having written and logged it."""
    return [drift for store_ids in store_chunks() for drift in reconcile(store_ids=store_ids)]


def reconcile(*, store_ids: Sequence[UUID]) -> list[Drift]:
    """Compare these shops' figures with their history, and keep the record of drift up to date.

    Drift is opened once, seen again each time, and cleared when it is gone.
    """
    moment = now()
    found = [*_differing(store_ids), *_orphans(store_ids)]
    for drift in found:
        logger.error("stock drift: %s", drift)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO inventory_stockdrift
                (id, store_id, listing_id, figure, stored, computed, found_at, seen_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (store_id, listing_id, figure) WHERE cleared_at IS NULL
            DO UPDATE SET stored = excluded.stored, computed = excluded.computed,
                          seen_at = excluded.seen_at
            """,
            [
                (
                    uuid7(),
                    drift.store_id,
                    drift.listing_id,
                    drift.figure,
                    drift.stored,
                    drift.computed,
                    moment,
                    moment,
                )
                for drift in found
            ],
        )
        StockDrift.objects.open().filter(store_id__in=store_ids, seen_at__lt=moment).update(
            cleared_at=moment
        )
    return found


# One statement sees one moment: every service changes figures and history in one transaction, so
# what differs here differs in truth. Of several batches that differ, the one furthest off is named.
_DIFFERING = """
WITH held AS (
    SELECT listing_id, sum(quantity) AS n
    FROM inventory_hold WHERE store_id = ANY(%(stores)s) AND state = 'open' GROUP BY 1
), moved AS (
    SELECT listing_id, batch_id, sum(delta) AS n
    FROM inventory_stockmovement WHERE store_id = ANY(%(stores)s) GROUP BY 1, 2
), on_hand AS (
    SELECT listing_id, sum(n) AS n FROM moved GROUP BY 1
), batch AS (
    SELECT batch.id, batch.listing_id, batch.on_hand, coalesce(moved.n, 0) AS n,
           batch.on_hand - coalesce(moved.n, 0) AS off,
           batch.expired, batch.expires_on < %(today)s AS past
    FROM inventory_batch AS batch LEFT JOIN moved ON moved.batch_id = batch.id
    WHERE batch.store_id = ANY(%(stores)s)
), batches AS (
    SELECT listing.id AS listing_id,
           sum(batch.on_hand) AS n,
           (array_agg(batch.on_hand ORDER BY abs(batch.off) DESC, batch.id))[1] AS worst,
           (array_agg(batch.n ORDER BY abs(batch.off) DESC, batch.id))[1] AS worst_moved,
           coalesce(sum(batch.on_hand) FILTER (WHERE batch.expired OR batch.past
               AND coalesce(listing.next_expiry >= %(today)s, true)), 0) AS expired
    FROM batch JOIN inventory_listing AS listing ON listing.id = batch.listing_id
    GROUP BY 1
)
SELECT listing.store_id, listing.id, figure.name, figure.stored, figure.computed
FROM inventory_listing AS listing
LEFT JOIN held ON held.listing_id = listing.id
LEFT JOIN on_hand ON on_hand.listing_id = listing.id
LEFT JOIN batches ON batches.listing_id = listing.id
CROSS JOIN LATERAL (VALUES
    ('held', listing.held, coalesce(held.n, 0)),
    ('on_hand', listing.on_hand, coalesce(on_hand.n, 0)),
    ('batches',
     CASE WHEN batches.worst <> batches.worst_moved THEN batches.worst ELSE batches.n END,
     CASE WHEN batches.worst <> batches.worst_moved THEN batches.worst_moved
          ELSE least(batches.n, listing.on_hand) END),
    ('expired', listing.expired, coalesce(batches.expired, 0))
) AS figure (name, stored, computed)
WHERE listing.store_id = ANY(%(stores)s) AND figure.stored <> figure.computed
ORDER BY listing.id, figure.name
"""


def _differing(store_ids: Sequence[UUID]) -> list[Drift]:
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING, {"stores": list(store_ids), "today": business_date()})
        return [
            Drift(store_id, listing_id, figure, int(stored), int(computed))
            for store_id, listing_id, figure, stored, computed in cursor.fetchall()
        ]


def _orphans(store_ids: Sequence[UUID]) -> list[Drift]:
    """Stock set aside for what is finished or was never there, by listing."""
    open_holds = Hold.objects.open().filter(store_id__in=store_ids)
    owners = dict(open_holds.values_list("pk", "reference"))
    needed = hold_owner().still_needs(set(owners.values()))
    forgotten = open_holds.filter(
        pk__in=[key for key, reference in owners.items() if reference not in needed]
    )
    kept: dict[tuple[UUID, UUID], int] = {}
    for hold in forgotten.order_by("listing_id"):
        # Whoever has ended meanwhile has closed its holds, or handed them over, in the transaction.
        if hold.reference == owners[hold.pk]:
            key = hold.store_id, hold.listing_id
            kept[key] = kept.get(key, 0) + hold.quantity
    return [
        Drift(store_id, listing_id, Figure.ORPHANS, quantity, 0)
        for (store_id, listing_id), quantity in kept.items()
    ]
