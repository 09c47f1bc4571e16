from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace.core.quantity import show_quantity
from marketplace.core.staff.options import ReadOnlyAdmin, ReadOnlyInline, money
from marketplace.core.templatetags.nukkad import moment
from stores.inventory.models import Batch, Listing, PriceChange, StockDrift, StockMovement


class MovementInline(ReadOnlyInline):
    model = StockMovement
    fields = readonly_fields = ["at", "kind", "delta", "after", "reason", "actor"]
    ordering = ["-id"]
    per_page = 20


class BatchInline(ReadOnlyInline):
    model = Batch
    fields = readonly_fields = [
        "code",
        "expires_on",
        money("mrp", _("MRP")),
        "on_hand",
        "expired",
        "received_at",
    ]
    ordering = ["-id"]
    per_page = 20


class PriceInline(ReadOnlyInline):
    model = PriceChange
    fields = readonly_fields = [
        "at",
        money("before", _("before")),
        money("after", _("after")),
        "reason",
        "actor",
    ]
    ordering = ["-id"]
    per_page = 20


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin):
    """What shops sell; they set their own prices and stock."""

    list_display = [
        "product",
        "store",
        money("price", _("price")),
        money("mrp", _("MRP")),
        "stock",
        "held",
        "expired",
        "shown",
    ]
    list_filter = ["policy", "shown", "on_shelf"]
    list_select_related = ["product", "store"]
    search_fields = ["product__search_text"]
    search_help_text = _("A product's name, or the id of a listing, shop or product")
    id_fields = ("pk", "store_id", "product_id")
    ordering = ["-id"]
    amounts = {"price": money("price", _("price")), "mrp": money("mrp", _("MRP"))}
    inlines = [BatchInline, MovementInline, PriceInline]

    @admin.display(description=_("on hand"))
    def stock(self, listing: Listing) -> str:
        if listing.policy == Listing.Policy.ON_SHELF:
            return str(_("there") if listing.on_shelf else _("not there"))
        return show_quantity(listing.on_hand, listing.product.base_unit)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ["at", "store", "listing", "kind", "delta", "after", "reason", "actor"]
    list_filter = ["kind"]
    list_select_related = ["store", "listing__product"]
    search_fields = ["reason"]
    search_help_text = _("A reason, or the id of a listing, shop or order")
    id_fields = ("pk", "store_id", "listing_id", "reference")
    ordering = ["-id"]


@admin.register(StockDrift)
class StockDriftAdmin(ReadOnlyAdmin):
    """Figures that are not what their history adds up to: each is a fault to be looked into."""

    list_display = [
        "found_at",
        "store",
        "listing",
        "figure",
        "stored",
        "computed",
        "seen_at",
        "gone",
    ]
    list_filter = ["figure", ("cleared_at", admin.EmptyFieldListFilter)]
    list_select_related = ["store", "listing__product"]
    search_fields = ["store__name"]
    search_help_text = _("A shop's name, or the id of a listing or shop")
    id_fields = ("pk", "store_id", "listing_id")
    ordering = ["-found_at", "-id"]

    @admin.display(description=_("gone since"), ordering="cleared_at")
    def gone(self, drift: StockDrift) -> str:
        return moment(drift.cleared_at)
