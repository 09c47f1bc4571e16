"""A shop's own product turns out to be one that every shop sells."""

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
        listing.updated_at = now()
        listing.save(update_fields=["product", "category", "shown", "updated_at"])
    return shared
