"""What the shop's own till sold: partners' point-of-sale programs keep our stock right."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.authentication import key_of
from marketplace.api.models import Scope
from marketplace.api.serializers import WantedLine
from marketplace.api.views.base import KeyView
from orders import services
from orders.invoicing.models import Document
from orders.models import CounterSale, CounterSaleLine

TICKET = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Names this sale, unique for your key and the shop, such as the till's bill number: "
    "sent again with the same body it answers with the same sale, with another body it is refused "
    "(422).",
)


class CounterSaleLineSerializer(serializers.ModelSerializer[CounterSaleLine]):
    listing = serializers.UUIDField(source="listing_id")

    class Meta:
        model = CounterSaleLine
        fields = [
            "n", "listing", "name", "name_hi", "unit", "quantity", "price", "per", "amount", "hsn",
            "gst_bps", "taxable", "cgst", "sgst",
        ]  # fmt: skip
        read_only_fields = fields


class CounterSaleSerializer(serializers.ModelSerializer[CounterSale]):
    store = serializers.UUIDField(source="store_id")
    lines = CounterSaleLineSerializer(many=True)
    bill = serializers.SerializerMethodField(
        help_text="The number of the sale's bill, of the shop's own series: for the till to print."
    )

    class Meta:
        model = CounterSale
        fields = [
            "id",
            "store",
            "paid_by",
            "items_total",
            "rounding",
            "total",
            "at",
            "lines",
            "bill",
        ]
        read_only_fields = fields

    def get_bill(self, sale: CounterSale) -> str | None:
        return Document.objects.of_counter(sale).values_list("serial", flat=True).first()


class NewCounterSale(serializers.Serializer[Any]):
    lines: Any = serializers.ListSerializer(child=WantedLine(), allow_empty=False, max_length=100)
    # a khata is opened and written in by people of the shop alone
    paid_by = serializers.ChoiceField(
        choices=[by for by in CounterSale.PaidBy.choices if by[0] != CounterSale.PaidBy.KHATA]
    )
    take_held = serializers.BooleanField(
        default=False,
        help_text="Sell what is set aside for orders too; they are then flagged for the shop.",
    )
    expected_total = serializers.IntegerField(
        required=False, min_value=0, help_text="What the customer paid, in paise."
    )


class CounterSaleList(KeyView):
    scopes: ClassVar = {"POST": Scope.COUNTER_SELL}
    serializer_class = CounterSaleSerializer

    @extend_schema(
        tags=["counter"],
        parameters=[TICKET],
        request=NewCounterSale,
        responses={201: CounterSaleSerializer},
    )
    def post(self, request: Request, store_id: UUID) -> Response:
        """Record goods sold over the shop's own counter: the stock leaves, no money of ours moves."""
        key = key_of(request)
        if not key.sees(store_id):
            raise Http404
        body = NewCounterSale(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        sold = services.sell_over_counter(
            store_id=store_id,
            actor=key.actor,
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            lines=[services.Wanted(line["listing"], line["quantity"]) for line in asked["lines"]],
            paid_by=asked["paid_by"],
            take_held=asked["take_held"],
            expected_total=asked.get("expected_total"),
        )
        return Response(
            CounterSaleSerializer(sold.sale).data,
            status=status.HTTP_201_CREATED,
            headers={"Idempotent-Replayed": "true"} if sold.replayed else {},
        )
