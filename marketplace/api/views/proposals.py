"""Changes of an order before it is packed, and the customer's word on them."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.authentication import key_of
from marketplace.api.models import Scope
from marketplace.api.proposal_shapes import (
    OrderEdit,
    ProposalSerializer,
    Substitute,
    WeightsToAsk,
)
from marketplace.api.serializers import OrderSerializer
from marketplace.api.views.base import KeyView
from marketplace.api.views.orders import answer, store_of
from orders import services
from orders.errors import UnknownLine
from orders.models import Order, OrderLine, Proposal


class Substitutes(KeyView):
    scopes: ClassVar = {"POST": Scope.ORDERS_FULFIL}
    serializer_class = ProposalSerializer

    @extend_schema(
        tags=["orders"],
        operation_id="orders_propose_substitute",
        request=Substitute,
        responses={201: ProposalSerializer},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Offer the customer another item, at today's price, instead of one of the order.

        It is set aside until they answer, or the time is up; then the item is left out.
        """
        sent = Substitute(data=request.data)
        sent.is_valid(raise_exception=True)
        wanted, store_id = sent.validated_data, store_of(request, order_id)
        (line_id,) = _lines(store_id, order_id, [wanted["instead_of"]])
        proposal = services.propose_substitute(
            store_id=store_id,
            order_id=order_id,
            line_id=line_id,
            listing_id=wanted["listing"],
            quantity=wanted["quantity"],
            actor=key_of(request).actor,
        )
        return Response(ProposalSerializer(proposal).data, status=status.HTTP_201_CREATED)


class AskWeights(KeyView):
    scopes: ClassVar = {"POST": Scope.ORDERS_FULFIL}
    serializer_class = ProposalSerializer

    @extend_schema(
        tags=["orders"],
        operation_id="orders_propose_weight",
        request=WeightsToAsk,
        responses={201: ProposalSerializer},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Ask the customer to pay for what was weighed, which costs more than may be billed unasked."""
        sent = WeightsToAsk(data=request.data)
        sent.is_valid(raise_exception=True)
        weights: dict[UUID, int] = sent.validated_data["weights"]
        store_id = store_of(request, order_id)
        line_ids = _lines(store_id, order_id, list(weights))
        proposal = services.propose_weight(
            store_id=store_id,
            order_id=order_id,
            weights=dict(zip(line_ids, weights.values(), strict=True)),
            actor=key_of(request).actor,
        )
        return Response(ProposalSerializer(proposal).data, status=status.HTTP_201_CREATED)


def answering(
    name: str, step: Callable[..., Proposal], scope: Scope, *, description: str
) -> type[KeyView]:
    """The view of one word on a proposal; it answers with the order as it then stands."""

    class Answer(KeyView):
        scopes: ClassVar = {"POST": scope}
        serializer_class = OrderSerializer

        @extend_schema(
            tags=["orders"],
            operation_id=f"orders_{name}_proposal",
            description=description,
            request=None,
            responses=OrderSerializer,
        )
        def post(self, request: Request, order_id: UUID, proposal_id: UUID) -> Response:
            store_id = store_of(request, order_id)
            if scope == Scope.ORDERS_PLACE:
                _has_placed(request, order_id)
            step(
                store_id=store_id,
                order_id=order_id,
                proposal_id=proposal_id,
                actor=key_of(request).actor,
            )
            return Response(answer(order_id, store_id))

    return Answer


Accept = answering(
    "accept",
    services.accept_proposal,
    Scope.ORDERS_PLACE,
    description="The customer says yes. A prepaid order that gets dearer then waits for `payment`, exactly the "
    "difference; any other is changed at once.",
)
Decline = answering(
    "decline",
    services.decline_proposal,
    Scope.ORDERS_PLACE,
    description="The customer says no, or will not pay for it. What was to be replaced is left out and not "
    "charged; otherwise the order stays as it was.",
)
Withdraw = answering(
    "withdraw",
    services.withdraw_proposal,
    Scope.ORDERS_FULFIL,
    description="The shop takes its question back; the order stays as it was.",
)


class Edit(KeyView):
    scopes: ClassVar = {"POST": Scope.ORDERS_PLACE}
    serializer_class = OrderSerializer

    @extend_schema(
        tags=["orders"],
        operation_id="orders_edit",
        request=OrderEdit,
        responses=OrderSerializer,
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Change what an order holds before it is packed; lines that are not named stay.

        By the key that placed it: done at once, or once the difference of a prepaid bill is paid
        (`payment`). By another: less is done at once, more is put to the customer (`proposals`).
        """
        sent = OrderEdit(data=request.data)
        sent.is_valid(raise_exception=True)
        wanted: dict[str, Any] = sent.validated_data
        store_id, actor = store_of(request, order_id), key_of(request).actor
        services.edit_order(
            store_id=store_id,
            order_id=order_id,
            actor=actor,
            quantities=wanted["lines"],
            by_customer=_has_placed(request, order_id),
            expected_version=wanted.get("expected_version"),
            expected_total=wanted.get("expected_total"),
        )
        return Response(answer(order_id, store_id))


def _has_placed(request: Request, order_id: UUID) -> bool:
    """Whether this key has placed the order; if not, only a key that works for the shop may change
    it or pass on what its customer has said. Raises PermissionDenied."""
    key = key_of(request)
    placed = Order.objects.filter(pk=order_id, actor=key.actor).exists()
    if not placed and Scope.ORDERS_FULFIL not in key.scopes:
        raise PermissionDenied(f"Of orders of others this needs the scope {Scope.ORDERS_FULFIL}.")
    return placed


def _lines(store_id: UUID, order_id: UUID, listings: list[UUID]) -> list[UUID]:
    """The order's lines of these listings, in their order. Raises UnknownLine."""
    lines = OrderLine.objects.filter(
        store_id=store_id, order_id=order_id, listing_id__in=listings
    ).values_list("listing_id", "pk")
    found = dict(lines)
    if len(found) != len(listings):
        raise UnknownLine
    return [found[listing] for listing in listings]
