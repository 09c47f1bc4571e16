"""What customers complain about: everybody in the shop reads it, owners and managers answer."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from orders.complaints import services
from orders.complaints.models import LONGEST, Complaint, Side
from orders.complaints.returning import can_be_paid_back

MOST = 50


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your answer. The customer reads it."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_safe
@at_desk(Role.HELPER)
def complaints(request: Visit, desk: Desk) -> HttpResponse:
    found = Complaint.objects.of_store(desk.store.pk).in_turn().select_related("order")[:MOST]
    return show(request, desk, "complaints/complaints", {"complaints": found}, tab="today")


@require_safe
@at_desk(Role.HELPER)
def complaint(request: Visit, desk: Desk, complaint_id: UUID) -> HttpResponse:
    return _show(request, desk, _find(desk, complaint_id), AnswerForm())


@require_POST
@at_desk(Role.MANAGER)
def answer(request: Visit, desk: Desk, complaint_id: UUID) -> HttpResponse:
    words = _("Your answer has been sent.")
    return _say(request, desk, complaint_id, services.answer_for_shop, words)


@require_POST
@at_desk(Role.MANAGER)
def settle(request: Visit, desk: Desk, complaint_id: UUID) -> HttpResponse:
    """It has been put right, and how."""
    words = _("Settled. The customer is told, and can open it again.")
    return _say(request, desk, complaint_id, services.settle_for_shop, words)


def _say(
    request: Visit, desk: Desk, complaint_id: UUID, act: Callable[..., Complaint], words: str
) -> HttpResponse:
    found = _find(desk, complaint_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, desk, found, form, status=422)
    try:
        act(
            store_id=desk.store.pk,
            complaint_id=complaint_id,
            actor=desk.actor,
            text=form.cleaned_data["text"],
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect(desk.to("complaint", complaint_id=complaint_id))


def _show(
    request: Visit, desk: Desk, complaint: Complaint, form: AnswerForm, *, status: int = 200
) -> HttpResponse:
    whose = {
        Side.CUSTOMER: _("customer"),
        Side.SHOP: _("the shop"),
        Side.OFFICER: _("Grievance officer"),
        Side.CLOCK: _("Nukkad"),
    }
    context = {
        "complaint": complaint,
        "order": complaint.order,
        "form": form,
        "lines": complaint.lines.select_related("line"),
        "history": [(event, whose[Side(event.side)]) for event in complaint.events.all()],
        "can_return": can_be_paid_back(complaint),
    }
    return show(request, desk, "complaints/complaint", context, tab="today", status=status)


def _find(desk: Desk, complaint_id: UUID) -> Complaint:
    complaints = Complaint.objects.of_store(desk.store.pk).select_related("order")
    found = complaints.filter(pk=complaint_id).first()
    if found is None:
        raise Http404
    return found
