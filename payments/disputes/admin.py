"""Disputes, to be read: shops answer them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace.core.staff.options import ReadOnlyAdmin, money
from payments.disputes.models import Dispute

amount = money("amount", _("amount"))


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ["dispute_id", "store_id", amount, "reason", "state", "answer", "respond_by"]
    list_filter = ["state", "answer"]
    search_fields = ["dispute_id", "receipt__rrn"]
    search_help_text = _("The bank's id of a dispute, an RRN, or the id of a shop")
    id_fields = ("pk", "store_id")
    amounts = {"amount": amount}
    list_select_related = ["receipt"]
    ordering = ["-id"]
