"""Stock set aside for orders. Every function runs in the caller's transaction.

The caller locks its order first, these functions the listings, in key order (docs/stock.md).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from uuid import UUID

from django.db import connection
from django.db.models import F

from marketplace.core.clock import business_date, now
from marketplace.core.rows import Write, load, select_list, width, write_together
from marketplace.core.saying import say_list
from stores.catalogue.models import Product
from stores.inventory.batches import draw, put_back, set_aside_expired, shortage
from stores.inventory.errors import OutOfStock, PastItsDate, SetAside, UnknownListing
from stores.inventory.figures import TOLD_SQL, shift, tell_low
from stores.inventory.models import Hold, Listing, StockMovement
from stores.inventory.moving import move_stock

# What a sale needs to know of the product; the rest is read when somebody asks.
OF_PRODUCT = ("id", "name", "name_hi", "packed", "base_unit", "pack_quantity", "pack_unit", "hsn")

# The condition says again what `available` says; both are read under the lock.
_SET_ASIDE_SQL = f"""
UPDATE inventory_listing AS listing
SET held = listing.held + moved.held, low_stock_told_at = {TOLD_SQL}
FROM (SELECT %s::timestamptz AS at, id, held, 0 AS on_hand, 0 AS expired
      FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (id, held)) AS moved
WHERE listing.store_id = %s AND listing.id = moved.id AND (listing.shown OR %s)
  AND (listing.policy = 'on_shelf' AND (listing.on_shelf OR %s)
       OR listing.policy = 'counted'
          AND listing.on_hand - listing.held - listing.expired >= moved.held)
"""

_HOLD_SQL = """
INSERT INTO inventory_hold (id, store_id, listing_id, reference, quantity, state, created_at)
SELECT uuidv7(), %s, id, %s, quantity, 'open', %s::timestamptz
FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (id, quantity)
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
    in_hand: bool = False,
) -> None:
    """Set aside `wanted` base units of each locked listing for `reference`.

    `in_hand`: the shop has the goods before it, for an order that it has taken already, so a listing
    that is hidden or marked as sold out meanwhile serves too. Raises OutOfStock, naming every short
    listing; then nothing is held. One statement.
    """
    held, _ = write_together(
        *holding(
            store_id=store_id,
            reference=reference,
            wanted=wanted,
            listings=listings,
            in_hand=in_hand,
        )
    )
    if held != len(wanted):
        raise UnknownListing


def holding(
    *,
    store_id: UUID,
    reference: UUID,
    wanted: Mapping[UUID, int],
    listings: Mapping[UUID, Listing],
    in_hand: bool = False,
) -> tuple[Write, Write]:
    """The writes of `hold_stock`, to be sent with others; the first must touch as many rows as there
    are listings wanted.

    What passed its date since the last sweep is set aside first, and the shop is told of what falls
    to its reorder level: further statements, where there is something to say. Raises OutOfStock,
    naming every short listing.
    """
    set_aside_expired(listings.values())
    short = [
        shortage(listings[listing_id], quantity)
        for listing_id, quantity in wanted.items()
        if not _suffices(listings[listing_id], quantity, in_hand=in_hand)
    ]
    if short:
        raise OutOfStock(lines=short, names=say_list([str(line["name"]) for line in short]))
    tell_low([listings[key] for key in wanted if _falls_low(listings[key], wanted[key])])
    moment, ids, quantities = now(), list(wanted), list(wanted.values())
    return (
        Write(_SET_ASIDE_SQL, (moment, ids, quantities, store_id, in_hand, in_hand)),
        Write(_HOLD_SQL, (store_id, reference, moment, ids, quantities)),
    )


def release_stock(*, store_id: UUID, reference: UUID) -> None:
    """Give back what is still held for `reference`; again changes nothing."""
    listings, holds = _lock_held(store_id, reference)
    if holds:
        shift(listings, held={key: -quantity for key, quantity in _sum(holds).items()})
        _close(holds, Hold.State.RELEASED)


def hand_over_holds(
    *, store_id: UUID, giver: UUID, taker: UUID, listing_ids: Iterable[UUID]
) -> None:
    """What `giver` holds of these locked listings is `taker`'s from now on, as long as it has been
    held: nobody comes in between, and what was set aside stays so whatever the window shows now."""
    holds = Hold.objects.open().filter(store_id=store_id, listing_id__in=list(listing_ids))
    own = {hold.listing_id: hold for hold in holds.filter(reference=taker)}
    for given in holds.filter(reference=giver):
        if (mine := own.get(given.listing_id)) is None:
            Hold.objects.filter(pk=given.pk).update(reference=taker)
        else:
            _close([given], Hold.State.RELEASED)
            Hold.objects.filter(pk=mine.pk).update(quantity=F("quantity") + given.quantity)


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
    set_aside_expired(listings[key] for key in wanted)
    holds = {
        hold.listing_id: hold
        for hold in Hold.objects.open().filter(
            store_id=store_id, reference=reference, listing_id__in=list(wanted)
        )
    }
    before = {key: holds[key].quantity if key in holds else 0 for key in wanted}
    short = [
        shortage(listings[key], quantity - before[key])
        for key, quantity in wanted.items()
        if quantity > before[key] and not _suffices(listings[key], quantity - before[key])
    ]
    if short:
        raise OutOfStock(lines=short, names=say_list([str(line["name"]) for line in short]))
    changed = {key: quantity for key, quantity in wanted.items() if quantity != before[key]}
    shift(listings, held={key: changed[key] - before[key] for key in changed})
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
    """Packed: `packed` base units of each listing leave the shelf as a sale, first what expires
    first, and every hold of `reference` is closed.

    What was weighed may be more or less than was held. Raises OutOfStock when the shelf, without
    what others hold and what is past its date, has less than was packed.
    """
    listings, holds = _lock_held(store_id, reference, also=packed)
    held = _sum(holds)
    counted = {
        key: quantity
        for key, quantity in packed.items()
        if quantity and listings[key].policy == Listing.Policy.COUNTED
    }
    short = [
        shortage(listings[key], quantity)
        for key, quantity in counted.items()
        if quantity > (listings[key].available or 0) + held.get(key, 0)
    ]
    if short:
        raise OutOfStock(lines=short, names=say_list([str(line["name"]) for line in short]))
    _close(holds, Hold.State.TAKEN)
    move_stock(
        listings,
        draw(listings, counted, selling=True),
        kind=StockMovement.Kind.SALE,
        actor=actor,
        reference=reference,
        held={key: -quantity for key, quantity in held.items()},
    )


def sell_stock(
    *,
    reference: UUID,
    quantities: Mapping[UUID, int],
    listings: Mapping[UUID, Listing],
    actor: str,
    take_held: bool = False,
) -> None:
    """Sold over the counter: base units of each locked listing leave the shelf at once, first what
    expires first.

    The customer holds the goods in the hand, so a listing that is not counted, hidden, or not
    marked as there is sold all the same, and packets that no count knew of are first found by a
    correction. What is set aside for others is sold only with `take_held`: the newest holds then
    give way as they do to a count. Raises PastItsDate and SetAside, naming the listings; then
    nothing has changed.
    """
    set_aside_expired(listings[key] for key in quantities)
    counted = {
        key: quantity
        for key, quantity in quantities.items()
        if listings[key].policy == Listing.Policy.COUNTED
    }
    found = {
        key: quantity - listings[key].on_hand + listings[key].expired
        for key, quantity in counted.items()
        if quantity > listings[key].on_hand - listings[key].expired
    }
    # An unknown packet beside expired ones is taken for one of those.
    _refuse(PastItsDate, {key: counted[key] for key in found if listings[key].expired}, listings)
    if not take_held:
        # What is found is sold at once, so it is nobody's either way.
        free = {key: (listings[key].available or 0) + found.get(key, 0) for key in counted}
        over = {key: counted[key] - free[key] for key in counted if counted[key] > free[key]}
        _refuse(SetAside, over, listings)
    move_stock(
        listings,
        draw(listings, counted, selling=True, found=found),
        kind=StockMovement.Kind.COUNTER_SALE,
        actor=actor,
        reference=reference,
        found=found,
    )


def _refuse(
    refusal: type[OutOfStock], wanted: Mapping[UUID, int], listings: Mapping[UUID, Listing]
) -> None:
    """Raise a refusal that names these listings and how much of each is wanted, if there are any."""
    if wanted:
        lines = [shortage(listings[key], quantity) for key, quantity in wanted.items()]
        raise refusal(lines=lines, names=say_list([str(line["name"]) for line in lines]))


def return_stock(
    *, store_id: UUID, reference: UUID, quantities: Mapping[UUID, int], actor: str
) -> None:
    """Goods that had left the shelf come back to it whole (a delivery that failed, a return), to
    the batches they came from."""
    listings = lock_listings(store_id=store_id, listing_ids=quantities, on=business_date())
    set_aside_expired(listings.values())
    counted = {
        listing_id: quantity
        for listing_id, quantity in quantities.items()
        if quantity and listings[listing_id].policy == Listing.Policy.COUNTED
    }
    move_stock(
        listings,
        put_back(listings, counted, reference=reference),
        kind=StockMovement.Kind.RETURN,
        actor=actor,
        reference=reference,
    )


def _falls_low(listing: Listing, quantity: int) -> bool:
    """Whether holding this much brings the listing to its reorder level, as TOLD_SQL says it."""
    return (
        listing.policy == Listing.Policy.COUNTED
        and listing.low_stock_told_at is None
        and listing.reorder_level is not None
        and listing.on_hand - listing.held - listing.expired - quantity <= listing.reorder_level
    )


def _suffices(listing: Listing, quantity: int, *, in_hand: bool = False) -> bool:
    if in_hand and listing.policy == Listing.Policy.ON_SHELF:
        return True
    available = listing.available
    return (listing.shown or in_hand) and (available is None or available >= quantity)


def _lock_held(
    store_id: UUID, reference: UUID, also: Iterable[UUID] = ()
) -> tuple[dict[UUID, Listing], list[Hold]]:
    """The open holds of `reference`, read again once their listings are locked: a count may have
    released one while we waited, or a packet passed its date. `also` names listings to lock too."""
    open_holds = Hold.objects.open().filter(store_id=store_id, reference=reference)
    ids = {*open_holds.values_list("listing_id", flat=True), *also}
    if not ids:
        return {}, []
    listings = lock_listings(store_id=store_id, listing_ids=ids, on=business_date())
    set_aside_expired(listings.values())
    return listings, list(open_holds)


def _sum(holds: Iterable[Hold]) -> dict[UUID, int]:
    return {hold.listing_id: hold.quantity for hold in holds}


def _close(holds: Iterable[Hold], state: Hold.State) -> None:
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(state=state, closed_at=now())
