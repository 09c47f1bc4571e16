"""What shops are paid: to be read; a payout that failed for good can be tried once more."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.core.staff.options import ReadOnlyAdmin, money
from payments.settlement.models import Payout, Settlement
from payments.settlement.services import retry_payout

net = money("net", _("amount"))
amount = money("amount", _("amount"))


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    list_display = ["business_date", "seq", "store_id", net, "state", "utr", "paid_at"]
    list_filter = ["state"]
    search_fields = ["utr"]
    search_help_text = _("A UTR, or the id of a settlement or a shop")
    id_fields = ("pk", "store_id")
    amounts = {"net": net}
    date_hierarchy = "business_date"
    ordering = ["-id"]
    actions = ["pay_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("settlement.change_settlement")

    @admin.action(description=_("Try failed payouts once more"), permissions=["retry"])
    def pay_again(self, request: HttpRequest, queryset: QuerySet[Settlement]) -> None:
        for settlement in queryset.filter(state=Settlement.State.FAILED):
            retry_payout(store_id=settlement.store_id, settlement_id=settlement.pk)


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "payout_id", "vpa", amount, "state", "code", "utr"]
    list_filter = ["state"]
    search_fields = ["payout_id", "utr", "vpa"]
    search_help_text = _("A UTR, a UPI id, the bank's id of a payout, or the id of a shop")
    id_fields = ("pk", "store_id", "settlement_id")
    amounts = {"amount": amount}
    ordering = ["-id"]
