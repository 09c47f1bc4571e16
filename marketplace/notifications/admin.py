from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace.core.staff.options import ReadOnlyAdmin
from marketplace.notifications.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "channel", "to", "template", "language", "sent_at", "refused_at"]
    list_filter = ["channel", "template", "language"]
    search_fields = ["to"]
    search_help_text = _("A phone number, an e-mail address, or the id of a person")
    id_fields = ("pk", "recipient_id")
    ordering = ["-created_at"]
    date_hierarchy = "created_at"
