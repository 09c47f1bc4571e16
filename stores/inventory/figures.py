"""What is on the shelf, set aside and expired: changed here and nowhere else, in one statement."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import connection

from marketplace.core import outbox
from marketplace.core.clock import now
from stores.inventory.errors import UnknownListing
from stores.inventory.models import Listing

NOTHING: Mapping[UUID, int] = {}

# The news of low stock, kept while it stays low; `moved` adds to the listing at an instant.
TOLD_SQL = """CASE
    WHEN listing.policy = 'counted' AND listing.reorder_level >=
        listing.on_hand + moved.on_hand
        - listing.held - moved.held - listing.expired - moved.expired
    THEN coalesce(listing.low_stock_told_at, moved.at)
END"""

_SHIFT = f"""
UPDATE inventory_listing AS listing
SET held = listing.held + moved.held,
    on_hand = listing.on_hand + moved.on_hand,
    expired = listing.expired + moved.expired,
    next_expiry = CASE WHEN moved.batched THEN (
        SELECT min(batch.expires_on) FROM inventory_batch AS batch
        WHERE batch.listing_id = listing.id AND batch.on_hand > 0 AND NOT batch.expired
    ) ELSE listing.next_expiry END,
    low_stock_told_at = {TOLD_SQL}
FROM (SELECT %(now)s::timestamptz AS at, each.*
      FROM unnest(%(stores)s::uuid[], %(ids)s::uuid[], %(held)s::bigint[],
                  %(on_hand)s::bigint[], %(expired)s::bigint[], %(batched)s::bool[])
           AS each (store_id, id, held, on_hand, expired, batched)) AS moved
WHERE listing.store_id = moved.store_id AND listing.id = moved.id
RETURNING listing.id, listing.held, listing.on_hand, listing.expired, listing.next_expiry,
          listing.low_stock_told_at
"""


def shift(
    listings: Mapping[UUID, Listing],
    *,
    held: Mapping[UUID, int] = NOTHING,
    on_hand: Mapping[UUID, int] = NOTHING,
    expired: Mapping[UUID, int] = NOTHING,
    batched: Collection[UUID] = (),
) -> None:
    """Add base units to the figures of locked listings; those whose batches changed are `batched`.

    The shop is told once when what is left to sell falls to the reorder level, whatever made it
    fall; being above it again, by a receipt or because an order was called off, forgets that. The
    table's own checks (never oversold, never negative) have the last word.
    """
    moved = list(held.keys() | on_hand.keys() | expired.keys() | set(batched))
    if not moved:
        return
    moment, crossed = now(), []
    with connection.cursor() as cursor:
        cursor.execute(
            _SHIFT,
            {
                "now": moment,
                "stores": [listings[key].store_id for key in moved],
                "ids": moved,
                "held": [held.get(key, 0) for key in moved],
                "on_hand": [on_hand.get(key, 0) for key in moved],
                "expired": [expired.get(key, 0) for key in moved],
                "batched": [key in batched for key in moved],
            },
        )
        if cursor.rowcount != len(moved):
            raise UnknownListing
        for key, *figures in cursor.fetchall():
            listing = listings[key]
            listing.held, listing.on_hand, listing.expired = figures[:3]
            listing.next_expiry, listing.low_stock_told_at = figures[3:]
            if listing.low_stock_told_at == moment:
                crossed.append(listing)
    tell_low(crossed)


def tell_low(listings: Collection[Listing]) -> None:
    """Owe the shop the news that these locked listings have fallen to their reorder level."""
    if listings:
        outbox.publish_many(
            "stock.low",
            [
                (
                    listing.store_id,
                    {"store_id": str(listing.store_id), "listing_id": str(listing.pk)},
                )
                for listing in listings
            ],
        )
