from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.core import outbox
from marketplace.core.models import OutboxEntry
from marketplace.core.staff.options import ReadOnlyAdmin


class Progress(admin.SimpleListFilter):
    title = _("progress")
    parameter_name = "progress"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("dead", _("given up")), ("waiting", _("waiting")), ("done", _("done"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[OutboxEntry]
    ) -> QuerySet[OutboxEntry]:
        entries = OutboxEntry.objects.all()
        if self.value() == "dead":
            return queryset & entries.dead()
        if self.value() == "waiting":
            return queryset & entries.waiting()
        if self.value() == "done":
            return queryset.filter(done_at__isnull=False)
        return queryset


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ReadOnlyAdmin):
    list_display = ["event", "consumer", "progress", "attempts", "due_at", "created_at", "error"]
    list_filter = [Progress, "event"]
    search_fields = ["event"]
    search_help_text = _("An event, or the id of an entry or a shop")
    id_fields = ("pk", "store_id")
    ordering = ["-id"]
    actions = ["try_again"]

    @admin.display(description=_("progress"))
    def progress(self, entry: OutboxEntry) -> str:
        if entry.done_at:
            return str(_("done"))
        return str(_("given up") if entry.dead_at else _("waiting"))

    @admin.display(description=_("last error"))
    def error(self, entry: OutboxEntry) -> str:
        return entry.last_error[:80]

    @admin.action(description=_("Try the ones given up again"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxEntry]) -> None:
        count = outbox.try_again(entry_ids=list(queryset.values_list("pk", flat=True)))
        words = ngettext("%(n)d entry is due again.", "%(n)d entries are due again.", count)
        self.message_user(
            request, words % {"n": count}, messages.SUCCESS if count else messages.WARNING
        )
