"""GST documents, to be read: nothing on them is ever changed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace.core.staff.options import ReadOnlyAdmin, money
from orders.invoicing.models import Document

total = money("total", _("total"))


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["serial", "kind", "issued_on", "store", "order", total]
    list_select_related = ["store", "order"]
    list_filter = ["kind"]
    search_fields = ["serial"]
    search_help_text = _("A number, or the id of a document, a shop or an order")
    id_fields = ("pk", "store_id", "order_id")
    amounts = {"total": total}
    date_hierarchy = "issued_on"
    ordering = ["-id"]
