"""Reporting a problem, and following what becomes of it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.core.errors import DomainError
from marketplace.core.templatetags.nukkad import localised
from marketplace.storefront.complaining import NewForm, ReportForm, WordForm
from marketplace.storefront.papers import find_order
from marketplace.storefront.requests import PersonsVisit
from marketplace.storefront.views.people import refuse
from orders.complaints import services
from orders.complaints.models import Complaint, Side
from orders.complaints.returning import can_be_given_back
from orders.models import Order
from orders.services import can_be_returned, last_return_day
from stores.shops.models import Store

PAGE = 10
MOST_SHOPS = 8


@never_cache
@login_required
@require_safe
def complaints(request: PersonsVisit) -> HttpResponse:
    mine = Complaint.objects.of_person(request.user.pk).select_related("store", "order")
    with suppress(ValueError):
        mine = mine.filter(pk__lt=UUID(request.GET.get("before", "")))
    found = list(mine[: PAGE + 1])
    more = f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    return render(request, "storefront/complaints.html", {"complaints": found[:PAGE], "more": more})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    """What went wrong with an order."""
    order = find_order(request, order_id)
    if not services.can_be_reported(order):
        return redirect("storefront:order", order_id=order_id)
    lines = [line for line in order.lines.all() if line.billed]
    form = ReportForm(lines, request.POST if request.method == "POST" else None)
    return _take_down(
        request,
        form,
        "storefront/report.html",
        lambda asked: {
            "order_id": order.pk,
            "wanted": asked["wanted"],
            "lines": form.concerned,
        },
        {
            "order": order,
            "store": order.store,
            "last_return_day": last_return_day(order) if can_be_returned(order) else None,
        },
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonsVisit) -> HttpResponse:
    """A complaint about no order in particular."""
    bought_at = Order.objects.of_person(request.user.pk).order_by().values("store_id")
    shops = Store.objects.filter(pk__in=bought_at).order_by("name", "pk")[:MOST_SHOPS]
    form = NewForm(list(shops), request.POST if request.method == "POST" else None)
    return _take_down(
        request,
        form,
        "storefront/new_complaint.html",
        lambda asked: {"store_id": form.store_id, "wanted": Complaint.Wanted.ANSWER},
        {},
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def complaint(request: PersonsVisit, complaint_id: UUID) -> HttpResponse:
    """How it stands, and what was said; a POST says more, which opens a settled one again."""
    found = _find(request, complaint_id)
    form, status = WordForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            say = services.open_again if found.settled else services.add_word
            try:
                say(person_id=request.user.pk, complaint_id=complaint_id, **form.cleaned_data)
            except DomainError as error:
                status = refuse(form, error)
                # it may have moved since the page was shown
                found = _find(request, complaint_id)
            else:
                messages.success(request, _("Your message has been sent."))
                return redirect("storefront:complaint", complaint_id=complaint_id)
    whose = {
        Side.CUSTOMER: _("You"),
        Side.SHOP: localised(found.store) if found.store else "",
        Side.OFFICER: _("Grievance officer"),
        Side.CLOCK: _("Nukkad"),
    }
    context = {
        "complaint": found,
        "form": form,
        "lines": found.lines.select_related("line"),
        "history": [(event, whose[Side(event.side)]) for event in found.events.all()],
        "officer": settings.GRIEVANCE_OFFICER,
        "last_return_day": last_return_day(found.order)
        if found.order and can_be_given_back(found)
        else None,
    }
    return render(request, "storefront/complaint.html", context, status=status)


@login_required
@require_POST
def settle(request: PersonsVisit, complaint_id: UUID) -> HttpResponse:
    """The customer is content."""
    return _tap(request, complaint_id, services.accept_answer, _("Settled. Thank you."))


@login_required
@require_POST
def to_officer(request: PersonsVisit, complaint_id: UUID) -> HttpResponse:
    """The customer is not."""
    words = _("Our grievance officer has your complaint now.")
    return _tap(request, complaint_id, services.ask_officer, words)


def _take_down(
    request: PersonsVisit,
    form: Form,
    template: str,
    about: Callable[[dict[str, Any]], dict[str, Any]],
    context: dict[str, Any],
) -> HttpResponse:
    """File what was written, or show the form; `about` is what its answers say of whom it concerns."""
    status, key = 200, request.POST.get("key", "")[:80] or uuid4().hex
    if request.method == "POST":
        status = 422
        if form.is_valid():
            asked = form.cleaned_data
            try:
                filed = services.file_complaint(
                    person_id=request.user.pk,
                    key=key,
                    kind=asked["kind"],
                    text=asked["text"],
                    **about(asked),
                )
            except DomainError as error:
                status = refuse(form, error)
                # what was changed after it had been sent is a complaint of its own
                key = uuid4().hex
            else:
                words = _("We have your complaint. Its number is %(number)s.")
                messages.success(request, words % {"number": filed.number})
                return redirect("storefront:complaint", complaint_id=filed.pk)
    return render(request, template, context | {"form": form, "key": key}, status=status)


def _tap(
    request: PersonsVisit, complaint_id: UUID, act: Callable[..., Complaint], words: str
) -> HttpResponse:
    _find(request, complaint_id)
    try:
        act(person_id=request.user.pk, complaint_id=complaint_id)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect("storefront:complaint", complaint_id=complaint_id)


def _find(request: PersonsVisit, complaint_id: UUID) -> Complaint:
    mine = Complaint.objects.of_person(request.user.pk).select_related("store", "order")
    return get_object_or_404(mine, pk=complaint_id)
