"""A shop's window, read as plain rows: the busiest read of all.

The statement has one text for each thing that can be asked, since putting an ORM query together
costs as much as running it; its columns and joins are the ORM's own. `ListingQuerySet` says the
same for everybody else (tests/inventory/test_window.py holds them together).
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from stores.inventory.models import Listing

# In the order of Shown.
FIELDS = (
    "id",
    "rank",
    "price",
    "per",
    "mrp",
    "minimum",
    "step",
    "policy",
    "on_hand",
    "held",
    "expired",
    "next_expiry",
    "on_shelf",
    "picture",
    "imported_from",
    "product__name",
    "product__name_hi",
    "product__packed",
    "product__base_unit",
    "product__pack_quantity",
    "product__pack_unit",
    "product__veg",
    "product__brand__name",
    "category__icon",
)


class Shown(NamedTuple):
    """What a customer is shown of a listing, its product, brand and aisle; units as in the models."""

    id: UUID
    rank: int
    price: int
    per: int
    mrp: int | None
    minimum: int
    step: int
    policy: str
    on_hand: int
    held: int
    expired: int
    next_expiry: date | None
    on_shelf: bool
    picture: str
    imported_from: str
    name: str
    name_hi: str
    packed: bool
    unit: str
    content: int | None
    content_unit: str
    veg: str
    brand: str | None
    icon: str

    @classmethod
    def of(cls, listing: Listing) -> "Shown":
        """A listing at hand, with its product, brand and category."""
        product = listing.product
        words = (
            product.name,
            product.name_hi,
            product.packed,
            product.base_unit,
            product.pack_quantity,
            product.pack_unit,
            product.veg,
            product.brand.name if product.brand else None,
            listing.category.icon,
        )
        return cls._make((*(getattr(listing, name) for name in FIELDS if "__" not in name), *words))

    def available(self, today: date) -> int | None:
        """Base units that can be sold on this day: as `Listing.available`."""
        if self.policy == Listing.Policy.ON_SHELF:
            return None if self.on_shelf else 0
        if self.next_expiry is not None and self.next_expiry < today:
            return 0
        return max(self.on_hand - self.held - self.expired, 0)


def read_window(
    *,
    store_id: UUID,
    most: int,
    aisle: Sequence[UUID] | None = None,
    after: tuple[int, UUID] | None = None,
) -> list[Shown]:
    """Up to `most` of what a shop shows, in its own order: in these categories, after this
    (rank, id)."""
    params: list[Any] = [store_id]
    if aisle is not None:
        params.append(list(aisle))
    if after is not None:
        rank, listing_id = after
        params += [rank, rank, listing_id]
    with connection.cursor() as cursor:
        cursor.execute(_statement(aisle is not None, after is not None, most), params)
        return [Shown._make(row) for row in cursor.fetchall()]


def read_aisles(store_id: UUID) -> list[tuple[Any, ...]]:
    """(id, parent_id, slug, name, name_hi, icon, stocked, origins) of every category, in their order;
    stocked when the shop shows anything right in it: one look into its index for each. The origins
    are the countries of the imported goods in it, of which a shop has few: one look for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, parent_id, slug, name, name_hi, icon, EXISTS ("
            "SELECT FROM inventory_listing WHERE store_id = %s AND shown AND category_id = aisle.id),"
            " coalesce(imported.origins, '{}')"
            " FROM catalogue_category aisle LEFT JOIN (SELECT category_id,"
            " array_agg(DISTINCT imported_from::text) AS origins FROM inventory_listing"
            " WHERE store_id = %s AND shown AND imported_from <> '' GROUP BY 1) AS imported"
            " ON imported.category_id = aisle.id ORDER BY position, name",
            [store_id, store_id],
        )
        return cursor.fetchall()


@cache
def _statement(in_aisle: bool, after: bool, most: int) -> str:
    columns, _ = Listing.objects.values_list(*FIELDS).query.sql_with_params()
    listing = '"inventory_listing"'
    return (
        f"{columns} WHERE {listing}.store_id = %s AND {listing}.shown"
        + f" AND {listing}.category_id = ANY(%s)" * in_aisle
        + f" AND {listing}.rank <= %s AND ({listing}.rank < %s OR {listing}.id > %s)" * after
        # a number, not a value: a plan that is kept has to know how few rows are wanted
        + f" ORDER BY {listing}.rank DESC, {listing}.id LIMIT {most}"
    )
