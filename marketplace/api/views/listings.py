from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.authentication import key_of
from marketplace.api.models import Scope
from marketplace.api.pagination import OldestFirst
from marketplace.api.serializers import (
    BatchSerializer,
    ListingChange,
    ListingSerializer,
    Receipt,
)
from marketplace.api.views.base import KeyView
from marketplace.core.errors import InvalidInput
from stores.catalogue.countries import countries
from stores.catalogue.models import Category
from stores.inventory.models import Listing, ListingQuerySet
from stores.inventory.services import (
    KEEP,
    Label,
    count_stock,
    receive_stock,
    set_price,
    set_reorder_level,
    set_shown,
)


def listings_of(request: Request, store_id: UUID) -> ListingQuerySet:
    """The shop's listings, if this key sees the shop; else there is nothing there."""
    if not key_of(request).sees(store_id):
        raise Http404
    return Listing.objects.of_store(store_id).select_related("product__brand", "category")


class ListingList(KeyView, ListAPIView):
    """A shop's listings, hidden ones included: this is the shop's own stock list."""

    scopes: ClassVar = {"GET": Scope.LISTINGS_READ}
    serializer_class = ListingSerializer
    pagination_class = OldestFirst

    @extend_schema(
        tags=["listings"],
        parameters=[
            OpenApiParameter("q", str, description="Words of the name, in any spelling."),
            OpenApiParameter("category", str, description="A category's slug."),
            OpenApiParameter(
                "country_of_origin", str, description="ISO 3166-1 code: IN, or where it comes from."
            ),
        ],
    )
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.list(request, *args, **kwargs)

    def get_queryset(self) -> ListingQuerySet:
        listings = listings_of(self.request, self.kwargs["store_id"])
        if text := self.request.query_params.get("q", "").replace("\x00", ""):
            listings = listings.matching(text)
        if slug := self.request.query_params.get("category", "").replace("\x00", ""):
            listings = listings.in_category(get_object_or_404(Category, slug=slug))
        if code := self.request.query_params.get("country_of_origin", ""):
            if code not in countries():
                raise InvalidInput(field="country_of_origin", why=_("There is no such country."))
            listings = listings.from_country(code)
        return listings


class ListingDetail(KeyView):
    scopes: ClassVar = {"GET": Scope.LISTINGS_READ, "PATCH": Scope.LISTINGS_WRITE}
    serializer_class = ListingSerializer

    @extend_schema(tags=["listings"], responses=ListingSerializer)
    def get(self, request: Request, store_id: UUID, listing_id: UUID) -> Response:
        """One listing."""
        listing = get_object_or_404(listings_of(request, store_id), pk=listing_id)
        return Response(ListingSerializer(listing).data)

    @extend_schema(tags=["listings"], request=ListingChange, responses=ListingSerializer)
    def patch(self, request: Request, store_id: UUID, listing_id: UUID) -> Response:
        """Change price, MRP, stock, reorder level or whether customers see it: all or nothing."""
        listings = listings_of(request, store_id)
        change = ListingChange(data=request.data)
        change.is_valid(raise_exception=True)
        wanted = change.validated_data
        about: dict[str, Any] = {
            "store_id": store_id,
            "listing_id": listing_id,
            "actor": key_of(request).actor,
        }
        with transaction.atomic():
            if "price" in wanted:
                set_price(
                    **about,
                    price=wanted["price"],
                    mrp=wanted.get("mrp", KEEP),
                    reason=wanted["reason"],
                )
            if "stock" in wanted:
                count_stock(**about, counted=wanted["stock"], reason=wanted["reason"])
            if "shown" in wanted:
                set_shown(**about, shown=wanted["shown"])
            if "reorder_level" in wanted:
                set_reorder_level(**about, level=wanted["reorder_level"])
        return Response(ListingSerializer(get_object_or_404(listings, pk=listing_id)).data)


class BatchList(KeyView):
    scopes: ClassVar = {"GET": Scope.LISTINGS_READ}
    serializer_class = BatchSerializer

    @extend_schema(tags=["listings"], responses=BatchSerializer(many=True))
    def get(self, request: Request, store_id: UUID, listing_id: UUID) -> Response:
        """A listing's batches in stock, in the order in which they are packed; what expired too."""
        listing = get_object_or_404(listings_of(request, store_id), pk=listing_id)
        batches = listing.batches.in_stock().first_to_expire()
        return Response(BatchSerializer(batches, many=True).data)


class Receive(KeyView):
    scopes: ClassVar = {"POST": Scope.LISTINGS_WRITE}
    serializer_class = ListingSerializer

    @extend_schema(tags=["listings"], request=Receipt, responses=ListingSerializer)
    def post(self, request: Request, store_id: UUID, listing_id: UUID) -> Response:
        """Goods came in, once per `id`; into a batch where one is named by number, date or MRP."""
        listings = listings_of(request, store_id)
        receipt = Receipt(data=request.data)
        receipt.is_valid(raise_exception=True)
        came = receipt.validated_data
        receive_stock(
            store_id=store_id,
            listing_id=listing_id,
            actor=key_of(request).actor,
            quantity=came["quantity"],
            reason=came["reason"],
            label=Label(code=came["code"], expires_on=came["expires_on"], mrp=came["mrp"]),
            reference=came["id"],
        )
        return Response(ListingSerializer(get_object_or_404(listings, pk=listing_id)).data)
