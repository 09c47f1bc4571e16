"""Putting a drifted figure right, once staff have found out why it drifted; never by itself."""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce

from marketplace.core.clock import now
from marketplace.core.errors import InvalidInput, characters
from marketplace.core.locks import busy_when_locked
from stores.inventory.batches import LOOSE, set_aside_expired
from stores.inventory.errors import DriftStays, UnknownDrift
from stores.inventory.figures import shift
from stores.inventory.models import Batch, Hold, Listing, StockDrift, StockMovement
from stores.inventory.models.batches import BatchQuerySet
from stores.inventory.models.holds import HoldQuerySet
from stores.inventory.owners import hold_owner
from stores.inventory.reconciling import Figure, reconcile
from stores.inventory.releasing import release_newest
from stores.inventory.services.stock import lock_listing

logger = logging.getLogger(__name__)


@busy_when_locked()
@transaction.atomic
def mend_drift(*, drift_id: UUID, reason: str, actor: str) -> StockDrift:
    """Put right one open drift, as it stands now, and say why in the log and in the history.

    `held` and `expired` are computed anew, orphans are released. Where the stock or a batch differs
    from its movements the figure is believed, since the shelf is the truth, and corrections are
    written that make the history say so. Raises UnknownDrift, InvalidInput, and DriftStays when
    this is not enough and the shelf has to be counted.
    """
    if not reason.strip():
        raise InvalidInput(field="reason", why=characters(1, 200))
    drift = StockDrift.objects.open().filter(pk=drift_id).first()
    if drift is None:
        raise UnknownDrift
    listing = lock_listing(store_id=drift.store_id, listing_id=drift.listing_id)
    if drift.figure == Figure.ORPHANS:
        _release_orphans(listing)
    elif drift.figure == Figure.HELD:
        held = _open_holds(listing).aggregate(n=Sum("quantity"))["n"] or 0
        held -= release_newest(listing, held + listing.expired - listing.on_hand)
        shift({listing.pk: listing}, held={listing.pk: held - listing.held})
    elif drift.figure == Figure.EXPIRED:
        expired = _batches(listing).filter(expired=True).aggregate(n=Sum("on_hand"))["n"] or 0
        change = {listing.pk: expired - listing.expired}
        shift({listing.pk: listing}, expired=change, batched=[listing.pk])
        set_aside_expired([listing])
    else:
        _complete_history(listing, drift.figure, reason, actor)
    found = reconcile(store_ids=[listing.store_id])
    if any((each.listing_id, each.figure) == (listing.pk, drift.figure) for each in found):
        raise DriftStays
    logger.warning("stock drift mended by %s (%s): %s", actor, reason, drift)
    drift.refresh_from_db()
    return drift


def _release_orphans(listing: Listing) -> None:
    """Release what is held for nothing; an order that comes back to life finds itself flagged."""
    holds = list(_open_holds(listing))
    needed = hold_owner().still_needs({hold.reference for hold in holds})
    for hold in holds:
        if hold.reference in needed:
            continue
        hold.state, hold.closed_at = Hold.State.RELEASED, now()
        hold.save(update_fields=["state", "closed_at"])
        shift({listing.pk: listing}, held={listing.pk: -hold.quantity})
        hold_owner().hold_lost(
            store_id=hold.store_id,
            reference=hold.reference,
            listing_id=listing.pk,
            quantity=hold.quantity,
        )


def _complete_history(listing: Listing, figure: str, reason: str, actor: str) -> None:
    """Write the movements that are missing between the history and the figures; those stay."""
    missing: list[tuple[Batch | None, int]] = []
    if figure == Figure.ON_HAND:
        moved = listing.movements.aggregate(n=Sum("delta"))["n"] or 0
        missing = [(LOOSE, listing.on_hand - moved)]
    else:
        for batch in _batches(listing).annotate(moved=Coalesce(Sum("movements__delta"), 0)):
            off = batch.on_hand - batch.moved
            missing += [(batch, off), (LOOSE, -off)]
    StockMovement.objects.bulk_create(
        StockMovement(
            store_id=listing.store_id,
            listing=listing,
            batch=batch,
            kind=StockMovement.Kind.CORRECTION,
            delta=delta,
            after=listing.on_hand,
            reason=reason[:200],
            actor=actor,
        )
        for batch, delta in missing
        if delta
    )


def _open_holds(listing: Listing) -> HoldQuerySet:
    return Hold.objects.open().filter(store_id=listing.store_id, listing=listing)


def _batches(listing: Listing) -> BatchQuerySet:
    return Batch.objects.of_store(listing.store_id).filter(listing=listing)
