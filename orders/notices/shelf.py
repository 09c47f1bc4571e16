"""What the shop should know of its shelf."""

from uuid import UUID

from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.quantity import show_quantity
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.services import send
from orders.notices.recipients import Role, shop_link, shop_staff
from stores.inventory.models import Listing


@consumer("stock.low", name="tell_shop", atomic=False)
def tell_shop_of_low_stock(payload: Payload) -> None:
    """A counted listing fell to its reorder level, and has not been filled up since."""
    listing = (
        Listing.objects.of_store(UUID(payload["store_id"]))
        .running_low()
        .select_related("product", "store")
        .filter(pk=payload["listing_id"])
        .first()
    )
    if listing is None:
        return
    for recipient in shop_staff(listing.store_id, (Role.OWNER, Role.MANAGER)):
        with translation.override(recipient.language):
            context = {
                "shop": localised(listing.store),
                "product": f"{localised(listing.product)} {listing.product.pack}".strip(),
                "left": show_quantity(listing.available or 0, listing.product.base_unit),
                "link": shop_link(listing.store, "stock/reorder/"),
            }
        send(
            recipient=recipient,
            template="shop_low_stock",
            context=context,
            dedupe_key=f"low:{listing.pk}:{listing.low_stock_told_at}:{recipient.person_id}",
        )
