from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.authentication import visible_stores
from marketplace.api.models import Scope
from marketplace.api.pagination import OldestFirst
from marketplace.api.serializers import SlotSerializer, StoreQuery, StoreSerializer
from marketplace.api.views.base import KeyView
from orders import services
from stores.shops.models import Store
from stores.shops.places import Place


class StoreList(KeyView, ListAPIView):
    """Your shops; with a place, those of them that deliver there, and how far away they are."""

    scopes: ClassVar = {"GET": Scope.STORES_READ}
    serializer_class = StoreSerializer
    pagination_class = OldestFirst

    @extend_schema(parameters=[StoreQuery], tags=["stores"])
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Store]:
        query = StoreQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        stores = Store.objects.active().filter(pk__in=visible_stores(self.request))
        if not asked:
            return stores
        if "pincode" in asked:
            Place.of(pincode=asked["pincode"])
        return stores.delivering_to(
            pincode=asked.get("pincode", ""),
            latitude=asked.get("lat"),
            longitude=asked.get("lon"),
        )


class StoreDetail(KeyView, RetrieveAPIView):
    scopes: ClassVar = {"GET": Scope.STORES_READ}
    serializer_class = StoreSerializer

    @extend_schema(tags=["stores"])
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.retrieve(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Store]:
        return Store.objects.filter(pk__in=visible_stores(self.request))


class SlotList(KeyView):
    scopes: ClassVar = {"GET": Scope.STORES_READ}
    serializer_class = SlotSerializer
    pagination_class = None

    @extend_schema(tags=["stores"], responses=SlotSerializer(many=True))
    def get(self, request: Request, store_id: UUID) -> Response:
        """When an order placed now can be delivered or collected: the slots of the next days.

        A shop that is closed at this moment takes orders for a slot all the same.
        """
        store = get_object_or_404(Store.objects.filter(pk__in=visible_stores(request)), pk=store_id)
        offered = services.offered_slots(store) if store.takes_orders else []
        return Response(SlotSerializer(offered, many=True).data)
