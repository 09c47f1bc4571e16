"""Delivered goods that come back."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.authentication import key_of, visible_stores
from marketplace.api.models import Scope
from marketplace.api.serializers import Reason, WantedLine
from marketplace.api.views.base import KeyView
from orders import services
from orders.errors import UnknownLine
from orders.models import Order, Return, ReturnLine


class ReturnLineSerializer(serializers.ModelSerializer[ReturnLine]):
    listing = serializers.UUIDField(source="line.listing_id")

    class Meta:
        model = ReturnLine
        fields = ["listing", "quantity", "amount", "restock"]
        read_only_fields = fields


class ReturnSerializer(serializers.ModelSerializer[Return]):
    """`amount` paise go back to the customer: by UPI, or in cash from the shop."""

    order = serializers.UUIDField(source="order_id")
    lines = ReturnLineSerializer(many=True)

    class Meta:
        model = Return
        fields = [
            "id", "order", "state", "reason", "note", "answer", "amount", "created_at",
            "decided_at", "lines",
        ]  # fmt: skip
        read_only_fields = fields


class NewReturn(serializers.Serializer[Any]):
    lines: Any = serializers.ListSerializer(child=WantedLine(), allow_empty=False, max_length=100)
    reason = serializers.ChoiceField(choices=Return.Reason.values)
    note = serializers.CharField(required=False, max_length=300, default="", allow_blank=True)


class TakenBack(serializers.Serializer[Any]):
    lines: Any = serializers.ListSerializer(
        child=WantedLine(),
        required=False,
        allow_empty=False,
        max_length=100,
        help_text="What is taken, where that is less than was asked for: what is not named here "
        "becomes a return of its own, declined for `reason`. Without them everything is taken.",
    )
    reason = serializers.CharField(
        required=False,
        max_length=300,
        default="",
        allow_blank=True,
        help_text="Why not everything is taken; the customer reads it.",
    )
    restock: Any = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=100,
        help_text="The listings whose goods can be sold again; of the rest no stock moves.",
    )


class ReturnList(KeyView):
    scopes: ClassVar = {"GET": Scope.ORDERS_READ, "POST": Scope.ORDERS_PLACE}
    serializer_class = ReturnSerializer

    @extend_schema(tags=["returns"], responses=ReturnSerializer(many=True))
    def get(self, request: Request, order_id: UUID) -> Response:
        """What of an order came back, or was to come back; oldest first."""
        found = _order(request, order_id).returns.prefetch_related("lines__line")
        return Response(ReturnSerializer(found, many=True).data)

    @extend_schema(tags=["returns"], request=NewReturn, responses={201: ReturnSerializer})
    def post(self, request: Request, order_id: UUID) -> Response:
        """Ask for delivered goods to be taken back, within the shop's days; one return at a time."""
        body = NewReturn(data=request.data)
        body.is_valid(raise_exception=True)
        order, asked = _order(request, order_id), body.validated_data
        made = services.ask_return(
            store_id=order.store_id,
            order_id=order_id,
            actor=key_of(request).actor,
            reason=asked["reason"],
            lines=_by_line(_lines(order), asked["lines"]),
            note=asked["note"],
        )
        return Response(ReturnSerializer(made).data, status=status.HTTP_201_CREATED)


class ReturnTake(KeyView):
    scopes: ClassVar = {"POST": Scope.ORDERS_FULFIL}
    serializer_class = ReturnSerializer

    @extend_schema(tags=["returns"], request=TakenBack, responses=ReturnSerializer)
    def post(self, request: Request, order_id: UUID, return_id: UUID) -> Response:
        """The goods, or some of them, are back in the shop: the customer is paid back, once."""
        body = TakenBack(data=request.data)
        body.is_valid(raise_exception=True)
        order, taking = _order(request, order_id), body.validated_data
        lines = _lines(order)
        if not set(taking["restock"]) <= lines.keys():
            raise UnknownLine
        taken = services.take_return(
            store_id=order.store_id,
            order_id=order_id,
            return_id=return_id,
            actor=key_of(request).actor,
            restock={lines[listing] for listing in taking["restock"]},
            accepted=_by_line(lines, taking["lines"]) if "lines" in taking else None,
            reason=taking["reason"],
        )
        return Response(ReturnSerializer(taken).data)


class ReturnDecline(KeyView):
    scopes: ClassVar = {"POST": Scope.ORDERS_FULFIL}
    serializer_class = ReturnSerializer

    @extend_schema(tags=["returns"], request=Reason, responses=ReturnSerializer)
    def post(self, request: Request, order_id: UUID, return_id: UUID) -> Response:
        """The shop does not take the goods back; the customer reads the reason."""
        body = Reason(data=request.data)
        body.is_valid(raise_exception=True)
        declined = services.decline_return(
            store_id=_order(request, order_id).store_id,
            order_id=order_id,
            return_id=return_id,
            actor=key_of(request).actor,
            reason=body.validated_data["reason"],
        )
        return Response(ReturnSerializer(declined).data)


def _order(request: Request, order_id: UUID) -> Order:
    """An order of a shop that this key may see; to others it does not exist."""
    order = Order.objects.filter(store_id__in=visible_stores(request), pk=order_id).first()
    if order is None:
        raise Http404
    return order


def _lines(order: Order) -> dict[UUID, UUID]:
    """The order's lines by listing, which is how the API names them."""
    return dict(order.lines.values_list("listing_id", "pk"))


def _by_line(lines: Mapping[UUID, UUID], wanted: Iterable[Mapping[str, Any]]) -> dict[UUID, int]:
    """Base units by order line of what was named by listing. Raises UnknownLine."""
    summed: dict[UUID, int] = {}
    for each in wanted:
        if each["listing"] not in lines:
            raise UnknownLine
        line_id = lines[each["listing"]]
        summed[line_id] = summed.get(line_id, 0) + each["quantity"]
    return summed
