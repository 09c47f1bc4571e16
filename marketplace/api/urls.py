from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from marketplace.api.views import (
    counter,
    documents,
    listings,
    orders,
    proposals,
    returns,
    settlements,
    stores,
)
from marketplace.api.views.docs import Docs
from marketplace.api.views.nowhere import Nowhere

app_name = "api"
LISTING = "v1/stores/<uuid:store_id>/listings/<uuid:listing_id>/"
ORDER = "v1/orders/<uuid:order_id>/"
PROPOSAL = f"{ORDER}proposals/<uuid:proposal_id>/"
RETURN = f"{ORDER}returns/<uuid:return_id>/"

urlpatterns = [
    path("v1/stores/", stores.StoreList.as_view(), name="stores"),
    path("v1/stores/<uuid:pk>/", stores.StoreDetail.as_view(), name="store"),
    path("v1/stores/<uuid:store_id>/slots/", stores.SlotList.as_view(), name="slots"),
    path("v1/stores/<uuid:store_id>/listings/", listings.ListingList.as_view(), name="listings"),
    path(LISTING, listings.ListingDetail.as_view(), name="listing"),
    path(f"{LISTING}batches/", listings.BatchList.as_view(), name="batches"),
    path(f"{LISTING}receive/", listings.Receive.as_view(), name="receive"),
    path("v1/orders/", orders.OrderList.as_view(), name="orders"),
    path(ORDER, orders.OrderDetail.as_view(), name="order"),
    path(f"{ORDER}accept/", orders.Accept.as_view(), name="accept"),
    path(f"{ORDER}reject/", orders.Reject.as_view(), name="reject"),
    path(f"{ORDER}unavailable/", orders.Unavailable.as_view(), name="unavailable"),
    path(f"{ORDER}pack/", orders.Pack.as_view(), name="pack"),
    path(f"{ORDER}dispatch/", orders.Dispatch.as_view(), name="dispatch"),
    path(f"{ORDER}undelivered/", orders.Undelivered.as_view(), name="undelivered"),
    path(f"{ORDER}ready/", orders.ReadyForPickup.as_view(), name="ready"),
    path(f"{ORDER}deliver/", orders.Deliver.as_view(), name="deliver"),
    path(f"{ORDER}cancel/", orders.Cancel.as_view(), name="cancel"),
    path(f"{ORDER}edit/", proposals.Edit.as_view(), name="edit"),
    path(f"{ORDER}substitutes/", proposals.Substitutes.as_view(), name="substitutes"),
    path(f"{ORDER}weights/", proposals.AskWeights.as_view(), name="weights"),
    path(f"{PROPOSAL}accept/", proposals.Accept.as_view(), name="accept-proposal"),
    path(f"{PROPOSAL}decline/", proposals.Decline.as_view(), name="decline-proposal"),
    path(f"{PROPOSAL}withdraw/", proposals.Withdraw.as_view(), name="withdraw-proposal"),
    path(f"{ORDER}documents/", documents.DocumentList.as_view(), name="documents"),
    path(f"{ORDER}returns/", returns.ReturnList.as_view(), name="returns"),
    path(f"{RETURN}take/", returns.ReturnTake.as_view(), name="return-take"),
    path(f"{RETURN}decline/", returns.ReturnDecline.as_view(), name="return-decline"),
    path(
        "v1/stores/<uuid:store_id>/counter-sales/",
        counter.CounterSaleList.as_view(),
        name="counter-sales",
    ),
    path("v1/settlements/", settlements.SettlementList.as_view(), name="settlements"),
    path("v1/settlements/<uuid:pk>/", settlements.SettlementDetail.as_view(), name="settlement"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    re_path("", Nowhere.as_view()),
]
