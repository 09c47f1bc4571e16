"""What a shop should buy again, and how much of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import BigIntegerField, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Lower

from marketplace.core.clock import now
from stores.inventory.models import Listing, ListingQuerySet, StockMovement

FORTNIGHT = timedelta(days=14)


class GroupBy(StrEnum):
    BRAND = "brand"
    AISLE = "aisle"


@dataclass(frozen=True, slots=True)
class Reorder:
    """A listing at or below its reorder level; base units.

    `left` can still be sold, `sold` went to customers in the last fortnight, `quantity` is what
    to buy: see `suggest`.
    """

    listing: Listing
    left: int
    sold: int
    quantity: int


def to_reorder(store_id: UUID, *, by: GroupBy) -> ListingQuerySet:
    """A shop's listings at or below their level, with `sold`, in the order of brands or aisles."""
    sold = (
        StockMovement.objects.filter(
            listing_id=OuterRef("pk"),
            kind__in=["sale", "counter_sale", "return"],
            at__gte=now() - FORTNIGHT,
        )
        .order_by()
        .values("listing_id")
        .annotate(gone=-Sum("delta"))
        .values("gone")
    )
    group = "product__brand__name" if by == GroupBy.BRAND else "category__name"
    return (
        Listing.objects.of_store(store_id)
        .running_low()
        .select_related("product__brand", "category")
        .annotate(sold=Coalesce(Subquery(sold, output_field=BigIntegerField()), 0))
        .order_by(Lower(group).asc(nulls_last=True), F("product__name"), "pk")
    )


def read_reorders(listings: ListingQuerySet) -> Iterator[Reorder]:
    """What to buy of each of the listings that `to_reorder` has found."""
    for listing in listings:
        left, sold = listing.available or 0, max(getattr(listing, "sold", 0), 0)
        yield Reorder(listing, left, sold, suggest(listing, left=left, sold=sold))


def suggest(listing: Listing, *, left: int, sold: int) -> int:
    """How many base units to buy: enough to sell as much again as in the last fortnight and then
    to stand at the reorder level.

    At least one piece (or one `per`: a kilogram of loose goods) above the level, and whole ones.
    """
    needed = (listing.reorder_level or 0) + max(sold, listing.per) - left
    return max(-(-needed // listing.per), 1) * listing.per
