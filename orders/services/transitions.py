"""How an order moves: every change is a row, every move is checked under the order's lock."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.locks import busy_when_locked
from orders.errors import IllegalTransition, TooManyTries, UnknownOrder, WrongDeliveryCode
from orders.invoicing.services import cancel_invoice
from orders.models import AFTER_PACKING, Order, OrderEvent, OrderLine, State
from orders.services.billing import PURPOSE
from orders.services.closing import close_proposals
from orders.services.credit import give_up_credit, write_bill
from orders.services.delivery_codes import MOST_TRIES, code_matches
from orders.services.money import post_delivery
from orders.services.placing import event_payload
from orders.services.slots import give_up_slot
from payments.upi.services import request_refund
from stores.inventory.holds import (
    hold_stock,
    lock_listings,
    release_stock,
    return_stock,
)
from stores.inventory.models import Hold, Listing

BEFORE_PACKING = (State.AWAITING_PAYMENT, State.CONFIRMED, State.ACCEPTED)

# To each state, the states from which an order may come.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    State.CONFIRMED: (State.AWAITING_PAYMENT, State.EXPIRED),
    State.ACCEPTED: (State.CONFIRMED,),
    State.PACKED: (State.ACCEPTED,),
    State.OUT_FOR_DELIVERY: (State.PACKED, State.UNDELIVERED),
    State.READY_FOR_PICKUP: (State.PACKED,),
    State.UNDELIVERED: (State.OUT_FOR_DELIVERY,),
    State.DELIVERED: (State.OUT_FOR_DELIVERY, State.READY_FOR_PICKUP),
    State.REJECTED: (State.CONFIRMED, State.ACCEPTED),
    State.CANCELLED: (*BEFORE_PACKING, *AFTER_PACKING),
    State.EXPIRED: (State.AWAITING_PAYMENT,),
}


def accept(*, store_id: UUID, order_id: UUID, actor: str) -> Order:
    """The shop takes the order on. Raises UnknownOrder, IllegalTransition, Busy."""
    with locked_order(store_id, order_id) as order:
        return move(order, State.ACCEPTED, actor=actor)


def reject(*, store_id: UUID, order_id: UUID, actor: str, reason: str) -> Order:
    """The shop cannot serve the order: stock back, money back.

    Raises UnknownOrder, IllegalTransition, Busy.
    """
    with locked_order(store_id, order_id) as order:
        return call_off(order, State.REJECTED, actor=actor, reason=reason)


def dispatch(*, store_id: UUID, order_id: UUID, actor: str) -> Order:
    """The order leaves for the customer's door, for the first time or once more; one to be collected
    cannot.

    Raises UnknownOrder, IllegalTransition, Busy.
    """
    with locked_order(store_id, order_id) as order:
        if order.fulfilment != Order.Fulfilment.DELIVERY:
            raise refusal(order, State.OUT_FOR_DELIVERY)
        return move(order, State.OUT_FOR_DELIVERY, actor=actor)


def fail_delivery(*, store_id: UUID, order_id: UUID, actor: str, reason: str) -> Order:
    """The goods could not be handed over at the door; they are tried again, or called off.

    The customer is told the reason. Raises UnknownOrder, IllegalTransition, Busy.
    """
    with locked_order(store_id, order_id) as order:
        return move(order, State.UNDELIVERED, actor=actor, reason=reason)


def ready_for_pickup(*, store_id: UUID, order_id: UUID, actor: str) -> Order:
    """The order waits on the counter. Raises UnknownOrder, IllegalTransition, Busy."""
    with locked_order(store_id, order_id) as order:
        if order.fulfilment != Order.Fulfilment.PICKUP:
            raise refusal(order, State.READY_FOR_PICKUP)
        return move(order, State.READY_FOR_PICKUP, actor=actor)


def deliver(*, store_id: UUID, order_id: UUID, actor: str, code: str | None = None) -> Order:
    """The customer has the goods, proved by their four digits; the money becomes the shop's.

    `code=None` confirms without the digits: the door allows it only to those trusted with it.
    Raises UnknownOrder, IllegalTransition, WrongDeliveryCode, TooManyTries, Busy.
    """
    with locked_order(store_id, order_id) as order:
        check(order, State.DELIVERED)
        if code is None or (order.code_tries < MOST_TRIES and code_matches(order, code)):
            order.delivered_at = now()
            write_bill(order, actor=actor)
            post_delivery(order, on=business_date(order.delivered_at))
            return move(order, State.DELIVERED, actor=actor, also=["delivered_at"])
        used_up = order.code_tries >= MOST_TRIES
        if not used_up:
            # Counted and kept: the refusal is raised only after this commits.
            order.code_tries += 1
            order.save(update_fields=["code_tries"])
    raise TooManyTries if used_up else WrongDeliveryCode


def cancel(
    *, store_id: UUID, order_id: UUID, actor: str, reason: str, by_customer: bool = False
) -> Order:
    """Called off: stock back, money back.

    The customer may do so until it is packed; the shop also afterwards (a delivery that failed,
    goods that nobody collected), and then they come back to the shelf. A prepaid customer gets
    everything back: no shop may charge for calling off what it would not pay for itself (E-Commerce
    Rules 2020, rule 4(8)). Raises UnknownOrder, IllegalTransition, Busy.
    """
    with locked_order(store_id, order_id) as order:
        if by_customer and order.state not in BEFORE_PACKING:
            raise refusal(order, State.CANCELLED)
        return call_off(order, State.CANCELLED, actor=actor, reason=reason)


def is_buyer(order: Order, actor: str) -> bool:
    """Whether `actor` placed the order or is the person it is for."""
    return actor in {order.actor, f"person:{order.person_id}"}


def check(order: Order, to: str) -> None:
    """Raises IllegalTransition unless the locked order may move to this state."""
    if order.state not in ALLOWED[to]:
        raise refusal(order, to)


def refusal(order: Order, to: str) -> IllegalTransition:
    return IllegalTransition(
        state=order.state, wanted=str(to), state_words=State(order.state).label
    )


def move(
    order: Order,
    to: State,
    *,
    actor: str,
    reason: str = "",
    also: list[str] | None = None,
    due_at: datetime | None = None,
) -> Order:
    """Advance a locked order: new version, one event row, one outbox event.

    `also` names further fields to save, `due_at` is when a timer looks at the order in its new
    state. Raises IllegalTransition.
    """
    check(order, to)
    before, order.state = order.state, to
    order.due_at = due_at
    _record(order, f"order.{to}", before=before, actor=actor, reason=reason, also=also)
    return order


def note_change(
    order: Order,
    *,
    actor: str,
    reason: str = "",
    also: list[str] | None = None,
    event: str = "order.changed",
    more: outbox.Payload | None = None,
) -> Order:
    """Record that something of a locked order changed while its state did not.

    `also` names the fields to save, `event` what is published (of a changed bill the customer is
    told the new total), `more` what that says besides the order.
    """
    before = order.state
    _record(order, event, before=before, actor=actor, reason=reason, also=also, more=more)
    return order


def _record(
    order: Order,
    event: str,
    *,
    before: str,
    actor: str,
    reason: str,
    also: list[str] | None,
    more: outbox.Payload | None = None,
) -> None:
    """A new version of the order, one row of its history, one event to its consumers."""
    order.version += 1
    order.save(update_fields=["state", "version", "due_at", *(also or [])])
    OrderEvent.objects.create(
        store_id=order.store_id,
        order=order,
        version=order.version,
        before=before,
        after=order.state,
        actor=actor,
        reason=reason[:300],
    )
    outbox.publish(event, event_payload(order) | (more or {}), store_id=order.store_id)


def hold_again(order: Order, packed: Mapping[UUID, int] | None = None) -> None:
    """Set stock aside once more for lines whose hold is gone: what was packed of them, where that
    is known, else what is wanted. Raises OutOfStock."""
    if not _unheld(order):
        return
    listings = lock_goods(order)
    if missing := _unheld(order):
        wanted = {key: (packed or missing)[key] for key in missing}
        hold_stock(
            store_id=order.store_id,
            reference=order.pk,
            wanted=wanted,
            listings=listings,
            in_hand=packed is not None,
        )
    order.flags.open().update(cleared_at=now())


def _unheld(order: Order) -> dict[UUID, int]:
    """Base units of the lines for which no stock is set aside."""
    held = Hold.objects.open().filter(store_id=order.store_id, reference=order.pk)
    lines = order.lines.exclude(state__in=OrderLine.OUT).exclude(
        listing_id__in=held.values("listing_id")
    )
    return dict(lines.values_list("listing_id", "quantity"))


def lock_goods(order: Order) -> dict[UUID, Listing]:
    """Lock the listings of every line, in key order: from here on no count takes a hold away."""
    ids = list(order.lines.values_list("listing_id", flat=True))
    return lock_listings(store_id=order.store_id, listing_ids=ids, on=business_date())


def call_off(order: Order, to: State, *, actor: str, reason: str) -> Order:
    """End a locked order without a sale: the goods go back to the shelf, its place in the slot and
    all the money to whoever had them before; what waits for the customer is withdrawn.

    Raises IllegalTransition.
    """
    check(order, to)
    close_proposals(order)
    if order.state in AFTER_PACKING:
        return_stock(
            store_id=order.store_id,
            reference=order.pk,
            quantities={line.listing_id: line.billed for line in order.lines.all() if line.billed},
            actor=actor,
        )
    else:
        release_stock(store_id=order.store_id, reference=order.pk)
    give_up_slot(order)
    give_up_credit(order)
    order.flags.open().update(cleared_at=now())
    owed = order.captured - order.refunded
    if owed:
        request_refund(
            store_id=order.store_id,
            purpose=PURPOSE,
            reference=order.pk,
            amount=owed,
            reason=reason or str(to),
            key=f"called-off:{order.pk}",
        )
        order.refunded += owed
    packed = order.state in AFTER_PACKING
    move(order, to, actor=actor, reason=reason, also=["refunded"])
    if packed:
        cancel_invoice(order)
    return order


@contextmanager
def locked_order(store_id: UUID, order_id: UUID) -> Iterator[Order]:
    """A transaction in which one order of the store is locked. Raises UnknownOrder, Busy."""
    with busy_when_locked(), transaction.atomic():
        order = Order.objects.of_store(store_id).locked().filter(pk=order_id).first()
        if order is None:
            raise UnknownOrder
        yield order
