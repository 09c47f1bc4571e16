"""How an order goes on: to the customer, and to the shop."""

from collections.abc import Callable
from math import ceil
from uuid import UUID

from marketplace.core.clock import now
from marketplace.core.outbox import Payload, consumer
from marketplace.notifications.services import send
from orders.models import Order, State
from orders.notices.recipients import (
    ORDER_ROLES,
    customer,
    customer_link,
    shop_link,
    shop_staff,
)
from orders.notices.wording import CALLED_OFF, about, order_and_event, order_of, why
from orders.services.delivery_codes import delivery_code
from payments.upi.models import Purpose, Refund

PROGRESS = (
    State.CONFIRMED,
    State.ACCEPTED,
    State.PACKED,
    State.OUT_FOR_DELIVERY,
    State.READY_FOR_PICKUP,
    State.UNDELIVERED,
    State.DELIVERED,
)
# Packing is worth a line in the app, not an SMS.
QUIET = frozenset({State.PACKED})


def tell_customer_of(state: State) -> Callable[[Payload], None]:
    """The consumer that tells the customer that their order reached `state`."""

    def tell_customer(payload: Payload) -> None:
        order, event = order_and_event(payload)
        if state in PROGRESS and order.state in CALLED_OFF:
            return
        if state == State.EXPIRED and order.state != State.EXPIRED:
            return
        recipient = customer(order)
        send(
            recipient=recipient,
            template=f"order_{state}",
            context={
                **about(order, recipient.language),
                "at": event.at,
                "current": order.state == state,
                "code": delivery_code(order),
                "why": why(order, event, recipient.language),
                "money_back": order.captured,
                "link": customer_link(order),
            },
            dedupe_key=f"customer:{order.pk}:{event.version}",
            channels=("in_app",) if state in QUIET else ("in_app", "sms"),
        )

    return tell_customer


for each in State:
    if each != State.AWAITING_PAYMENT:
        consumer(f"order.{each}", name="tell_customer", atomic=False)(tell_customer_of(each))


@consumer("order.changed", name="tell_customer", atomic=False)
def tell_customer_of_change(payload: Payload) -> None:
    """The bill of an order is another than before; only the latest word on it is worth a message."""
    order, event = order_and_event(payload)
    if order.state in CALLED_OFF or order.version != event.version:
        return
    recipient = customer(order)
    send(
        recipient=recipient,
        template="order_changed",
        context={**about(order, recipient.language), "link": customer_link(order)},
        dedupe_key=f"customer:{order.pk}:{event.version}",
        channels=("in_app",),
    )


@consumer("refund.done", name="tell_customer", atomic=False)
def tell_customer_of_refund(payload: Payload) -> None:
    """The bank has paid money back; every refund is told, whatever became of the order."""
    refund = Refund.objects.get(store_id=UUID(payload["store_id"]), pk=payload["refund_id"])
    order = (
        Order.objects.of_store(refund.store_id)
        .select_related("store")
        .filter(pk=refund.reference)
        .first()
    )
    if refund.purpose != Purpose.ORDER or order is None:
        return
    recipient = customer(order)
    send(
        recipient=recipient,
        template="order_refunded",
        context={
            **about(order, recipient.language),
            "amount": refund.amount,
            "link": customer_link(order),
        },
        dedupe_key=f"refund:{refund.pk}",
    )


@consumer("order.confirmed", name="tell_shop", atomic=False)
def tell_shop_of_order(payload: Payload) -> None:
    """A new order to be accepted: everybody who works on orders hears of it."""
    order, event = order_and_event(payload)
    if order.state in CALLED_OFF:
        return
    for recipient in shop_staff(order.store_id, ORDER_ROLES):
        send(
            recipient=recipient,
            template="shop_new_order",
            context={**about(order, recipient.language), "link": shop_link(order.store, "")},
            dedupe_key=f"shop:{order.pk}:{event.version}:{recipient.person_id}",
        )


@consumer("order.unanswered", name="tell_shop", atomic=False)
def remind_shop_of_order(payload: Payload) -> None:
    """Half of the shop's time to answer has passed: everybody who works on orders hears of it."""
    order = order_of(payload)
    if order.state != State.CONFIRMED or order.accept_by is None or order.accept_by <= now():
        return
    for recipient in shop_staff(order.store_id, ORDER_ROLES):
        send(
            recipient=recipient,
            template="shop_answer_order",
            context={
                **about(order, recipient.language),
                "minutes": ceil((order.accept_by - now()).total_seconds() / 60),
                "link": shop_link(order.store, ""),
            },
            dedupe_key=f"answer:{order.pk}:{order.version}:{recipient.person_id}",
        )


@consumer("order.cancelled", name="tell_shop", atomic=False)
def tell_shop_of_cancellation(payload: Payload) -> None:
    """An order the shop had on its list was called off by somebody else."""
    order, event = order_and_event(payload)
    by_customer = event.actor in {order.actor, f"person:{order.person_id}"}
    by_shop = not by_customer and event.actor != "system"
    if by_shop or event.before == State.AWAITING_PAYMENT:
        return
    for recipient in shop_staff(order.store_id, ORDER_ROLES):
        send(
            recipient=recipient,
            template="shop_order_cancelled",
            context={
                **about(order, recipient.language),
                "by_customer": by_customer,
                "why": why(order, event, recipient.language),
                "link": shop_link(order.store, ""),
            },
            dedupe_key=f"shop:{order.pk}:{event.version}:{recipient.person_id}",
        )
