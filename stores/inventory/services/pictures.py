"""A shop's own photographs of what it sells."""

from typing import IO
from uuid import UUID

from django.db import transaction

from marketplace.core.clock import now
from marketplace.core.locks import busy_when_locked
from stores.inventory import pictures
from stores.inventory.errors import UnknownListing
from stores.inventory.models import Listing
from stores.inventory.services.stock import lock_listing


def set_picture(*, store_id: UUID, listing_id: UUID, uploaded: IO[bytes]) -> Listing:
    """Show this photograph with the listing. Raises InvalidInput, UnknownListing.

    The files are there before anybody is sent to them, and those of the picture before go after.
    """
    if not Listing.objects.of_store(store_id).filter(pk=listing_id).exists():
        raise UnknownListing
    made = pictures.make_pictures(uploaded)
    name = pictures.name_of(made)
    pictures.store_files(listing_id, name, made)
    return _show(store_id=store_id, listing_id=listing_id, name=name)


def remove_picture(*, store_id: UUID, listing_id: UUID) -> Listing:
    """Show the aisle's drawing again. Raises UnknownListing."""
    return _show(store_id=store_id, listing_id=listing_id, name="")


@busy_when_locked()
@transaction.atomic
def _show(*, store_id: UUID, listing_id: UUID, name: str) -> Listing:
    listing = lock_listing(store_id=store_id, listing_id=listing_id)
    before = listing.picture
    listing.picture = name
    listing.updated_at = now()
    listing.save(update_fields=["picture", "updated_at"])
    if before and before != name:
        transaction.on_commit(lambda: pictures.delete_files(listing_id, before))
    return listing
