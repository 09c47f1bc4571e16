"""Who is told what about an order, a shelf or a payout.

Events arrive late and in any order. A notice therefore states what happened as past fact, adds
what to do only while that is still the order's state, and is dropped when the order has meanwhile
ended in a way that would make it read as a contradiction.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Identity, Person
from marketplace.core.outbox import Payload, consumer
from marketplace.core.quantity import show_quantity
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.recipients import Recipient
from marketplace.notifications.services import send
from orders.models import Order, OrderEvent, State
from orders.services.delivery_codes import delivery_code
from payments.settlement.models import Settlement
from payments.upi.models import Purpose, Refund
from stores.inventory.models import Listing
from stores.shops.models import StaffMember, Store

CALLED_OFF = frozenset({State.CANCELLED, State.REJECTED, State.EXPIRED})
PROGRESS = (
    State.CONFIRMED,
    State.ACCEPTED,
    State.PACKED,
    State.OUT_FOR_DELIVERY,
    State.READY_FOR_PICKUP,
    State.DELIVERED,
)
# Packing is worth a line in the app, not an SMS.
QUIET = frozenset({State.PACKED})

Role = StaffMember.Role
ORDER_ROLES = (Role.OWNER, Role.MANAGER, Role.HELPER)

# The product's own reasons for calling an order off, in words the customer reads.
REASONS = (_("out of stock"), _("the shop did not answer in time"))


def tell_customer_of(state: State) -> Callable[[Payload], None]:
    """The consumer that tells the customer that their order reached `state`."""

    def tell_customer(payload: Payload) -> None:
        order, event = _order_and_event(payload)
        if state in PROGRESS and order.state in CALLED_OFF:
            return
        if state == State.EXPIRED and order.state != State.EXPIRED:
            return
        recipient = customer(order)
        send(
            recipient=recipient,
            template=f"order_{state}",
            context={
                **_about(order, recipient.language),
                "at": event.at,
                "current": order.state == state,
                "code": delivery_code(order),
                "why": _why(order, event, recipient.language),
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
            **_about(order, recipient.language),
            "amount": refund.amount,
            "link": customer_link(order),
        },
        dedupe_key=f"refund:{refund.pk}",
    )


@consumer("order.confirmed", name="tell_shop", atomic=False)
def tell_shop_of_order(payload: Payload) -> None:
    """A new order to be accepted: everybody who works on orders hears of it."""
    order, event = _order_and_event(payload)
    if order.state in CALLED_OFF:
        return
    for recipient in shop_staff(order.store_id, ORDER_ROLES):
        send(
            recipient=recipient,
            template="shop_new_order",
            context={**_about(order, recipient.language), "link": shop_link(order.store, "")},
            dedupe_key=f"shop:{order.pk}:{event.version}:{recipient.person_id}",
        )


@consumer("order.cancelled", name="tell_shop", atomic=False)
def tell_shop_of_cancellation(payload: Payload) -> None:
    """An order the shop had on its list was called off by somebody else."""
    order, event = _order_and_event(payload)
    by_customer = event.actor in {order.actor, f"person:{order.person_id}"}
    by_shop = not by_customer and event.actor != "system"
    if by_shop or event.before == State.AWAITING_PAYMENT:
        return
    for recipient in shop_staff(order.store_id, ORDER_ROLES):
        send(
            recipient=recipient,
            template="shop_order_cancelled",
            context={
                **_about(order, recipient.language),
                "by_customer": by_customer,
                "why": _why(order, event, recipient.language),
                "link": shop_link(order.store, ""),
            },
            dedupe_key=f"shop:{order.pk}:{event.version}:{recipient.person_id}",
        )


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
                "link": shop_link(listing.store, "stock/"),
            }
        send(
            recipient=recipient,
            template="shop_low_stock",
            context=context,
            dedupe_key=f"low:{listing.pk}:{listing.low_stock_told_at}:{recipient.person_id}",
        )


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


def customer(order: Order) -> Recipient:
    """Whoever the order is for, at the number given with it, in their own language."""
    person = (
        Person.objects.filter(pk=order.person_id).first() if order.person_id is not None else None
    )
    return Recipient(
        language=person.language if person else order.language,
        person_id=order.person_id,
        phone=order.contact_phone,
    )


def shop_staff(store_id: UUID, roles: Sequence[str]) -> list[Recipient]:
    """The shop's people in these roles who are still active."""
    return [
        Recipient(
            language=member.person.language,
            person_id=member.person_id,
            phone=_verified(member.person, Identity.Kind.PHONE),
        )
        for member in StaffMember.objects.filter(
            store_id=store_id, role__in=roles, person__is_active=True
        )
        .select_related("person")
        .prefetch_related("person__identities")
        .order_by("pk")
    ]


def customer_link(order: Order) -> str:
    return f"{settings.BASE_URL}/orders/{order.pk}/"


def shop_link(store: Store, page: str) -> str:
    return f"{settings.BASE_URL}/dashboard/{store.pk}/{page}"


def _verified(person: Person, kind: Identity.Kind) -> str:
    for identity in person.identities.all():
        if identity.kind == kind and identity.verified_at:
            return str(identity.value)
    return ""


def _order(payload: Payload) -> Order:
    return (
        Order.objects.of_store(UUID(payload["store_id"]))
        .select_related("store")
        .get(pk=payload["order_id"])
    )


def _order_and_event(payload: Payload) -> tuple[Order, OrderEvent]:
    order = _order(payload)
    return order, order.events.get(version=payload["version"])


def _about(order: Order, language: str) -> dict[str, Any]:
    """What every text about an order may say of it."""
    with translation.override(language):
        shop = localised(order.store)
    return {
        "number": order.number,
        "shop": shop,
        "total": order.total,
        "cash": order.payment_method == Order.PaymentMethod.CASH,
        "pickup": order.fulfilment == Order.Fulfilment.PICKUP,
        "pincode": order.pincode,
    }


def _why(order: Order, event: OrderEvent, language: str) -> str:
    """The reason as the other side should read it; what the customer noted is not told back."""
    if event.actor != "system":
        return event.reason if event.after == State.REJECTED else ""
    with translation.override(language):
        return gettext(event.reason) if event.reason else ""
