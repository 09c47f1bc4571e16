"""A shop's own photographs of what it sells."""

from typing import IO
from uuid import UUID

from django.db import transaction

from marketplace.core.clock import now
from marketplace.core.errors import DomainError
from marketplace.core.locks import busy_when_locked
from stores.inventory import pictures
from stores.inventory.errors import UnknownListing
from stores.inventory.models import Listing
from stores.inventory.services.stock import lock_listing


def set_picture(*, store_id: UUID, listing_id: UUID, uploaded: IO[bytes]) -> Listing:
    """Show this photograph with the listing. Raises InvalidInput, UnknownListing, Busy.

    The files are there before anybody is sent to them, and those of the picture before go after.
    """
    if not Listing.objects.of_store(store_id).filter(pk=listing_id).exists():
        raise UnknownListing
    made, name = pictures.make_pictures(uploaded), pictures.new_name()
    pictures.store_files(listing_id, name, made)
    try:
        return _show(store_id=store_id, listing_id=listing_id, name=name)
    except DomainError:
        pictures.delete_files(listing_id, name)
        raise


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
    if before:
        transaction.on_commit(lambda: pictures.delete_files(listing_id, before))
    return listing
