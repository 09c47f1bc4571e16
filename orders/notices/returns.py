"""Goods that come back: the shop hears of a request, the customer of the decision."""

from typing import Any
from uuid import UUID

from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.quantity import show_quantity
from marketplace.core.saying import say_list
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.services import send
from orders.models import Order, Return
from orders.notices.recipients import ORDER_ROLES, customer, customer_link, shop_link, shop_staff
from orders.notices.wording import about, order_of
from orders.services.transitions import is_buyer


@consumer("return.asked", name="tell_shop", atomic=False)
def tell_shop_of_request(payload: Payload) -> None:
    """A customer wants to give goods back; no news once it is decided or withdrawn."""
    order, found = _read(payload)
    if found.state == Return.State.ASKED and is_buyer(order, found.asked_by):
        _tell_shop(order, found, "shop_return_asked", channels=("in_app", "sms"))


@consumer("return.withdrawn", name="tell_shop", atomic=False)
def tell_shop_of_withdrawal(payload: Payload) -> None:
    order, found = _read(payload)
    if is_buyer(order, found.decided_by):
        _tell_shop(order, found, "shop_return_withdrawn", channels=("in_app",))


@consumer("return.taken", name="tell_customer", atomic=False)
def tell_customer_of_taking(payload: Payload) -> None:
    """The goods are back; a UPI refund is told of once more when the bank has paid it.

    Where the shop left something out, the same message says what it took and why not the rest.
    """
    order, found = _read(payload)
    if rest_id := payload.get("rest_id"):
        answer = order.returns.get(pk=UUID(rest_id)).answer
        _tell_customer(order, found, "return_part_taken", answer=answer)
    else:
        _tell_customer(order, found, "return_taken")


@consumer("return.declined", name="tell_customer", atomic=False)
def tell_customer_of_refusal(payload: Payload) -> None:
    _tell_customer(*_read(payload), "return_declined")


def _read(payload: Payload) -> tuple[Order, Return]:
    order = order_of(payload)
    return order, order.returns.of_store(order.store_id).get(pk=UUID(payload["return_id"]))


def _words(order: Order, found: Return, language: str) -> dict[str, Any]:
    with translation.override(language):
        reason = found.get_reason_display()
        return {
            **about(order, language),
            "amount": found.amount,
            "reason": str(reason),
            "answer": found.answer,
            "goods": _goods(found),
        }


def _goods(found: Return) -> str:
    """What comes back, in the language that is set: `2 pc Atta and 500 g Potato`."""
    return say_list(
        [
            f"{show_quantity(each.quantity, each.line.unit)} {localised(each.line)}"
            for each in found.lines.select_related("line")
        ]
    )


def _tell_shop(order: Order, found: Return, template: str, *, channels: tuple[str, ...]) -> None:
    for recipient in shop_staff(order.store_id, ORDER_ROLES):
        send(
            recipient=recipient,
            template=template,
            context={
                **_words(order, found, recipient.language),
                "link": shop_link(order.store, f"orders/{order.pk}/"),
            },
            dedupe_key=f"{template}:{found.pk}:{recipient.person_id}",
            channels=channels,
        )


def _tell_customer(order: Order, found: Return, template: str, **more: str) -> None:
    recipient = customer(order)
    words = _words(order, found, recipient.language)
    send(
        recipient=recipient,
        template=template,
        context={**words, **more, "link": customer_link(order)},
        dedupe_key=f"{template}:{found.pk}",
    )
