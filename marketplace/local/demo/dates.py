"""Milk and bread with their dates: some good for long, some for three days, some expired yesterday."""

from collections.abc import Mapping
from datetime import timedelta

from marketplace.core.clock import business_date, travel
from stores.inventory.expiry import sweep_expired
from stores.inventory.models import Batch, Listing
from stores.inventory.services import Label, receive_stock, set_keeps_batches
from stores.shops.models import Store

AISLES = ("dairy", "bread")
DATED = 6
# Days from today on which a batch expires, and how much of it came in.
FRESH, SHORT, EXPIRED = (12, 10), (3, 6), (-1, 4)


def write_dates(stores: Mapping[str, Store]) -> None:
    """Let every shop that keeps no dates yet keep them for some of its dairy and bread."""
    for store in stores.values():
        if Batch.objects.of_store(store.pk).exists():
            continue
        listings = (
            Listing.objects.of_store(store.pk)
            .filter(policy=Listing.Policy.COUNTED, category__slug__in=AISLES, on_hand__gt=0)
            .order_by("-rank", "pk")[:DATED]
        )
        for place, listing in enumerate(listings):
            set_keeps_batches(
                store_id=store.pk, listing_id=listing.pk, keeps_batches=True, actor="system"
            )
            if place == 0:
                with travel(days=-5):
                    _receive(listing, *EXPIRED, ahead=5)
            if place < 3:
                _receive(listing, *SHORT)
            _receive(listing, *FRESH)
    sweep_expired()


def _receive(listing: Listing, days: int, quantity: int, *, ahead: int = 0) -> None:
    """Goods that expire so many days from today, which is `ahead` of the clock."""
    expires_on = business_date() + timedelta(days=days + ahead)
    receive_stock(
        store_id=listing.store_id,
        listing_id=listing.pk,
        quantity=quantity * listing.per,
        label=Label(code=f"L{expires_on:%d%m}", expires_on=expires_on, mrp=listing.mrp),
        actor="system",
    )
