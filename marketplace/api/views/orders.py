from collections.abc import Callable, Iterable
from inspect import getdoc
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.authentication import key_of, visible_stores
from marketplace.api.models import Scope
from marketplace.api.pagination import NewestFirst
from marketplace.api.proposal_shapes import ProposalSerializer
from marketplace.api.serializers import (
    DeliveryProof,
    EventSerializer,
    LineSerializer,
    MissingLine,
    NewOrder,
    OrderSerializer,
    OrderSummary,
    PaymentSerializer,
    Reason,
    Weights,
)
from marketplace.api.shapes import reader_of
from marketplace.api.views.base import KeyView
from orders import services
from orders.errors import UnknownLine
from orders.models import Order, OrderEvent, OrderLine, Proposal, State
from orders.services.billing import PURPOSE
from payments.upi.models import PaymentAttempt
from payments.upi.services import intent_uri
from stores.shops.places import Place

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Names this purchase, unique for your key and the shop: sent again with the same "
    "body it answers with the same order, with another body it is refused (422).",
)


class OrderQuery(serializers.Serializer[Any]):
    store = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=State.values, required=False)


# Built once: a serializer copies all its fields each time, and keeps nothing of a validation.
_new_order = NewOrder()
_show_order = reader_of(OrderSummary)
_show_line = reader_of(LineSerializer)
_show_event = reader_of(EventSerializer)


def answer(order_id: UUID, store_id: UUID) -> dict[str, Any]:
    """One order as the API shows it, with the payment that it last asked for."""
    order = Order.objects.of_store(store_id).get(pk=order_id)
    attempt = None
    if order.prepaid:
        attempt = PaymentAttempt.objects.of(store_id, PURPOSE, order_id).order_by("-id").first()
    return show(
        order,
        order.lines.all(),
        order.events.all(),
        attempt,
        order.proposals.prefetch_related("lines"),
    )


def show(
    order: Order,
    lines: Iterable[OrderLine],
    events: Iterable[OrderEvent],
    attempt: PaymentAttempt | None,
    proposals: Iterable[Proposal] = (),
) -> dict[str, Any]:
    """The shape of OrderSerializer."""
    payment = attempt and {
        "id": attempt.pk,
        "state": attempt.state,
        "amount": attempt.amount,
        "intent": intent_uri(attempt),
        "expires_at": attempt.expires_at,
    }
    return _show_order(order) | {
        "lines": [_show_line(line) for line in lines],
        "events": [_show_event(event) for event in events],
        "payment": payment and PaymentSerializer(payment).data,
        "proposals": [ProposalSerializer(proposal).data for proposal in proposals],
    }


class OrderList(KeyView):
    scopes: ClassVar = {"GET": Scope.ORDERS_READ, "POST": Scope.ORDERS_PLACE}
    serializer_class = OrderSummary
    pagination_class = NewestFirst

    @extend_schema(tags=["orders"], parameters=[OrderQuery], responses=OrderSummary(many=True))
    def get(self, request: Request) -> Response:
        """Your shops' orders, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(OrderSummary(page, many=True).data)

    def get_queryset(self) -> QuerySet[Order]:
        query = OrderQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        if "store" in asked and not key_of(self.request).sees(asked["store"]):
            raise Http404
        stores = [asked["store"]] if "store" in asked else visible_stores(self.request)
        orders = Order.objects.filter(store_id__in=stores).for_the_shop_and(
            key_of(self.request).actor
        )
        return orders.in_states([asked["state"]]) if "state" in asked else orders

    @extend_schema(
        tags=["orders"],
        parameters=[IDEMPOTENCY_KEY],
        request=NewOrder,
        responses={201: OrderSerializer},
    )
    def post(self, request: Request) -> Response:
        """Buy for a customer. A UPI order answers with the intent that the customer pays."""
        wanted = _new_order.run_validation(request.data)
        key = key_of(request)
        if not key.sees(wanted["store"]):
            raise Http404
        placed = services.place(
            store_id=wanted["store"],
            actor=key.actor,
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            via="api",
            lines=[services.Wanted(line["listing"], line["quantity"]) for line in wanted["lines"]],
            fulfilment=wanted["fulfilment"],
            payment_method=wanted["payment_method"],
            contact=services.Contact(**wanted["contact"]),
            address=_address(wanted.get("address")),
            expected_total=wanted.get("expected_total"),
            note=wanted["note"],
            if_unavailable=wanted["if_unavailable"],
            slot_id=wanted.get("slot"),
            slot_day=wanted.get("slot_day"),
        )
        if placed.replayed or placed.event is None:
            shown = answer(placed.order.pk, wanted["store"])
        else:
            shown = show(placed.order, placed.lines, [placed.event], placed.attempt)
        return Response(
            shown,
            status=status.HTTP_201_CREATED,
            headers={"Idempotent-Replayed": "true"} if placed.replayed else {},
        )


class OrderDetail(KeyView):
    scopes: ClassVar = {"GET": Scope.ORDERS_READ}
    serializer_class = OrderSerializer

    @extend_schema(tags=["orders"])
    def get(self, request: Request, order_id: UUID) -> Response:
        """One order with its lines, its history and its payment."""
        return Response(answer(order_id, store_of(request, order_id)))


def action(
    step: Callable[..., Order], body: type[serializers.Serializer[Any]] | None = None
) -> type[KeyView]:
    """The view of one step of an order; `body` names the shape of the request, where it has one."""

    class Action(KeyView):
        scopes: ClassVar = {"POST": Scope.ORDERS_FULFIL}
        serializer_class = OrderSerializer

        @extend_schema(
            tags=["orders"],
            operation_id=f"orders_{step.__name__}",
            description=(getdoc(step) or "").partition("Raises")[0].strip(),
            request=body,
            responses=OrderSerializer,
        )
        def post(self, request: Request, order_id: UUID) -> Response:
            given: dict[str, Any] = {}
            if body is not None:
                sent = body(data=request.data)
                sent.is_valid(raise_exception=True)
                given = sent.validated_data
            store_id = store_of(request, order_id)
            step(store_id=store_id, order_id=order_id, actor=key_of(request).actor, **given)
            return Response(answer(order_id, store_id))

    return Action


def unavailable(*, store_id: UUID, order_id: UUID, actor: str, listing: UUID, **rest: Any) -> Order:
    """Leave an item out of an accepted order, or supply only what there is of it.

    The customer pays that much less, and what was prepaid for it goes back at once.
    """
    line = OrderLine.objects.filter(store_id=store_id, order_id=order_id, listing_id=listing)
    line_id = line.values_list("pk", flat=True).first()
    if line_id is None:
        raise UnknownLine
    return services.mark_unavailable(
        store_id=store_id, order_id=order_id, line_id=line_id, actor=actor, **rest
    )


Accept = action(services.accept)
Unavailable = action(unavailable, MissingLine)
Reject = action(services.reject, Reason)
Pack = action(services.pack, Weights)
Dispatch = action(services.dispatch)
Undelivered = action(services.fail_delivery, Reason)
ReadyForPickup = action(services.ready_for_pickup)
Deliver = action(services.deliver, DeliveryProof)
Cancel = action(services.cancel, Reason)


def store_of(request: Request, order_id: UUID) -> UUID:
    """The shop of an order that this key may see; to others the order does not exist."""
    store_id = (
        Order.objects.filter(store_id__in=visible_stores(request), pk=order_id)
        .for_the_shop_and(key_of(request).actor)
        .values_list("store_id", flat=True)
        .first()
    )
    if store_id is None:
        raise Http404
    return store_id


def _address(given: dict[str, Any] | None) -> services.DeliveryAddress | None:
    """Where no point is sent, the pincode's own serves, if it may be measured from."""
    if given is None:
        return None
    place = Place.of(
        pincode=given["pincode"],
        latitude=given.get("latitude"),
        longitude=given.get("longitude"),
    )
    return services.DeliveryAddress(
        text=given["text"],
        pincode=given["pincode"],
        latitude=place.latitude,
        longitude=place.longitude,
    )
