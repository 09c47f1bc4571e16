"""Stock set aside for orders. Every function runs in the caller's transaction.

The caller locks its order first, these functions the listings, in key order (docs/stock.md).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db import connection

from marketplace.core.clock import now
from stores.inventory.errors import OutOfStock, UnknownListing
from stores.inventory.models import Hold, Listing, StockMovement
from stores.inventory.services.stock import low_stock_told


def lock_listings(*, store_id: UUID, listing_ids: Iterable[UUID], on: date) -> dict[UUID, Listing]:
    """The shop's listings with product and GST rate, locked in key order.

    Raises UnknownListing when one is not this shop's.
    """
    wanted = set(listing_ids)
    listings = {
        listing.pk: listing
        for listing in Listing.objects.of_store(store_id)
        .filter(pk__in=wanted)
        .select_related("product")
        .with_tax(on)
        .in_key_order()
    }
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

    Raises OutOfStock, naming every short listing; then nothing is held. Two statements.
    """
    short = [
        {
            "listing_id": str(listing_id),
            "name": listings[listing_id].product.name,
            "wanted": quantity,
            "available": listings[listing_id].available,
        }
        for listing_id, quantity in wanted.items()
        if not _suffices(listings[listing_id], quantity)
    ]
    if short:
        raise OutOfStock(lines=short, names=", ".join(str(line["name"]) for line in short))
    _shift(store_id, wanted, held=+1, on_hand=0)
    moment = now()
    Hold.objects.bulk_create(
        Hold(
            store_id=store_id,
            listing_id=listing_id,
            reference=reference,
            quantity=quantity,
            created_at=moment,
        )
        for listing_id, quantity in wanted.items()
    )


def release_stock(*, store_id: UUID, reference: UUID) -> None:
    """Give back what is still held for `reference`; again changes nothing."""
    _, holds = _lock_held(store_id, reference)
    if holds:
        _shift(store_id, _sum(holds), held=-1, on_hand=0)
        _close(holds, Hold.State.RELEASED)


def take_stock(*, store_id: UUID, reference: UUID, actor: str) -> dict[UUID, int]:
    """Packed: what is held leaves the shelf as a sale; returns base units taken per listing."""
    listings, holds = _lock_held(store_id, reference)
    taken = _sum(holds)
    counted = {
        listing_id: quantity
        for listing_id, quantity in taken.items()
        if listings[listing_id].policy == Listing.Policy.COUNTED
    }
    _shift(store_id, counted, held=-1, on_hand=-1)
    _shift(store_id, {key: taken[key] for key in taken.keys() - counted.keys()}, held=-1, on_hand=0)
    _close(holds, Hold.State.TAKEN)
    _record(listings, counted, StockMovement.Kind.SALE, reference, actor, sign=-1)
    for listing_id in counted:
        listing = listings[listing_id]
        told = low_stock_told(listing)
        if told != listing.low_stock_told_at:
            Listing.objects.filter(pk=listing_id).update(low_stock_told_at=told)
    return taken


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
    _shift(store_id, counted, held=0, on_hand=+1)
    _record(listings, counted, StockMovement.Kind.RETURN, reference, actor, sign=+1)


def _suffices(listing: Listing, quantity: int) -> bool:
    available = listing.available
    return listing.shown and (available is None or available >= quantity)


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


def _shift(store_id: UUID, quantities: Mapping[UUID, int], *, held: int, on_hand: int) -> None:
    """Move `held` and `on_hand` of locked listings by ±1 x quantity, in one statement.

    The table's own checks (never oversold, never negative) have the last word.
    """
    if not quantities:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inventory_listing AS listing
            SET held = listing.held + %(held)s * moved.quantity,
                on_hand = listing.on_hand + %(on_hand)s * moved.quantity
            FROM unnest(%(ids)s::uuid[], %(quantities)s::bigint[]) AS moved (id, quantity)
            WHERE listing.store_id = %(store)s AND listing.id = moved.id
            """,
            {
                "held": held,
                "on_hand": on_hand,
                "store": store_id,
                "ids": list(quantities),
                "quantities": list(quantities.values()),
            },
        )
        if cursor.rowcount != len(quantities):
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
        if kind == StockMovement.Kind.SALE:
            listing.held -= quantity
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
