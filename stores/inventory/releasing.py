"""The shelf is the truth: when it has less than is set aside, the newest holds give way."""

from marketplace.core.clock import now
from stores.inventory.models import Hold, Listing
from stores.inventory.owners import hold_owner


def release_newest(listing: Listing, missing: int) -> int:
    """Release whole holds of a locked listing, newest first, until `missing` base units are free.

    Their owners are told in the same transaction. Returns the base units released, by which the
    caller lowers `held` in the statement that lowers the stock.
    """
    if missing <= 0:
        return 0
    released = 0
    for hold in (
        Hold.objects.open().filter(store_id=listing.store_id, listing=listing).order_by("-id")
    ):
        if released >= missing:
            break
        hold.state = Hold.State.RELEASED
        hold.closed_at = now()
        hold.save(update_fields=["state", "closed_at"])
        released += hold.quantity
        hold_owner().hold_lost(
            store_id=hold.store_id,
            reference=hold.reference,
            listing_id=listing.pk,
            quantity=hold.quantity,
        )
    return released
