"""Stock set aside for orders. Every function runs in the caller's transaction.

The caller locks its order first, these functions the listings, in key order (docs/stock.md).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from uuid import UUID

from django.db import connection

from marketplace.core.clock import now
from marketplace.core.rows import Write, insert, load, select_list, width, write_together
from stores.catalogue.models import Product
from stores.inventory.errors import OutOfStock, UnknownListing
from stores.inventory.models import Hold, Listing, StockMovement
from stores.inventory.services.stock import low_stock_told

NOTHING: Mapping[UUID, int] = {}

# What a sale needs to know of the product; the rest is read when somebody asks.
OF_PRODUCT = ("id", "name", "name_hi", "packed", "base_unit", "pack_quantity", "pack_unit", "hsn")

# The condition says again what `available` says; both are read under the lock.
_HOLD_SQL = """
UPDATE inventory_listing AS listing
SET held = listing.held + wanted.quantity
FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (id, quantity)
WHERE listing.store_id = %s AND listing.id = wanted.id AND listing.shown
  AND (listing.policy = 'on_shelf' AND listing.on_shelf
       OR listing.policy = 'counted'
          AND listing.on_hand - listing.held - listing.expired >= wanted.quantity)
"""


@cache
def _lock_sql() -> str:
    """Lock a shop's listings in key order, with their products and the GST rate of a day."""
    return f"""
    SELECT (SELECT bps FROM catalogue_gstrate AS rate
            WHERE rate.hsn = product.hsn AND rate.packed = product.packed
              AND rate.valid_from <= %s
            ORDER BY rate.valid_from DESC LIMIT 1),
           {select_list(Listing, "listing")}, {select_list(Product, "product", *OF_PRODUCT)}
    FROM inventory_listing AS listing
    JOIN catalogue_product AS product ON product.id = listing.product_id
    WHERE listing.store_id = %s AND listing.id = ANY(%s::uuid[])
    ORDER BY listing.id
    FOR NO KEY UPDATE OF listing
    """


def lock_listings(*, store_id: UUID, listing_ids: Iterable[UUID], on: date) -> dict[UUID, Listing]:
    """The shop's listings with product and GST rate, locked in key order.

    Raises UnknownListing when one is not this shop's.
    """
    wanted = set(listing_ids)
    listings: dict[UUID, Listing] = {}
    with connection.cursor() as cursor:
        cursor.execute(_lock_sql(), [on, store_id, list(wanted)])
        for row in cursor.fetchall():
            listing = load(Listing, row[1 : 1 + width(Listing)])
            listing.product = load(Product, row[1 + width(Listing) :], *OF_PRODUCT)
            listing.gst_bps = row[0]
            listings[listing.pk] = listing
    if len(listings) != len(wanted):
        raise UnknownListing
    return listings


def hold_stock(
    *,
    store_id: UUID,
    reference: UUID,
    wanted: Mapping[UUID, int],
    listings: Mapping[UUID, Listing],
) -> None:
    """Set aside `wanted` base units of each locked listing for `reference`.

    Raises OutOfStock, naming every short listing; then nothing is held. One statement.
    """
    held, _ = write_together(
        *holding(store_id=store_id, reference=reference, wanted=wanted, listings=listings)
    )
    if held != len(wanted):
        raise UnknownListing


def holding(
    *,
    store_id: UUID,
    reference: UUID,
    wanted: Mapping[UUID, int],
    listings: Mapping[UUID, Listing],
) -> tuple[Write, Write]:
    """The writes of `hold_stock`, to be sent with others; the first must touch as many rows as there
    are listings wanted.

    Raises OutOfStock, naming every short listing.
    """
    short = [
        _shortage(listings[listing_id], quantity)
        for listing_id, quantity in wanted.items()
        if not _suffices(listings[listing_id], quantity)
    ]
    if short:
        raise OutOfStock(lines=short, names=", ".join(str(line["name"]) for line in short))
    moment = now()
    holds = [
        Hold(
            store_id=store_id,
            listing_id=listing_id,
            reference=reference,
            quantity=quantity,
            created_at=moment,
        )
        for listing_id, quantity in wanted.items()
    ]
    return Write(_HOLD_SQL, (list(wanted), list(wanted.values()), store_id)), insert(holds)


def release_stock(*, store_id: UUID, reference: UUID) -> None:
    """Give back what is still held for `reference`; again changes nothing."""
    _, holds = _lock_held(store_id, reference)
    if holds:
        _shift(store_id, held={key: -quantity for key, quantity in _sum(holds).items()})
        _close(holds, Hold.State.RELEASED)


def adjust_holds(
    *,
    store_id: UUID,
    reference: UUID,
    wanted: Mapping[UUID, int],
    listings: Mapping[UUID, Listing],
) -> None:
    """Let `reference` hold exactly `wanted` base units of each of these locked listings from now on.

    Zero gives a hold up; other listings keep theirs. Raises OutOfStock, naming every short
    listing; then nothing has changed.
    """
    holds = {
        hold.listing_id: hold
        for hold in Hold.objects.open().filter(
            store_id=store_id, reference=reference, listing_id__in=list(wanted)
        )
    }
    before = {key: holds[key].quantity if key in holds else 0 for key in wanted}
    short = [
        _shortage(listings[key], quantity - before[key])
        for key, quantity in wanted.items()
        if quantity > before[key] and not _suffices(listings[key], quantity - before[key])
    ]
    if short:
        raise OutOfStock(lines=short, names=", ".join(str(line["name"]) for line in short))
    changed = {key: quantity for key, quantity in wanted.items() if quantity != before[key]}
    _shift(store_id, held={key: changed[key] - before[key] for key in changed})
    _close(
        [holds[key] for key in changed if key in holds and not changed[key]], Hold.State.RELEASED
    )
    for key, quantity in changed.items():
        if quantity and key in holds:
            Hold.objects.filter(pk=holds[key].pk).update(quantity=quantity)
        elif quantity:
            Hold.objects.create(
                store_id=store_id, listing_id=key, reference=reference, quantity=quantity
            )


def take_stock(*, store_id: UUID, reference: UUID, packed: Mapping[UUID, int], actor: str) -> None:
    """Packed: `packed` base units of each held listing leave the shelf as a sale, and every hold of
    `reference` is closed.

    What was weighed may be more or less than was held. Raises OutOfStock when the shelf, without
    what others hold, has less than was packed.
    """
    listings, holds = _lock_held(store_id, reference)
    held = _sum(holds)
    counted = {
        key: quantity
        for key, quantity in packed.items()
        if quantity and listings[key].policy == Listing.Policy.COUNTED
    }
    short = [
        _shortage(listings[key], quantity)
        for key, quantity in counted.items()
        if quantity > (listings[key].available or 0) + held.get(key, 0)
    ]
    if short:
        raise OutOfStock(lines=short, names=", ".join(str(line["name"]) for line in short))
    _shift(
        store_id,
        held={key: -quantity for key, quantity in held.items()},
        on_hand={key: -quantity for key, quantity in counted.items()},
    )
    _close(holds, Hold.State.TAKEN)
    for key, quantity in held.items():
        listings[key].held -= quantity
    _record(listings, counted, StockMovement.Kind.SALE, reference, actor, sign=-1)
    for key in counted:
        told = low_stock_told(listings[key])
        if told != listings[key].low_stock_told_at:
            Listing.objects.of_store(store_id).filter(pk=key).update(low_stock_told_at=told)


def return_stock(
    *, store_id: UUID, reference: UUID, quantities: Mapping[UUID, int], actor: str
) -> None:
    """Goods that had left the shelf come back to it whole (a delivery that failed, a return)."""
    listings = lock_listings(store_id=store_id, listing_ids=quantities, on=now().date())
    counted = {
        listing_id: quantity
        for listing_id, quantity in quantities.items()
        if listings[listing_id].policy == Listing.Policy.COUNTED
    }
    _shift(store_id, on_hand=counted)
    _record(listings, counted, StockMovement.Kind.RETURN, reference, actor, sign=+1)


def _suffices(listing: Listing, quantity: int) -> bool:
    available = listing.available
    return listing.shown and (available is None or available >= quantity)


def _shortage(listing: Listing, quantity: int) -> dict[str, object]:
    return {
        "listing_id": str(listing.pk),
        "name": listing.product.name,
        "wanted": quantity,
        "available": listing.available,
    }


def _lock_held(store_id: UUID, reference: UUID) -> tuple[dict[UUID, Listing], list[Hold]]:
    """The open holds of `reference`, read again once their listings are locked: a count may have
    released one while we waited."""
    open_holds = Hold.objects.open().filter(store_id=store_id, reference=reference)
    ids = list(open_holds.values_list("listing_id", flat=True))
    if not ids:
        return {}, []
    listings = lock_listings(store_id=store_id, listing_ids=ids, on=now().date())
    return listings, list(open_holds)


def _sum(holds: Iterable[Hold]) -> dict[UUID, int]:
    return {hold.listing_id: hold.quantity for hold in holds}


def _close(holds: Iterable[Hold], state: Hold.State) -> None:
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(state=state, closed_at=now())


def _shift(
    store_id: UUID, *, held: Mapping[UUID, int] = NOTHING, on_hand: Mapping[UUID, int] = NOTHING
) -> None:
    """Add to `held` and `on_hand` of locked listings, in one statement.

    The table's own checks (never oversold, never negative) have the last word.
    """
    moved = list(held.keys() | on_hand.keys())
    if not moved:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inventory_listing AS listing
            SET held = listing.held + moved.held, on_hand = listing.on_hand + moved.on_hand
            FROM unnest(%(ids)s::uuid[], %(held)s::bigint[], %(on_hand)s::bigint[])
                AS moved (id, held, on_hand)
            WHERE listing.store_id = %(store)s AND listing.id = moved.id
            """,
            {
                "store": store_id,
                "ids": moved,
                "held": [held.get(key, 0) for key in moved],
                "on_hand": [on_hand.get(key, 0) for key in moved],
            },
        )
        if cursor.rowcount != len(moved):
            raise UnknownListing


def _record(
    listings: Mapping[UUID, Listing],
    quantities: Mapping[UUID, int],
    kind: StockMovement.Kind,
    reference: UUID,
    actor: str,
    *,
    sign: int,
) -> None:
    moment = now()
    movements = []
    for listing_id, quantity in quantities.items():
        listing = listings[listing_id]
        listing.on_hand += sign * quantity
        movements.append(
            StockMovement(
                store_id=listing.store_id,
                listing_id=listing_id,
                kind=kind,
                delta=sign * quantity,
                after=listing.on_hand,
                actor=actor,
                reference=reference,
                at=moment,
            )
        )
    StockMovement.objects.bulk_create(movements)
