"""What the customer is asked about an order, and what the shop hears back."""

from typing import Any
from uuid import UUID

from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.quantity import show_quantity
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.services import send
from orders.models import Proposal, ProposalLine
from orders.notices.recipients import ORDER_ROLES, customer, customer_link, shop_link, shop_staff
from orders.notices.wording import about
from orders.services.changes import preview
from orders.services.consent import changes_of
from orders.services.transitions import is_buyer


@consumer("proposal.made", name="tell_customer", atomic=False)
def tell_customer_of_proposal(payload: Payload) -> None:
    """A question to be answered, or a difference to be paid, before the timer ends."""
    proposal = _read(payload)
    order = proposal.order
    if proposal.state not in Proposal.LIVE or is_buyer(order, proposal.answered_by):
        return
    recipient = customer(order)
    would_be, _lines = preview(order, changes_of(proposal), fee=proposal.delivery_fee)
    send(
        recipient=recipient,
        template="order_proposal",
        context={
            **about(order, recipient.language),
            **_goods(proposal, recipient.language),
            "kind": proposal.kind,
            "to_pay": proposal.extra if proposal.state == Proposal.State.AGREED else 0,
            "new_total": would_be.total,
            "until": proposal.answer_by,
            "link": customer_link(order),
        },
        dedupe_key=f"proposal:{proposal.pk}:{proposal.state}",
    )


@consumer("proposal.answered", name="tell_shop", atomic=False)
def tell_shop_of_answer(payload: Payload) -> None:
    """The shop may go on packing; whoever gave the answer for the customer knows it already."""
    proposal = _read(payload)
    order = proposal.order
    for recipient in shop_staff(order.store_id, ORDER_ROLES):
        if proposal.answered_by == f"person:{recipient.person_id}":
            continue
        send(
            recipient=recipient,
            template="shop_proposal_answered",
            context={
                **about(order, recipient.language),
                **_goods(proposal, recipient.language),
                "kind": proposal.kind,
                "own": proposal.own_edit,
                "state": proposal.state,
                "link": shop_link(order.store, f"orders/{order.pk}/"),
            },
            dedupe_key=f"proposal:{proposal.pk}:{proposal.state}:{recipient.person_id}",
        )


def _read(payload: Payload) -> Proposal:
    return Proposal.objects.select_related("order__store").get(
        store_id=UUID(payload["store_id"]), pk=payload["proposal_id"]
    )


def _goods(proposal: Proposal, language: str) -> dict[str, Any]:
    """What is offered, for how much, and instead of what, in the reader's words."""
    lines = list(proposal.lines.select_related("listing__product", "replaces__product"))
    if not lines:
        return {}
    ordered = dict(proposal.order.lines.values_list("listing_id", "ordered"))
    # The scale is read of everything loose at once: what weighs most above its order is the point.
    offered = max(
        lines,
        key=lambda line: (
            line.replaces_id is not None,
            line.quantity - ordered.get(line.listing_id, 0),
        ),
    )
    with translation.override(language):
        return {
            "item": _name(offered),
            "amount": offered.amount,
            "instead_of": localised(offered.replaces.product) if offered.replaces else "",
        }


def _name(line: ProposalLine) -> str:
    product = line.listing.product
    if product.pack:
        return f"{localised(product)} {product.pack} × {line.quantity}"
    return f"{localised(product)} {show_quantity(line.quantity, product.base_unit)}"
