"""How much of it there is: every change is a movement with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format

from marketplace.core.clock import business_date
from marketplace.core.errors import InvalidInput
from marketplace.core.locks import busy_when_locked
from marketplace.core.money import rupees
from marketplace.core.quantity import show_quantity
from stores.inventory.batches import Move, draw, set_aside_expired
from stores.inventory.errors import (
    AlreadyExpired,
    BadPrice,
    BadStock,
    CannotUndo,
    NotCounted,
    PriceAboveMrp,
    ReferenceReused,
    UnknownBatch,
    UnknownListing,
)
from stores.inventory.models import Batch, Listing, StockMovement
from stores.inventory.moving import change_on_hand, move_by_hand


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed on the goods: batch number, last good day, MRP in paise; any may be missing."""

    code: str = ""
    expires_on: date | None = None
    mrp: int | None = None


NO_LABEL = Label()


@busy_when_locked()
@transaction.atomic
def receive_stock(
    *,
    store_id: UUID,
    listing_id: UUID,
    quantity: int,
    actor: str,
    reason: str = "",
    label: Label = NO_LABEL,
    reference: UUID | None = None,
) -> Listing:
    """Add base units that came in, to the batch that their label names, else to none.

    `reference` names this delivery: given again for the same listing, it changes nothing, and with
    another quantity or label raises ReferenceReused. Raises UnknownListing, NotCounted, BadStock,
    AlreadyExpired, BadPrice, InvalidInput, and PriceAboveMrp when the MRP printed on the goods is
    below what the shop sells them for.
    """
    listing = _lock_counted(store_id, listing_id)
    if earlier := moved_before(listing, StockMovement.Kind.RECEIPT, reference):
        same = replace(label, code=label.code.strip())
        if sum(each.delta for each in earlier) != quantity or _label_of(earlier[0]) != same:
            raise ReferenceReused
        return listing
    if quantity <= 0:
        raise _bad_stock(listing, listing.on_hand + quantity)
    batch = None if label == NO_LABEL else _batch_of(listing, label)
    move_by_hand(
        listing,
        [Move(listing.pk, batch, quantity)],
        kind=StockMovement.Kind.RECEIPT,
        reason=reason,
        actor=actor,
        reference=reference,
    )
    return listing


@busy_when_locked()
@transaction.atomic
def count_stock(
    *,
    store_id: UUID,
    listing_id: UUID,
    counted: int,
    actor: str,
    reason: str = "",
    reference: UUID | None = None,
) -> Listing:
    """Set the stock to what was counted on the shelf: the shelf is the truth.

    What is missing is taken from the batches that expire first. Where that leaves less than is
    held, the newest holds are released and their orders flagged. The same count again changes
    nothing; nor does one with the same `reference` undo what was sold since. Raises UnknownListing,
    NotCounted, BadStock, and ReferenceReused when `reference` named another count.
    """
    listing = _lock_counted(store_id, listing_id)
    if earlier := moved_before(listing, StockMovement.Kind.COUNT, reference):
        if earlier[-1].after != counted:
            raise ReferenceReused
        return listing
    if counted < 0:
        raise _bad_stock(listing, counted)
    return change_on_hand(
        listing=listing,
        kind=StockMovement.Kind.COUNT,
        after=counted,
        reason=reason,
        actor=actor,
        reference=reference,
    )


@busy_when_locked()
@transaction.atomic
def count_out(*, store_id: UUID, listing_id: UUID, actor: str, reason: str = "") -> Listing:
    """The shelf holds nothing more to sell: what is neither held nor expired leaves the stock, as by a
    count. Raises UnknownListing, NotCounted."""
    listing = _lock_counted(store_id, listing_id)
    set_aside_expired([listing])
    left = listing.available or 0
    if left:
        moves = draw({listing.pk: listing}, {listing.pk: left}, selling=True)
        move_by_hand(listing, moves, kind=StockMovement.Kind.COUNT, reason=reason, actor=actor)
    return listing


@busy_when_locked()
@transaction.atomic
def write_off_stock(
    *,
    store_id: UUID,
    listing_id: UUID,
    quantity: int,
    reason: str,
    actor: str,
    reference: UUID | None = None,
) -> Listing:
    """Take away base units that were damaged or have expired, first what expires first; holds give
    way as in a count.

    `reference` names this loss as it does a delivery. Raises UnknownListing, NotCounted, BadStock,
    ReferenceReused.
    """
    listing = _lock_counted(store_id, listing_id)
    if earlier := moved_before(listing, StockMovement.Kind.DAMAGE, reference):
        if sum(each.delta for each in earlier) != -quantity:
            raise ReferenceReused
        return listing
    if not 0 < quantity <= listing.on_hand:
        raise _bad_stock(listing, listing.on_hand - quantity)
    return change_on_hand(
        listing=listing,
        kind=StockMovement.Kind.DAMAGE,
        after=listing.on_hand - quantity,
        reason=reason,
        actor=actor,
        reference=reference,
    )


@busy_when_locked()
@transaction.atomic
def write_off_batch(
    *,
    store_id: UUID,
    listing_id: UUID,
    batch_id: UUID,
    actor: str,
    quantity: int | None = None,
    reason: str = "",
) -> Listing:
    """Throw away `quantity` base units of one batch, or all that is left of it; an empty one stays
    as it is.

    Raises UnknownListing, UnknownBatch, NotCounted, BadStock.
    """
    listing = _lock_counted(store_id, listing_id)
    batch = Batch.objects.filter(store_id=store_id, listing=listing, pk=batch_id).first()
    if batch is None:
        raise UnknownBatch
    quantity = batch.on_hand if quantity is None else quantity
    if quantity == 0 == batch.on_hand:
        return listing
    if not 0 < quantity <= batch.on_hand:
        raise _bad_stock(listing, batch.on_hand - quantity)
    move_by_hand(
        listing,
        [Move(listing.pk, batch, -quantity)],
        kind=StockMovement.Kind.DAMAGE,
        reason=reason,
        actor=actor,
    )
    return listing


@busy_when_locked()
@transaction.atomic
def undo_movement(*, store_id: UUID, listing_id: UUID, movement_id: UUID, actor: str) -> Listing:
    """Take back what was just received, counted or written off, by movements the other way.

    What it took out of batches goes back to them; what it brought leaves its batch as far as the
    batch still has it. Only the latest change made by hand can be undone, once; sales in between
    stay as they are. Raises UnknownListing, NotCounted, CannotUndo, BadStock.
    """
    listing = _lock_counted(store_id, listing_id)
    made = latest_by_hand(listing)
    if movement_id not in {movement.pk for movement in made}:
        raise CannotUndo
    after = listing.on_hand - sum(movement.delta for movement in made)
    if after < 0:
        raise _bad_stock(listing, after)
    listings = {listing.pk: listing}
    moves = []
    for movement in made:
        if movement.delta < 0:
            moves.append(Move(listing.pk, movement.batch, -movement.delta))
        else:
            moves += draw(
                listings,
                {listing.pk: movement.delta},
                selling=False,
                start_with={listing.pk: movement.batch_id},
            )
    move_by_hand(
        listing, moves, kind=StockMovement.Kind.CORRECTION, actor=actor, reference=made[0].pk
    )
    return listing


def latest_by_hand(listing: Listing) -> Sequence[StockMovement]:
    """The movements of the last change made by hand, which `undo_movement` would take back; none
    once it has been."""
    by_hand = listing.movements.filter(
        kind__in=[*StockMovement.BY_HAND, StockMovement.Kind.CORRECTION]
    ).order_by("-id")
    latest = by_hand.select_related("batch").first()
    if latest is None or latest.kind == StockMovement.Kind.CORRECTION:
        return []
    if latest.reference is None:
        return [latest]
    return moved_before(listing, StockMovement.Kind(latest.kind), latest.reference)[::-1]


def moved_before(
    listing: Listing, kind: StockMovement.Kind, reference: UUID | None
) -> list[StockMovement]:
    """The movements, oldest first, of the change of this kind that `reference` names."""
    if reference is None:
        return []
    named = listing.movements.filter(kind=kind, reference=reference).order_by("id")
    return list(named.select_related("batch"))


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


def _lock_counted(store_id: UUID, listing_id: UUID) -> Listing:
    listing = lock_listing(store_id=store_id, listing_id=listing_id)
    if listing.policy != Listing.Policy.COUNTED:
        raise NotCounted
    set_aside_expired([listing])
    return listing


def _label_of(movement: StockMovement) -> Label:
    batch = movement.batch
    return NO_LABEL if batch is None else Label(batch.code, batch.expires_on, batch.mrp)


def _batch_of(listing: Listing, label: Label) -> Batch:
    """The batch with this label, new or known. Raises what `receive_stock` says of labels."""
    code = label.code.strip()
    if len(code) > 40:
        raise InvalidInput(field="batch", why=f"{len(code)} > 40")
    if label.expires_on is not None and label.expires_on < business_date():
        raise AlreadyExpired(field="expires_on", day=date_format(label.expires_on, "j F Y"))
    if label.mrp is not None and label.mrp <= 0:
        raise BadPrice(field="mrp")
    if label.mrp is not None and label.mrp < listing.price:
        raise PriceAboveMrp(field="mrp", price=rupees(listing.price), mrp=rupees(label.mrp))
    batch, _created = Batch.objects.get_or_create(
        store_id=listing.store_id,
        listing=listing,
        code=code,
        expires_on=label.expires_on,
        mrp=label.mrp,
    )
    return batch


def _bad_stock(listing: Listing, left: int) -> BadStock:
    return BadStock(field="quantity", left=show_quantity(left, listing.product.base_unit))
