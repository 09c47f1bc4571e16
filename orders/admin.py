from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.core.quantity import show_quantity
from marketplace.core.staff.options import ReadOnlyAdmin, ReadOnlyInline, money
from orders.models import Order, OrderEvent, OrderLine, Return


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields = readonly_fields = [
        "name",
        "much",
        money("price", _("price")),
        money("mrp", _("MRP")),
        money("amount", _("amount")),
        "gst",
        money("taxable", _("taxable")),
        money("cgst", _("CGST")),
        money("sgst", _("SGST")),
    ]

    @admin.display(description=_("quantity"))
    def much(self, line: OrderLine) -> str:
        return show_quantity(line.quantity, line.unit)

    @admin.display(description=_("GST"))
    def gst(self, line: OrderLine) -> str:
        return f"{line.gst_bps / 100:g} %"


class ReturnInline(ReadOnlyInline):
    model = Return
    fields = readonly_fields = [
        "created_at",
        "state",
        "reason",
        "note",
        "answer",
        money("amount", _("amount")),
        "decided_at",
    ]


class EventInline(ReadOnlyInline):
    model = OrderEvent
    fields = readonly_fields = ["at", "before", "after", "actor", "reason"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = [
        "number",
        "store",
        "state",
        money("total", _("total")),
        "payment_method",
        "fulfilment",
        "contact_name",
        "contact_phone",
        "placed_at",
    ]
    list_filter = ["state", "payment_method", "fulfilment", "via"]
    list_select_related = ["store"]
    date_hierarchy = "placed_at"
    search_fields = ["code__istartswith", "contact_phone", "contact_name"]
    search_help_text = _(
        "An order's number, a name or phone, or the id of an order, shop or person"
    )
    id_fields = ("pk", "store_id", "person_id")
    ordering = ["-id"]
    inlines = [LineInline, ReturnInline, EventInline]
    figures = [
        money("items_total", _("goods")),
        money("delivery_fee", _("delivery fee")),
        money("rounding", _("rounding")),
        money("total", _("total")),
        money("captured", _("paid over UPI")),
        money("refunded", _("refunded")),
    ]
    fieldsets = (
        (
            None,
            {
                "fields": [
                    *("number", "store", "state", "version", "placed_at", "accept_by"),
                    *("slot_starts_at", "slot_ends_at", "delivered_at", "via"),
                ]
            },
        ),
        (
            _("Customer"),
            {
                "fields": [
                    "contact_name",
                    "contact_phone",
                    "language",
                    "fulfilment",
                    "address",
                    "pincode",
                    "note",
                    "person_id",
                ]
            },
        ),
        (_("Money"), {"fields": ["payment_method", *figures]}),
        (
            _("Rates at the time (basis points)"),
            {"fields": ["commission_bps", "commission_gst_bps", "tcs_bps", "tds_bps"]},
        ),
    )
    readonly_fields = ["number", *figures]

    @admin.display(description=_("number"), ordering="code")
    def number(self, order: Order) -> str:
        return order.number

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        spoken = search_term.strip().upper().removeprefix("NK-")
        return super().get_search_results(request, queryset, spoken)
