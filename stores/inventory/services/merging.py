"""Listings follow their product: into a shared one, to another aisle, to another country."""

from uuid import UUID

from django.db import transaction

from marketplace.core.clock import now
from marketplace.core.locks import busy_when_locked
from stores.catalogue.models import Product
from stores.catalogue.services import mark_merged
from stores.inventory.models import Listing


@busy_when_locked()
@transaction.atomic
def merge_product(*, product_id: UUID, into_id: UUID) -> Product:
    """Let a private product go into a shared one, for platform staff; returns the shared one.

    Its listings follow, with their price, stock and history. Where the shop already sells the
    shared product at the same MRP, the private listing stays as it is, hidden: stock on two
    listings is not the same packets. Raises UnknownProduct, InvalidInput.
    """
    listings = list(Listing.objects.filter(product_id=product_id).in_key_order())
    shared = mark_merged(product_id=product_id, into_id=into_id)
    for listing in listings:
        twin = Listing.objects.of_store(listing.store_id).filter(
            product_id=into_id, mrp=listing.mrp
        )
        if twin.exists():
            listing.shown = False
        else:
            listing.product_id, listing.category_id = shared.pk, shared.category_id
            listing.imported_from = shared.imported_from
        listing.updated_at = now()
        listing.save(update_fields=["product", "category", "imported_from", "shown", "updated_at"])
    return shared


@transaction.atomic
def follow_product(*, product_id: UUID) -> None:
    """Let a product's listings stand in its aisle and under its country, in every shop."""
    listings = list(Listing.objects.filter(product_id=product_id).in_key_order())
    product = Product.objects.get(pk=product_id)
    for listing in listings:
        listing.category_id, listing.imported_from = product.category_id, product.imported_from
        listing.updated_at = now()
    Listing.objects.bulk_update(
        listings, ["category", "imported_from", "updated_at"], batch_size=500
    )
