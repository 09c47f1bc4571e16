"""Money that came by the QR on the counter: to the shop this is what the till's bell is to others."""

from uuid import UUID

from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.services import send
from orders.models import Order
from orders.notices.recipients import Role, shop_link, shop_staff
from payments.upi.models import Purpose, Receipt
from payments.upi.services.shop_qrs import PAID
from stores.shops.models import Store


@consumer(PAID, name="tell_shop", atomic=False)
def tell_shop_of_counter_payment(payload: Payload) -> None:
    """Somebody stands at the counter and says that they have paid: the owner hears it at once."""
    receipt = Receipt.objects.select_related("attempt").get(
        store_id=UUID(payload["store_id"]), pk=payload["receipt"]
    )
    store = Store.objects.get(pk=receipt.store_id)
    order = _order_of(receipt)
    for recipient in shop_staff(store.pk, (Role.OWNER,)):
        with translation.override(recipient.language):
            shop = localised(store)
        send(
            recipient=recipient,
            template="shop_qr_paid",
            context={
                "shop": shop,
                "amount": receipt.amount,
                "payer": receipt.payer_vpa,
                "order": order,
                "link": shop_link(store, "counter-qr/"),
            },
            dedupe_key=f"shop_qr:{receipt.pk}:{recipient.person_id}",
        )


def _order_of(receipt: Receipt) -> Order | None:
    """The order that the money was found to be for."""
    attempt = receipt.attempt
    if attempt is None or attempt.purpose != Purpose.ORDER:
        return None
    return Order.objects.of_store(receipt.store_id).filter(pk=attempt.reference).first()
