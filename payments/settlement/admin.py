"""What shops are paid: to be read; a payout that failed for good can be tried once more. And the
days on which nobody is paid."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import business_date
from marketplace.core.staff.options import ReadOnlyAdmin, ServiceAdmin, money
from payments.settlement.models import BankHoliday, Payout, Settlement
from payments.settlement.services import add_holiday, change_holiday, retry_payout

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


@admin.register(BankHoliday)
class BankHolidayAdmin(ServiceAdmin):
    list_display = ["day", "name"]
    fields = ["day", "name"]

    def has_change_permission(self, request: HttpRequest, obj: BankHoliday | None = None) -> bool:
        to_come = obj is None or obj.day >= business_date()
        return to_come and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: BankHoliday, form: Any, change: bool) -> None:
        if change:
            change_holiday(holiday_id=obj.pk, **form.cleaned_data)
        else:
            obj.pk = add_holiday(**form.cleaned_data).pk


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "payout_id", "vpa", amount, "state", "code", "utr"]
    list_filter = ["state"]
    search_fields = ["payout_id", "utr", "vpa"]
    search_help_text = _("A UTR, a UPI id, the bank's id of a payout, or the id of a shop")
    id_fields = ("pk", "store_id", "settlement_id")
    amounts = {"amount": amount}
    ordering = ["-id"]
