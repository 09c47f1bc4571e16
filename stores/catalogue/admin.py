from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.core.staff.options import ServiceAdmin
from stores.catalogue import services
from stores.catalogue.models import Brand, Category, GstRate, Product


@admin.register(Category)
class CategoryAdmin(ServiceAdmin):
    list_display = ["name", "name_hi", "parent", "level", "position", "icon"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["name", "name_hi", "slug"]
    ordering = ["level", "position", "name"]
    fields = ["name", "name_hi", "slug", "parent", "icon", "position"]
    autocomplete_fields = ["parent"]

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> list[str]:
        return ["slug", "parent"] if obj else []

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        if change:
            services.change_category(category_id=obj.pk, **form.cleaned_data)
        else:
            _become(obj, services.add_category(**form.cleaned_data))


@admin.register(Brand)
class BrandAdmin(ServiceAdmin):
    list_display = ["name", "name_hi"]
    search_fields = ["name", "name_hi"]
    ordering = ["name"]
    fields = ["name", "name_hi"]

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        if change:
            services.rename_brand(brand_id=obj.pk, **form.cleaned_data)
        else:
            _become(obj, services.name_brand(**form.cleaned_data))


@admin.register(GstRate)
class GstRateAdmin(ServiceAdmin):
    """Rates are added from a day on; what has been charged by one is not rewritten."""

    list_display = ["hsn", "packed", "percent", "valid_from", "notification"]
    list_filter = ["packed", "bps"]
    search_fields = ["hsn", "notification"]
    ordering = ["hsn", "packed", "-valid_from"]
    fields = ["hsn", "packed", "bps", "valid_from", "notification"]

    @admin.display(description=_("rate"), ordering="bps")
    def percent(self, rate: GstRate) -> str:
        return f"{rate.bps / 100:g} %"

    def has_change_permission(self, request: HttpRequest, obj: GstRate | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: GstRate, form: Any, change: bool) -> None:
        _become(obj, services.add_gst_rate(**form.cleaned_data))


class Owned(admin.SimpleListFilter):
    title = _("who may list it")
    parameter_name = "owned"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("shared", _("every shop")), ("private", _("one shop")), ("merged", _("merged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        if self.value() == "shared":
            return queryset.filter(store=None, merged_into=None)
        if self.value() == "private":
            return queryset.filter(store__isnull=False, merged_into=None)
        if self.value() == "merged":
            return queryset.filter(merged_into__isnull=False)
        return queryset


@admin.register(Product)
class ProductAdmin(ServiceAdmin):
    list_display = ["__str__", "name_hi", "brand", "category", "store", "ean", "hsn", "veg"]
    list_filter = [Owned, "packed", "veg", ("category", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["brand", "category", "store"]
    search_fields = ["search_text"]
    search_help_text = _("A name in any spelling, a brand or a barcode")
    ordering = ["-id"]
    autocomplete_fields = ["category", "brand"]
    fieldsets = (
        (None, {"fields": ["name", "name_hi", "other_names", "category", "brand", "ean"]}),
        (
            _("What it is"),
            {"fields": ["packed", "base_unit", "pack_quantity", "pack_unit", "veg"]},
        ),
        (_("For the bill"), {"fields": ["hsn", "country_of_origin"]}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return obj is None or obj.merged_into_id is None

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        if not change:
            _become(obj, services.add_product(store_id=None, **form.cleaned_data))
            return
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if changed:
            services.change_product(product_id=obj.pk, store_id=None, **changed)


def _become(unsaved: Any, saved: Any) -> None:
    """Let the admin go on with the row that the service made."""
    unsaved.pk = saved.pk
    unsaved.refresh_from_db()
    unsaved._state.adding = False
