"""Money that a customer paid back by UPI: the shop sees it nowhere else at once."""

from uuid import UUID

from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.services import send
from orders.notices.recipients import Role, shop_link, shop_staff
from payments.khata.models import KhataEntry
from payments.khata.services import PAID
from stores.shops.models import Store


@consumer(PAID, name="tell_shop", atomic=False)
def tell_shop_of_khata(payload: Payload) -> None:
    entry = KhataEntry.objects.select_related("khata").get(
        store_id=UUID(payload["store_id"]), pk=payload["entry"]
    )
    store = Store.objects.get(pk=entry.store_id)
    for recipient in shop_staff(store.pk, (Role.OWNER,)):
        with translation.override(recipient.language):
            shop = localised(store)
        send(
            recipient=recipient,
            template="shop_khata_paid",
            context={
                "shop": shop,
                "name": entry.khata.name,
                "amount": -entry.amount,
                "owed": entry.after,
                "link": shop_link(store, f"khata/{entry.khata_id}/"),
            },
            dedupe_key=f"khata:{entry.pk}:{recipient.person_id}",
        )
