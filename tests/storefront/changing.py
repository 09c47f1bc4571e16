"""Orders that change after they were placed, as their customer sees them."""

import re
from typing import Any

from orders import services
from orders.models import Order, Proposal
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from tests.upi.words import payment_word

SHOP = "person:shopkeeper"


def pay_newest(order: Order) -> None:
    attempt = PaymentAttempt.objects.filter(reference=order.pk).latest("id")
    apply_bank_event(word=payment_word(attempt))


def offer(order: Order, instead: Any, quantity: int = 2) -> Proposal:
    return services.propose_substitute(
        store_id=order.store_id,
        order_id=order.pk,
        line_id=order.lines.get().pk,
        listing_id=instead.pk,
        quantity=quantity,
        actor=SHOP,
    )


def page_of(client: Any, order: Order) -> str:
    return re.sub(r"\s+", " ", client.get(f"/orders/{order.pk}/").content.decode())
