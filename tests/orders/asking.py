"""What a shop asks its customer about an order, and what the customer says."""

from typing import Any

from django.db.models import Sum

from orders import services
from orders.models import Order, Proposal
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from stores.inventory.models import Hold, Listing
from tests.orders.building import place_order
from tests.upi.words import payment_word

ASHA, SHOP = "person:asha", "person:shopkeeper"


def confirmed(method: str, wanted: dict[Any, int], store: Any) -> Order:
    order = place_order(store, wanted, payment_method=method)
    if method == "upi":
        capture(order)
    order.refresh_from_db()
    return order


def capture(order: Order) -> str:
    """The bank says that the newest request for money was paid."""
    attempt = PaymentAttempt.objects.filter(reference=order.pk).latest("id")
    outcome = apply_bank_event(word=payment_word(attempt))
    order.refresh_from_db()
    return outcome


def about(order: Order) -> dict[str, Any]:
    return {"store_id": order.store_id, "order_id": order.pk}


def offer(order: Order, instead_of: Listing, listing: Listing, quantity: int = 2) -> Proposal:
    return services.propose_substitute(
        **about(order),
        line_id=order.lines.get(listing=instead_of).pk,
        listing_id=listing.pk,
        quantity=quantity,
        actor=SHOP,
    )


def answer(name: str, proposal: Proposal, actor: str = ASHA) -> Proposal:
    return getattr(services, f"{name}_proposal")(
        store_id=proposal.store_id,
        order_id=proposal.order_id,
        proposal_id=proposal.pk,
        actor=actor,
    )


def goods(order: Order) -> dict[Any, tuple[str, int, int]]:
    return {line.listing_id: (line.state, line.quantity, line.amount) for line in order.lines.all()}


def held(listing: Listing) -> int:
    """What the listing says is held, which is what its open holds add up to."""
    listing.refresh_from_db()
    total = Hold.objects.open().filter(listing=listing).aggregate(n=Sum("quantity"))["n"] or 0
    assert listing.held == total
    return total
