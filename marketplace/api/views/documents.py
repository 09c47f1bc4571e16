"""Invoices, bills and credit notes of an order."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.models import Scope
from marketplace.api.views.base import KeyView
from marketplace.api.views.orders import store_of
from orders.invoicing.models import Document


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """A GST document as it was issued; `content` is all that stands on it. Amounts in paise."""

    order = serializers.UUIDField(source="order_id")
    amends = serializers.UUIDField(
        source="amends_id", allow_null=True, help_text="The invoice that a credit note is about."
    )
    content = serializers.DictField()

    class Meta:
        model = Document
        fields = [
            "id", "order", "kind", "serial", "amends", "issued_on", "issued_at", "taxable", "cgst",
            "sgst", "igst", "total", "content",
        ]  # fmt: skip
        read_only_fields = fields


class DocumentList(KeyView):
    scopes: ClassVar = {"GET": Scope.ORDERS_READ}
    serializer_class = DocumentSerializer
    pagination_class = None

    @extend_schema(
        tags=["orders"],
        operation_id="orders_documents",
        responses=DocumentSerializer(many=True),
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """The order's invoice or bill, once it is packed, and its credit notes, the oldest first."""
        issued = Document.objects.of_store(store_of(request, order_id)).filter(order_id=order_id)
        return Response(DocumentSerializer(issued.order_by("id"), many=True).data)
