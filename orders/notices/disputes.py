"""Payments that customers contest: the shop has little time to answer."""

from uuid import UUID

from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.services import send
from orders.notices.recipients import Role, shop_link, shop_staff
from payments.disputes.models import Dispute
from payments.disputes.services import DECIDED, OPENED
from stores.shops.models import Store


@consumer(OPENED, name="tell_shop", atomic=False)
def tell_shop_of_dispute(payload: Payload) -> None:
    """The owner hears until when it can be answered, while that is so."""
    dispute = _dispute(payload)
    if dispute.can_be_answered:
        _tell_owner(dispute, "shop_dispute_opened")


@consumer(DECIDED, name="tell_shop", atomic=False)
def tell_shop_of_decision(payload: Payload) -> None:
    _tell_owner(_dispute(payload), "shop_dispute_decided")


def _dispute(payload: Payload) -> Dispute:
    return Dispute.objects.get(store_id=UUID(payload["store_id"]), pk=payload["dispute"])


def _tell_owner(dispute: Dispute, template: str) -> None:
    store = Store.objects.get(pk=dispute.store_id)
    for recipient in shop_staff(store.pk, (Role.OWNER,)):
        with translation.override(recipient.language):
            shop = localised(store)
        send(
            recipient=recipient,
            template=template,
            context={
                "shop": shop,
                "amount": dispute.amount,
                "by": dispute.respond_by,
                "won": dispute.state == Dispute.State.WON,
                "link": shop_link(store, f"disputes/{dispute.pk}/"),
            },
            dedupe_key=f"{template}:{dispute.pk}:{recipient.person_id}",
        )
