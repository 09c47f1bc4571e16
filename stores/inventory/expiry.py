"""What passes its date stops being for sale soon after midnight."""

from django.db import transaction

from marketplace.core.locks import busy_when_locked
from stores.inventory.batches import set_aside_expired
from stores.inventory.models import Listing

# So few that no customer waits long for one of them.
CHUNK = 25
MOST_CHUNKS = 2000


def sweep_expired() -> int:
    """Take out of sale everything that has passed its date; returns how many listings it was.

    A listing that somebody else has locked is left to the next round: meanwhile nothing expired
    is sold from it either, since whoever sells looks at the date.
    """
    swept = 0
    for _ in range(MOST_CHUNKS):
        with busy_when_locked(), transaction.atomic():
            listings = list(
                Listing.objects.past_their_date()
                .order_by("pk")
                .select_for_update(of=("self",), no_key=True, skip_locked=True)[:CHUNK]
            )
            set_aside_expired(listings)
        swept += len(listings)
        if len(listings) < CHUNK:
            break
    return swept
