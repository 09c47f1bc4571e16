"""What came in, what went back and what the bank said: to be read; a failed refund can be retried."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.core.money import rupees
from payments.ledger.admin import ReadOnlyAdmin
from payments.upi.models import BankEvent, Difference, PaymentAttempt, Receipt, Refund
from payments.upi.services import RefundTooLarge, retry_refund


@admin.display(description=_("amount"), ordering="amount")
def amount(row: PaymentAttempt | Receipt | Refund) -> str:
    return rupees(row.amount)


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "store_id", "purpose", "reference", amount, "state", "code"]
    list_filter = ["state", "purpose"]
    search_fields = ["id__exact", "store_id__exact", "reference__exact"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(BankEvent)
class BankEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "source", "kind", "event_id", "outcome", "applied_at"]
    list_filter = ["outcome", "source"]
    search_fields = ["event_id__exact"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["completed_at", "store_id", "payment_id", "rrn", amount, "outcome", "reason"]
    list_filter = ["outcome"]
    search_fields = ["payment_id__exact", "rrn__exact", "store_id__exact"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at",
        "store_id",
        "reference",
        amount,
        "reason",
        "state",
        "tries",
        "code",
    ]
    list_filter = ["state"]
    search_fields = ["id__exact", "store_id__exact", "reference__exact"]
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["send_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("upi.change_refund")

    @admin.action(description=_("Send failed refunds once more"), permissions=["retry"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        for refund in queryset.filter(state=Refund.State.FAILED):
            try:
                retry_refund(store_id=refund.store_id, refund_id=refund.pk)
            except RefundTooLarge as error:
                self.message_user(request, f"{refund.pk}: {error}", level="error")


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    list_display = [
        "day",
        "movement",
        "kind",
        "bank_reference",
        "store_id",
        "our_side",
        "their_side",
    ]
    list_filter = ["kind", "movement"]
    date_hierarchy = "day"

    @admin.display(description=_("ours"))
    def our_side(self, row: Difference) -> str:
        return "" if row.ours is None else rupees(row.ours)

    @admin.display(description=_("the bank's"))
    def their_side(self, row: Difference) -> str:
        return "" if row.theirs is None else rupees(row.theirs)
