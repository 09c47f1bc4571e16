"""What came in, what went back and what the bank said: to be read; a failed refund can be retried."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.core.staff.options import ReadOnlyAdmin, ReadOnlyInline, money
from payments.upi.models import BankEvent, Difference, PaymentAttempt, Receipt, Refund
from payments.upi.services import RefundTooLarge, retry_refund

amount = money("amount", _("amount"))
refunded = money("refunded", _("sent back"))
ours = money("ours", _("ours"))
theirs = money("theirs", _("the bank's"))


class ReceiptInline(ReadOnlyInline):
    model = Receipt
    fields = readonly_fields = ["rrn", amount, refunded, "outcome", "reason", "completed_at"]


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = readonly_fields = ["key", amount, "state", "tries", "rrn", "completed_at"]


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(ReadOnlyAdmin):
    list_display = ["id", "store_id", "purpose", amount, "state", "code", "created_at"]
    list_filter = ["state", "purpose"]
    search_fields = ["code"]
    search_help_text = _("The id of an attempt, an order or a shop, or a reply code of the bank")
    id_fields = ("pk", "reference", "store_id")
    ordering = ["-id"]
    amounts = {"amount": amount}
    inlines = [ReceiptInline]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["rrn", "store_id", amount, refunded, "outcome", "payer_vpa", "completed_at"]
    list_filter = ["outcome"]
    search_fields = ["rrn", "payment_id", "payer_vpa"]
    search_help_text = _("An RRN, a UPI id, or the id of an order or a shop")
    id_fields = ("pk", "store_id", "attempt__reference")
    ordering = ["-id"]
    amounts = {"amount": amount, "refunded": refunded}
    inlines = [RefundInline]


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["key", "store_id", amount, "state", "tries", "code", "rrn", "created_at"]
    list_filter = ["state"]
    search_fields = ["rrn", "key"]
    search_help_text = _("An RRN, or the id of an order or a shop")
    amounts = {"amount": amount}
    id_fields = ("pk", "store_id", "reference")
    ordering = ["-id"]
    actions = ["send_again"]

    @admin.action(description=_("Send failed refunds once more"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        for refund in queryset.filter(state=Refund.State.FAILED):
            try:
                retry_refund(store_id=refund.store_id, refund_id=refund.pk)
            except RefundTooLarge as error:
                self.message_user(request, f"{refund.pk}: {error}", messages.ERROR)


@admin.register(BankEvent)
class BankEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "kind", "source", "outcome", "event_id", "applied_at"]
    list_filter = ["outcome", "source", "kind"]
    search_fields = ["event_id"]
    id_fields = ("pk", "store_id")
    ordering = ["-received_at"]


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    list_display = ["day", "kind", "movement", "bank_reference", "store_id", ours, theirs]
    list_filter = ["kind", "movement"]
    date_hierarchy = "day"
    search_fields = ["bank_reference"]
    amounts = {"ours": ours, "theirs": theirs}
