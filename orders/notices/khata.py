"""Money that a customer paid back by UPI, which the shop sees nowhere else at once; and what is owed."""

from uuid import UUID

from django.conf import settings
from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.services import send
from orders.notices.recipients import Role, khata_customer, shop_link, shop_staff
from payments.khata.models import Khata, KhataEntry
from payments.khata.selectors import owed_by, owed_since
from payments.khata.services import PAID, REMINDER
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


@consumer(REMINDER, name="tell_customer", atomic=False)
def remind_of_khata(payload: Payload) -> None:
    """Ask for what is owed; no news once it has been paid."""
    khata = Khata.objects.get(store_id=UUID(payload["store_id"]), pk=payload["khata"])
    owed = owed_by(khata)
    if not owed:
        return
    recipient = khata_customer(khata)
    with translation.override(recipient.language):
        shop = localised(Store.objects.get(pk=khata.store_id))
    send(
        recipient=recipient,
        template="khata_reminder",
        context={
            "shop": shop,
            "owed": owed,
            "since": owed_since(khata),
            "link": f"{settings.BASE_URL}/khata/{khata.pk}/",
        },
        dedupe_key=f"khata-reminder:{khata.pk}:{payload['at']}",
    )
