"""Which packets leave the shelf, and where those that come back belong.

What expires first leaves first (FEFO); what came in without a batch bears no date and goes last.
The callers have locked the listings, and with them their batches.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, Sum

from marketplace.core.clock import business_date, now
from stores.inventory.errors import OutOfStock
from stores.inventory.figures import NOTHING, shift
from stores.inventory.models import Batch, Listing, StockMovement
from stores.inventory.models.batches import BatchQuerySet
from stores.inventory.releasing import release_newest


@dataclass(frozen=True, slots=True)
class Move:
    """`delta` base units into a batch of a listing, or out of it where below zero.

    Without a batch it is stock that bears no date.
    """

    listing_id: UUID
    batch: Batch | None
    delta: int


# For so long what a count missed is taken for found again when another finds more.
COUNTS_REMEMBERED = timedelta(days=7)

LOOSE: Final = None
"""Stock of no batch, where a batch could be named."""


def draw(
    listings: Mapping[UUID, Listing],
    quantities: Mapping[UUID, int],
    *,
    selling: bool,
    start_with: Mapping[UUID, UUID | None] | None = None,
    found: Mapping[UUID, int] = NOTHING,
) -> list[Move]:
    """Take base units of each locked listing from the batch that expires first; one query.

    Selling takes nothing that is past its date, whether or not it is set aside yet. `start_with`
    names, by listing, a batch (or LOOSE) to take from before all others; `found` is what is there
    of no batch beyond the figures. Raises OutOfStock when there is not that much.
    """
    today = business_date()
    sources: dict[UUID, list[tuple[Batch | None, int]]] = {key: [] for key in quantities}
    loose = {key: listings[key].on_hand + found.get(key, 0) for key in quantities}
    for batch in _batches_of(listings[key] for key in quantities).in_stock().first_to_expire():
        loose[batch.listing_id] -= batch.on_hand
        if not (selling and batch.past(today)):
            sources[batch.listing_id].append((batch, batch.on_hand))
    moves = []
    for key, wanted in quantities.items():
        shelf = [*sources[key], (None, loose[key])]
        if start_with is not None and key in start_with:
            shelf.sort(key=lambda each: (each[0] and each[0].pk) != start_with[key])
        for source, there in shelf:
            taken = min(wanted, there)
            if taken > 0:
                moves.append(Move(key, source, -taken))
                wanted -= taken
        if wanted:
            raise OutOfStock(
                lines=[shortage(listings[key], quantities[key])], names=listings[key].product.name
            )
    return moves


def put_back(
    listings: Mapping[UUID, Listing], quantities: Mapping[UUID, int], *, reference: UUID
) -> list[Move]:
    """Goods that left for `reference` come back to the batches they were taken from.

    Which packet of several batches it is nobody knows: it counts as the one that expires first,
    so that it is never sold as fresher than it may be. What came from no batch bears no date. Two
    statements.
    """
    left: dict[UUID, int] = {
        row["batch_id"]: -row["away"]
        for row in StockMovement.objects.filter(
            store_id__in={listings[key].store_id for key in quantities},
            listing_id__in=list(quantities),
            reference=reference,
            batch__isnull=False,
        )
        .values("batch_id")
        .annotate(away=Sum("delta"))
    }
    return _into(left, quantities)


def found_again(listing: Listing, quantity: int) -> list[Move]:
    """Base units that a count finds beyond what was known go back to the batches that counts of the
    last days found short: a slip, or a shelf counted to nothing, makes no packet fresher. The rest
    bears no date. Two statements."""
    short: dict[UUID, int] = {
        row["batch_id"]: -row["counted"]
        for row in listing.movements.filter(
            Q(kind=StockMovement.Kind.COUNT)
            # a count that was undone
            | Q(kind=StockMovement.Kind.CORRECTION, delta__gt=0),
            batch__isnull=False,
            at__gt=now() - COUNTS_REMEMBERED,
        )
        .values("batch_id")
        .annotate(counted=Sum("delta"))
    }
    return _into(short, {listing.pk: quantity})


def _into(room: Mapping[UUID, int], quantities: Mapping[UUID, int]) -> list[Move]:
    """Put base units of each listing into the batches that miss some, first what expires first, and
    the rest into none."""
    rest = dict(quantities)
    moves = []
    missing = [key for key, quantity in room.items() if quantity > 0]
    for batch in Batch.objects.filter(pk__in=missing).first_to_expire() if missing else ():
        back = min(rest[batch.listing_id], room[batch.pk])
        if back > 0:
            moves.append(Move(batch.listing_id, batch, back))
            rest[batch.listing_id] -= back
    return moves + [Move(key, LOOSE, quantity) for key, quantity in rest.items() if quantity]


def set_aside_expired(listings: Iterable[Listing]) -> None:
    """Take out of sale what has passed its date in these locked listings; mostly there is nothing.

    Holds that then exceed what may be sold are released, newest first, and their orders flagged.
    """
    today = business_date()
    stale = {listing.pk: listing for listing in listings if listing.has_expired_since(today)}
    if not stale:
        return
    expired: dict[UUID, int] = defaultdict(int)
    batches = list(
        _batches_of(stale.values()).in_stock().filter(expired=False, expires_on__lt=today)
    )
    Batch.objects.filter(pk__in=[batch.pk for batch in batches]).update(expired=True)
    for batch in batches:
        expired[batch.listing_id] += batch.on_hand
    released = {
        key: -release_newest(
            listing, listing.held + listing.expired + expired[key] - listing.on_hand
        )
        for key, listing in stale.items()
    }
    shift(stale, held=released, expired=expired, batched=stale.keys())


def shortage(listing: Listing, wanted: int) -> dict[str, object]:
    """How OutOfStock speaks of one listing."""
    return {
        "listing_id": str(listing.pk),
        "name": listing.product.name,
        "wanted": wanted,
        "available": listing.available,
    }


def _batches_of(listings: Iterable[Listing]) -> BatchQuerySet:
    both = [(listing.store_id, listing.pk) for listing in listings]
    return Batch.objects.filter(
        store_id__in={store_id for store_id, _ in both}, listing_id__in=[key for _, key in both]
    )
