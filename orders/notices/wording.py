"""What every text about an order may say of it."""

from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from marketplace.core.outbox import Payload
from marketplace.core.templatetags.nukkad import localised
from orders.models import Order, OrderEvent, State

CALLED_OFF = frozenset({State.CANCELLED, State.REJECTED, State.EXPIRED})

# The product's own reasons for calling an order off, in words the customer reads.
REASONS = (
    _("out of stock"),
    _("the shop did not answer in time"),
    _("nothing was left of the order"),
)


def order_of(payload: Payload) -> Order:
    return (
        Order.objects.of_store(UUID(payload["store_id"]))
        .select_related("store")
        .get(pk=payload["order_id"])
    )


def order_and_event(payload: Payload) -> tuple[Order, OrderEvent]:
    order = order_of(payload)
    return order, order.events.get(version=payload["version"])


def about(order: Order, language: str) -> dict[str, Any]:
    """What every text about an order may say of it."""
    with translation.override(language):
        shop = localised(order.store)
    return {
        "number": order.number,
        "shop": shop,
        "total": order.total,
        "cash": order.payment_method == Order.PaymentMethod.CASH,
        "khata": order.payment_method == Order.PaymentMethod.KHATA,
        "pickup": order.fulfilment == Order.Fulfilment.PICKUP,
        "pincode": order.pincode,
    }


def why(order: Order, event: OrderEvent, language: str) -> str:
    """The reason as the other side should read it; what the customer noted is not told back."""
    if event.actor != "system":
        return event.reason if event.after in (State.REJECTED, State.UNDELIVERED) else ""
    with translation.override(language):
        return gettext(event.reason) if event.reason else ""
