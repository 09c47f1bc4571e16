"""What the shop is paid."""

from uuid import UUID

from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.services import send
from orders.notices.recipients import Role, shop_link, shop_staff
from payments.settlement.models import Settlement
from stores.shops.models import Store


@consumer("settlement.paid", name="tell_shop", atomic=False)
def tell_shop_of_payout(payload: Payload) -> None:
    """The bank has paid a settlement out; the owner hears of it."""
    settlement = Settlement.objects.get(
        store_id=UUID(payload["store_id"]), pk=payload["settlement_id"]
    )
    store = Store.objects.get(pk=settlement.store_id)
    for recipient in shop_staff(store.pk, (Role.OWNER,)):
        with translation.override(recipient.language):
            shop = localised(store)
        send(
            recipient=recipient,
            template="shop_payout",
            context={
                "shop": shop,
                "amount": settlement.net,
                "day": settlement.business_date,
                "vpa": store.payout_vpa,
                "link": shop_link(store, "settlements/"),
            },
            dedupe_key=f"payout:{settlement.pk}:{recipient.person_id}",
        )
