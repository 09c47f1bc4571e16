from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.authentication import key_of, visible_stores
from marketplace.api.models import Scope
from marketplace.api.pagination import NewestFirst
from marketplace.api.serializers import SettlementSerializer, StatementSerializer
from marketplace.api.views.base import KeyView
from payments.settlement.models import Settlement
from payments.settlement.selectors import statement


class SettlementQuery(serializers.Serializer[Any]):
    store = serializers.UUIDField(required=False)


class SettlementList(KeyView, ListAPIView):
    scopes: ClassVar = {"GET": Scope.SETTLEMENTS_READ}
    serializer_class = SettlementSerializer
    pagination_class = NewestFirst

    @extend_schema(tags=["settlements"], parameters=[SettlementQuery])
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What your shops have been paid, newest first; amounts in paise."""
        return self.list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Settlement]:
        query = SettlementQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        store = query.validated_data.get("store")
        if store is not None and not key_of(self.request).sees(store):
            raise Http404
        stores = visible_stores(self.request) if store is None else [store]
        return Settlement.objects.filter(store_id__in=stores)


class SettlementDetail(KeyView):
    scopes: ClassVar = {"GET": Scope.SETTLEMENTS_READ}
    serializer_class = StatementSerializer

    @extend_schema(tags=["settlements"])
    def get(self, request: Request, pk: Any) -> Response:
        """One settlement explained: every order, charge, tax and refund in it."""
        settlement = Settlement.objects.filter(store_id__in=visible_stores(request), pk=pk).first()
        if settlement is None:
            raise Http404
        told = statement(settlement)
        return Response(
            StatementSerializer(
                {"settlement": settlement, "rows": told.rows, "totals": told.totals}
            ).data
        )
