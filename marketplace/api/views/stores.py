from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView

from marketplace.api.authentication import visible_stores
from marketplace.api.models import Scope
from marketplace.api.pagination import OldestFirst
from marketplace.api.serializers import StoreQuery, StoreSerializer
from marketplace.api.views.base import KeyView
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
