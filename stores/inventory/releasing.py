"""The shelf is the truth: when it has less than is set aside, the newest holds give way."""

from marketplace.core.clock import now
from stores.inventory.models import Hold, Listing
from stores.inventory.owners import hold_owner


def newest_holds(listing: Listing, missing: int) -> list[Hold]:
    """The whole holds of a locked listing, newest first, that give way so that `missing` base units
    are free."""
    giving_way: list[Hold] = []
    if missing <= 0:
        return giving_way
    open_holds = Hold.objects.open().filter(store_id=listing.store_id, listing=listing)
    for hold in open_holds.order_by("-id"):
        if missing <= 0:
            break
        giving_way.append(hold)
        missing -= hold.quantity
    return giving_way


def release_newest(listing: Listing, missing: int) -> int:
    """Release the newest holds of a locked listing until `missing` base units are free.

    Their owners are told in the same transaction. Returns the base units released, by which the
    caller lowers `held` in the statement that lowers the stock.
    """
    released = 0
    for hold in newest_holds(listing, missing):
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
