"""How much of it there is: every change is a movement with a reason."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.locks import busy_when_locked
from marketplace.core.quantity import show_quantity
from stores.inventory.errors import BadStock, CannotUndo, NotCounted, UnknownListing
from stores.inventory.models import Hold, Listing, StockMovement
from stores.inventory.owners import hold_owner


@busy_when_locked()
@transaction.atomic
def receive_stock(
    *, store_id: UUID, listing_id: UUID, quantity: int, actor: str, reason: str = ""
) -> Listing:
    """Add base units that came in. Raises UnknownListing, NotCounted, BadStock."""
    listing = _lock_counted(store_id, listing_id)
    if quantity <= 0:
        raise _bad_stock(listing, listing.on_hand + quantity)
    return change_on_hand(
        listing=listing,
        kind=StockMovement.Kind.RECEIPT,
        after=listing.on_hand + quantity,
        reason=reason,
        actor=actor,
    )


@busy_when_locked()
@transaction.atomic
def count_stock(
    *, store_id: UUID, listing_id: UUID, counted: int, actor: str, reason: str = ""
) -> Listing:
    """Set the stock to what was counted on the shelf: the shelf is the truth.

    Where that is less than is held, the newest holds are released and their orders flagged. The
    same count again changes nothing. Raises UnknownListing, NotCounted, BadStock.
    """
    listing = _lock_counted(store_id, listing_id)
    if counted < 0:
        raise _bad_stock(listing, counted)
    return change_on_hand(
        listing=listing,
        kind=StockMovement.Kind.COUNT,
        after=counted,
        reason=reason,
        actor=actor,
    )


@busy_when_locked()
@transaction.atomic
def write_off_stock(
    *, store_id: UUID, listing_id: UUID, quantity: int, reason: str, actor: str
) -> Listing:
    """Take away base units that were damaged or have expired; holds give way as in a count.

    Raises UnknownListing, NotCounted, BadStock.
    """
    listing = _lock_counted(store_id, listing_id)
    if not 0 < quantity <= listing.on_hand:
        raise _bad_stock(listing, listing.on_hand - quantity)
    return change_on_hand(
        listing=listing,
        kind=StockMovement.Kind.DAMAGE,
        after=listing.on_hand - quantity,
        reason=reason,
        actor=actor,
    )


@busy_when_locked()
@transaction.atomic
def undo_movement(*, store_id: UUID, listing_id: UUID, movement_id: UUID, actor: str) -> Listing:
    """Take back what was just received, counted or written off, by a movement the other way.

    Only the latest movement made by hand can be undone, once; sales in between stay as they are.
    Raises UnknownListing, NotCounted, CannotUndo, BadStock.
    """
    listing = _lock_counted(store_id, listing_id)
    latest = (
        listing.movements.filter(kind__in=[*StockMovement.BY_HAND, StockMovement.Kind.CORRECTION])
        .order_by("-id")
        .first()
    )
    if latest is None or latest.pk != movement_id or latest.kind == StockMovement.Kind.CORRECTION:
        raise CannotUndo
    after = listing.on_hand - latest.delta
    if after < 0:
        raise _bad_stock(listing, after)
    return change_on_hand(
        listing=listing,
        kind=StockMovement.Kind.CORRECTION,
        after=after,
        reason="",
        actor=actor,
        reference=latest.pk,
    )


def lock_listing(*, store_id: UUID, listing_id: UUID) -> Listing:
    """One listing of this shop, locked until the transaction ends. Raises UnknownListing."""
    listing = (
        Listing.objects.of_store(store_id)
        .select_related("product")
        .filter(pk=listing_id)
        .in_key_order()
        .first()
    )
    if listing is None:
        raise UnknownListing
    return listing


def change_on_hand(
    *,
    listing: Listing,
    kind: StockMovement.Kind,
    after: int,
    reason: str,
    actor: str,
    reference: UUID | None = None,
) -> Listing:
    """Write a movement of a listing that the caller has locked; holds give way if too little is left."""
    if after == listing.on_hand:
        return listing
    if after < listing.held:
        _release_newest_holds(listing, listing.held - after)
    StockMovement.objects.create(
        store_id=listing.store_id,
        listing=listing,
        kind=kind,
        delta=after - listing.on_hand,
        after=after,
        reason=reason,
        actor=actor,
        reference=reference,
    )
    listing.on_hand = after
    listing.updated_at = now()
    listing.low_stock_told_at = low_stock_told(listing)
    listing.save(update_fields=["on_hand", "held", "low_stock_told_at", "updated_at"])
    return listing


def low_stock_told(listing: Listing) -> datetime | None:
    """When the shop was told that this runs low: told once on the way down, forgotten when refilled."""
    if listing.reorder_level is None or listing.policy != Listing.Policy.COUNTED:
        return None
    if listing.on_hand - listing.held > listing.reorder_level:
        return None
    if listing.low_stock_told_at is None:
        outbox.publish(
            "stock.low",
            {"store_id": str(listing.store_id), "listing_id": str(listing.pk)},
            store_id=listing.store_id,
        )
        return now()
    return listing.low_stock_told_at


def _lock_counted(store_id: UUID, listing_id: UUID) -> Listing:
    listing = lock_listing(store_id=store_id, listing_id=listing_id)
    if listing.policy != Listing.Policy.COUNTED:
        raise NotCounted
    return listing


def _bad_stock(listing: Listing, left: int) -> BadStock:
    return BadStock(field="quantity", left=show_quantity(left, listing.product.base_unit))


def _release_newest_holds(listing: Listing, missing: int) -> None:
    holds = list(Hold.objects.open().filter(listing=listing).order_by("-id"))
    for hold in holds:
        if missing <= 0:
            break
        hold.state = Hold.State.RELEASED
        hold.closed_at = now()
        hold.save(update_fields=["state", "closed_at"])
        listing.held -= hold.quantity
        missing -= hold.quantity
        hold_owner().hold_lost(
            store_id=hold.store_id,
            reference=hold.reference,
            listing_id=listing.pk,
            quantity=hold.quantity,
        )
