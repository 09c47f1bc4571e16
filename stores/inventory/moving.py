"""Every change of what is on the shelf: batches, figures and movements together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext

from marketplace.core.clock import business_date, now
from marketplace.core.ids import uuid7
from marketplace.core.money import rupees
from stores.inventory.batches import LOOSE, Move, draw, found_again, set_aside_expired
from stores.inventory.figures import NOTHING, shift
from stores.inventory.models import Batch, Listing, PriceChange, StockMovement
from stores.inventory.releasing import release_newest


def move_stock(
    listings: Mapping[UUID, Listing],
    moves: Sequence[Move],
    *,
    kind: StockMovement.Kind,
    actor: str,
    reason: str = "",
    reference: UUID | None = None,
    held: Mapping[UUID, int] = NOTHING,
    found: Mapping[UUID, int] = NOTHING,
) -> None:
    """Carry out moves of locked listings: one movement each, and holds give way to what is left.

    `held` is added to what is set aside in the same statement (goods packed are held no longer).
    `found` are base units that no count knew of and that the moves take away again: they come in by
    a correction, and the figures change once, by what remains.
    """
    on_hand: dict[UUID, int] = defaultdict(int, found)
    expired: dict[UUID, int] = defaultdict(int)
    today, touched = business_date(), {}
    for move in moves:
        on_hand[move.listing_id] += move.delta
        if batch := move.batch:
            before = batch.on_hand if batch.expired else 0
            batch.on_hand += move.delta
            batch.expired = batch.past(today)
            expired[move.listing_id] += (batch.on_hand if batch.expired else 0) - before
            touched[batch.pk] = batch
    _write_batches(list(touched.values()))
    change = dict(held)
    for key, delta in on_hand.items():
        listing = listings[key]
        left = listing.on_hand + delta - listing.expired - expired[key]
        if listing.policy == Listing.Policy.COUNTED:
            released = release_newest(listing, listing.held + change.get(key, 0) - left)
            change[key] = change.get(key, 0) - released
    after = {key: listings[key].on_hand for key in on_hand}
    batched = {batch.listing_id for batch in touched.values()}
    shift(listings, held=change, on_hand=on_hand, expired=expired, batched=batched)
    entries = [
        (StockMovement.Kind.CORRECTION, gettext("found at the counter"), Move(key, LOOSE, more))
        for key, more in found.items()
    ]
    moment, rows = now(), []
    for its_kind, why, move in entries + [(kind, reason, move) for move in moves]:
        after[move.listing_id] += move.delta
        rows.append(
            StockMovement(
                store_id=listings[move.listing_id].store_id,
                listing_id=move.listing_id,
                batch=move.batch,
                kind=its_kind,
                delta=move.delta,
                after=after[move.listing_id],
                reason=why,
                actor=actor,
                reference=reference,
                at=moment,
            )
        )
    StockMovement.objects.bulk_create(rows)
    _keep_to_printed_mrp(listings, [move for move in moves if move.delta > 0], actor)


def change_on_hand(
    *,
    listing: Listing,
    kind: StockMovement.Kind,
    after: int,
    reason: str,
    actor: str,
    reference: UUID | None = None,
) -> Listing:
    """Let a locked listing have `after` base units: less is taken from what expires first, more goes
    back to the batches that were lately counted short, and else bears no date. Holds give way if too
    little is left."""
    set_aside_expired([listing])
    delta, listings = after - listing.on_hand, {listing.pk: listing}
    if not delta:
        return listing
    if delta > 0:
        moves = found_again(listing, delta)
    else:
        moves = draw(listings, {listing.pk: -delta}, selling=False)
    move_by_hand(listing, moves, kind=kind, reason=reason, actor=actor, reference=reference)
    return listing


def move_by_hand(
    listing: Listing,
    moves: Sequence[Move],
    *,
    kind: StockMovement.Kind,
    actor: str,
    reason: str = "",
    reference: UUID | None = None,
) -> None:
    """What somebody did to one locked listing; several movements of it share a reference, so that
    they can be undone together."""
    if len(moves) > 1 and reference is None:
        reference = uuid7()
    move_stock(
        {listing.pk: listing}, moves, kind=kind, actor=actor, reason=reason, reference=reference
    )
    listing.updated_at = now()
    listing.save(update_fields=["updated_at"])


def _write_batches(batches: Sequence[Batch]) -> None:
    if not batches:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inventory_batch AS batch SET on_hand = moved.on_hand, expired = moved.expired
            FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bool[])
                AS moved (store_id, id, on_hand, expired)
            WHERE batch.store_id = moved.store_id AND batch.id = moved.id
            """,
            [
                [batch.store_id for batch in batches],
                [batch.pk for batch in batches],
                [batch.on_hand for batch in batches],
                [batch.expired for batch in batches],
            ],
        )


def _keep_to_printed_mrp(
    listings: Mapping[UUID, Listing], moves: Sequence[Move], actor: str
) -> None:
    """Packets that come back may bear an MRP below a price that has risen since: it falls to it.

    Nothing may be sold above the price printed on it (Legal Metrology Act 2009, s.18).
    """
    for move in moves:
        listing, batch = listings[move.listing_id], move.batch
        if batch is None or batch.mrp is None or batch.expired or batch.mrp >= listing.price:
            continue
        PriceChange.objects.create(
            store_id=listing.store_id,
            listing=listing,
            before=listing.price,
            after=batch.mrp,
            reason=f"MRP {rupees(batch.mrp)}",
            actor=actor,
        )
        listing.price, listing.updated_at = batch.mrp, now()
        listing.save(update_fields=["price", "updated_at"])
