"""What the shelf says, and what its history adds up to."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from marketplace.core.clock import business_date
from marketplace.core.ids import uuid7
from stores.inventory.holds import lock_listings, return_stock, sell_stock
from stores.inventory.models import Batch, Hold, Listing
from stores.inventory.services import Label, receive_stock


def in_days(days: int) -> date:
    return business_date() + timedelta(days=days)


def receive(listing: Listing, quantity: int, **label: Any) -> Batch:
    """Goods come in; returns the batch they are in."""
    receive_stock(
        store_id=listing.store_id,
        listing_id=listing.pk,
        quantity=quantity,
        actor="person:shop",
        label=Label(**label),
    )
    return Batch.objects.get(
        listing=listing,
        code=label.get("code", ""),
        expires_on=label.get("expires_on"),
        mrp=label.get("mrp"),
    )


def left(*batches: Batch) -> list[int]:
    """What is left of each batch."""
    known = Batch.objects.in_bulk([batch.pk for batch in batches])
    return [known[batch.pk].on_hand for batch in batches]


def figures(listing: Listing) -> tuple[int, int, int]:
    """(on hand, held, expired), after proving that they are what their history adds up to."""
    listing.refresh_from_db()
    moved = listing.movements.aggregate(n=Sum("delta"))["n"] or 0
    held = Hold.objects.open().filter(listing=listing).aggregate(n=Sum("quantity"))["n"] or 0
    batches = list(listing.batches.all())
    for batch in batches:
        assert batch.on_hand == (batch.movements.aggregate(n=Sum("delta"))["n"] or 0), batch
    assert (listing.on_hand, listing.held) == (moved, held)
    assert listing.expired == sum(batch.on_hand for batch in batches if batch.expired)
    dates = [b.expires_on for b in batches if b.on_hand and b.expires_on and not b.expired]
    assert listing.next_expiry == min(dates, default=None)
    return listing.on_hand, listing.held, listing.expired


def sell(listing: Listing, quantity: int) -> UUID:
    """Over the counter; returns the sale."""
    sale = uuid7()
    with transaction.atomic():
        locked = lock_listings(
            store_id=listing.store_id, listing_ids=[listing.pk], on=business_date()
        )
        sell_stock(
            reference=sale, quantities={listing.pk: quantity}, listings=locked, actor="person:shop"
        )
    return sale


def bring_back(listing: Listing, quantity: int, *, reference: UUID) -> None:
    """Goods that left for an order or a sale are on the shelf again."""
    with transaction.atomic():
        return_stock(
            store_id=listing.store_id,
            reference=reference,
            quantities={listing.pk: quantity},
            actor="person:shop",
        )
