"""What customers owe shops, to be read: it is the shops' own money."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace.core.staff.options import ReadOnlyAdmin, ReadOnlyInline, money
from payments.khata.models import Khata, KhataEntry

amount = money("amount", _("amount"))
limit = money("limit", _("limit"))


class EntryInline(ReadOnlyInline):
    model = KhataEntry
    fields = readonly_fields = ["at", "kind", amount, "note", "actor"]
    ordering = ["-id"]


@admin.register(Khata)
class KhataAdmin(ReadOnlyAdmin):
    list_display = ["name", "phone", "store_id", limit, "opened_at", "closed_at"]
    search_fields = ["name", "phone"]
    id_fields = ("pk", "store_id")
    amounts = {"limit": limit}
    ordering = ["-id"]
    inlines = [EntryInline]
