"""What shops are paid: to be read; a payout that failed for good can be tried once more."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.core.money import rupees
from payments.ledger.admin import ReadOnlyAdmin
from payments.settlement.models import Payout, Settlement
from payments.settlement.services import retry_payout


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    list_display = ["business_date", "seq", "store_id", "amount", "state", "utr", "paid_at"]
    list_filter = ["state"]
    search_fields = ["id__exact", "store_id__exact", "utr__exact"]
    date_hierarchy = "business_date"
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["pay_again"]

    @admin.display(description=_("amount"), ordering="net")
    def amount(self, settlement: Settlement) -> str:
        return rupees(settlement.net)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("settlement.change_settlement")

    @admin.action(description=_("Try failed payouts once more"), permissions=["retry"])
    def pay_again(self, request: HttpRequest, queryset: QuerySet[Settlement]) -> None:
        for settlement in queryset.filter(state=Settlement.State.FAILED):
            retry_payout(store_id=settlement.store_id, settlement_id=settlement.pk)


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "payout_id", "vpa", "paise", "state", "code", "utr"]
    list_filter = ["state"]
    search_fields = ["payout_id__exact", "utr__exact", "store_id__exact"]
    ordering = ["-id"]
    show_full_result_count = False

    @admin.display(description=_("amount"), ordering="amount")
    def paise(self, payout: Payout) -> str:
        return rupees(payout.amount)
