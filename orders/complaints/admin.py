"""Complaints for the grievance officer: what came to them and what nears its deadline, the most urgent
first; answered and settled through the services, and never changed otherwise."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from marketplace.accounts.models import Person
from marketplace.core.clock import business_date, now
from marketplace.core.quantity import show_quantity
from marketplace.core.staff.options import ReadOnlyInline, ServiceAdmin
from orders.complaints.deadlines import WARN_BEFORE
from orders.complaints.models import LONGEST, Complaint, ComplaintEvent, ComplaintLine
from orders.complaints.services import answer_for_officer, settle_for_officer
from orders.notices.recipients import signed_in

ANSWER, SETTLE = "answer", "settle"


class WhoseTurn(admin.SimpleListFilter):
    """What the officer has to do, unless one asks for the rest."""

    title = _("state")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("unsettled", _("not settled")), ("settled", _("settled")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("for the officer")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        complaints: Any = queryset
        if self.value() == "all":
            return queryset
        if self.value() == "settled":
            return queryset.exclude(resolved_at=None)
        return complaints.unsettled() if self.value() else complaints.for_the_officer()


class OfficerForm(forms.ModelForm):
    """What the officer says, and whether that settles it."""

    act = forms.ChoiceField(
        label=_("what to do"),
        choices=[(ANSWER, _("Answer")), (SETTLE, _("Settle it"))],
        widget=UnfoldAdminSelectWidget,
    )
    words = forms.CharField(
        label=_("your words"),
        help_text=_("The customer and the shop read them. Who settles it says how and why."),
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget,
    )

    class Meta:
        model = Complaint
        fields: list[str] = []


class LineInline(ReadOnlyInline):
    model = ComplaintLine
    fields = readonly_fields = ["line", "much"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ComplaintLine]:
        lines: QuerySet[ComplaintLine] = super().get_queryset(request)
        return lines.select_related("line")

    @admin.display(description=_("quantity"))
    def much(self, concerned: ComplaintLine) -> str:
        return show_quantity(concerned.quantity, concerned.line.unit)


class EventInline(ReadOnlyInline):
    model = ComplaintEvent
    fields = readonly_fields = ["at", "what", "side", "text", "after"]


@admin.register(Complaint)
class ComplaintAdmin(ServiceAdmin):
    form = OfficerForm
    list_display = ["number", "time_left", "state", "kind", "store", "order", "filed_at"]
    list_select_related = ["store", "order"]
    list_filter = [WhoseTurn, "kind"]
    list_per_page = 50
    search_fields = ["code__istartswith"]
    search_help_text = _("A ticket's number")
    ordering = ["resolve_by", "id"]
    inlines = [LineInline, EventInline]
    told = (
        *("number", "state", "filed_at", "resolve_by", "words_left"),
        *("kind", "wanted", "text", "store", "order", "customer"),
    )

    def get_fields(self, request: HttpRequest, obj: Complaint | None = None) -> list[str]:
        return [*self.told, *([] if obj is None or obj.settled else ["act", "words"])]

    def get_readonly_fields(self, request: HttpRequest, obj: Complaint | None = None) -> list[str]:
        return list(self.told)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Complaint | None = None) -> bool:
        return (obj is None or not obj.settled) and super().has_change_permission(request, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        spoken = search_term.strip().upper().removeprefix("NC-")
        return super().get_search_results(request, queryset, spoken)

    @admin.display(description=_("ticket"), ordering="code")
    def number(self, complaint: Complaint) -> str:
        return complaint.number

    @display(
        description=_("time left"),
        ordering="resolve_by",
        label={"overdue": "danger", "near": "warning", "later": "info", "none": "success"},
    )
    def time_left(self, complaint: Complaint) -> tuple[str, str]:
        """Which colour, and in words."""
        return _urgency(complaint), self.words_left(complaint)

    @admin.display(description=_("time left"))
    def words_left(self, complaint: Complaint) -> str:
        if complaint.settled:
            return str(complaint.get_state_display())
        days = (business_date(complaint.resolve_by) - business_date()).days
        if complaint.overdue:
            late = ngettext("overdue by %(n)s day", "overdue by %(n)s days", -days)
            return late % {"n": -days} if days else str(_("overdue"))
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days} if days else str(_("today"))

    @admin.display(description=_("customer"))
    def customer(self, complaint: Complaint) -> str:
        """Whom to call."""
        person = Person.objects.filter(pk=complaint.person_id).first()
        return f"{person}, {signed_in(complaint.person_id).phone}" if person else ""

    def save_model(
        self, request: HttpRequest, obj: Complaint, form: forms.ModelForm, change: bool
    ) -> None:
        act = settle_for_officer if form.cleaned_data["act"] == SETTLE else answer_for_officer
        act(
            complaint_id=obj.pk,
            actor=f"person:{request.user.pk}",
            text=form.cleaned_data["words"],
        )


def _urgency(complaint: Complaint) -> str:
    if complaint.settled:
        return "none"
    if complaint.overdue:
        return "overdue"
    return "near" if complaint.resolve_by - now() <= WARN_BEFORE else "later"
