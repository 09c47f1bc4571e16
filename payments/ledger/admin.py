"""The books, to be read: nothing here can be added, changed or deleted, by anybody."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from marketplace.core.money import rupees
from payments.ledger.models import Balance, Leg, Rate, Txn, UnsettledLeg


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.display(description=_("debit"))
def debit(row: Leg | Balance | UnsettledLeg) -> str:
    return rupees(row.amount) if row.amount > 0 else ""


@admin.display(description=_("credit"))
def credit(row: Leg | Balance | UnsettledLeg) -> str:
    return rupees(-row.amount) if row.amount < 0 else ""


class LegInline(TabularInline):
    model = Leg
    fields = ["n", "account", "party_id", debit, credit]
    readonly_fields = fields
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Txn)
class TxnAdmin(ReadOnlyAdmin):
    list_display = ["business_date", "kind", "store_id", "idempotency_key", "posted_at"]
    list_filter = ["kind"]
    date_hierarchy = "business_date"
    search_fields = ["id"]
    search_help_text = _("The id of a transaction, a shop, an order or a payment")
    ordering = ["-id"]
    show_full_result_count = False
    exclude = ["request_hash"]
    inlines = [LegInline]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Txn], search_term: str
    ) -> tuple[QuerySet[Txn], bool]:
        # Django would compare ids as text, which no index serves.
        if not search_term:
            return queryset, False
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return queryset.none(), False
        return queryset.filter(Q(id=wanted) | Q(store_id=wanted) | Q(reference=wanted)), False


@admin.register(Balance)
class BalanceAdmin(ReadOnlyAdmin):
    list_display = ["store_id", "account", "party_id", "slot", debit, credit]
    search_fields = ["store_id__exact"]
    ordering = ["store_id", "account", "slot"]


@admin.register(UnsettledLeg)
class UnsettledLegAdmin(ReadOnlyAdmin):
    list_display = ["business_date", "store_id", debit, credit]
    search_fields = ["store_id__exact"]
    ordering = ["store_id", "business_date"]
    show_full_result_count = False


@admin.register(Rate)
class RateAdmin(ReadOnlyAdmin):
    list_display = ["name", "percent", "valid_from", "valid_to", "section", "source"]

    @admin.display(description=_("rate"))
    def percent(self, rate: Rate) -> str:
        return f"{rate.bps / 100:g} %"
