"""Gathering an order: one tap for each line, its weight where it is weighed, and what is missing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit, whole_number
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.picking import LeftForm, WeightForm
from marketplace.dashboard.picking import Problem, pick_list
from marketplace.dashboard.views.orders import find_order, show_order
from orders import services
from orders.errors import OrderChanged
from orders.models import Order, OrderLine


@require_POST
@at_desk(Role.HELPER)
def pick(request: Visit, desk: Desk, order_id: UUID, line_id: UUID) -> HttpResponse:
    """Tick a line; one sold by weight brings its weight along."""
    order, line = find_line(desk, order_id, line_id)
    weighed = None
    if line.by_weight:
        form = WeightForm(request.POST, line)
        if not form.is_valid():
            return _refused(request, desk, order, line, "weight", _first(form))
        weighed = form.cleaned_data["weight"]
    return _do(
        request,
        desk,
        order,
        line,
        "weight",
        lambda **which: services.pick_line(
            **which, packed=weighed, expected=whole_number(request.POST.get("quantity", ""))
        ),
    )


@require_POST
@at_desk(Role.HELPER)
def unpick(request: Visit, desk: Desk, order_id: UUID, line_id: UUID) -> HttpResponse:
    order, line = find_line(desk, order_id, line_id)
    return _do(request, desk, order, line, "weight", services.unpick_line)


@require_POST
@at_desk(Role.HELPER)
def unavailable(request: Visit, desk: Desk, order_id: UUID, line_id: UUID) -> HttpResponse:
    """The shop has none of it, or only some: the customer pays that much less."""
    order, line = find_line(desk, order_id, line_id)
    form = LeftForm(request.POST, line)
    if not form.is_valid():
        return _refused(request, desk, order, line, "left", _first(form))
    return _do(
        request,
        desk,
        order,
        line,
        "left",
        lambda **which: services.mark_unavailable(
            **which,
            actor=desk.actor,
            available=form.cleaned_data["left"],
            stop_selling=form.cleaned_data["stop_selling"],
        ),
    )


def find_line(desk: Desk, order_id: UUID, line_id: UUID) -> tuple[Order, OrderLine]:
    order = find_order(desk, order_id)
    line = order.lines.filter(pk=line_id).first()
    if line is None:
        raise Http404
    return order, line


def _do(
    request: Visit,
    desk: Desk,
    order: Order,
    line: OrderLine,
    about: str,
    change: Callable[..., Any],
) -> HttpResponse:
    """Change a line and show it with the bill (htmx), or the page again."""
    try:
        change(store_id=desk.store.pk, order_id=order.pk, line_id=line.pk)
    except OrderChanged as error:
        # The rest of the list may be another too; what was typed is not lost with it.
        typed = request.POST.get(about, "")[:20]
        about_line = f" {localised(line)}: {typed}" if typed else ""
        messages.warning(request, f"{error}{about_line}")
        page = f"{desk.to('order', order_id=order.pk)}#line-{line.pk}"
        return HttpResponseClientRefresh() if request.htmx else redirect(page)
    except DomainError as error:
        return _refused(request, desk, order, line, about, str(error))
    if request.htmx:
        return _show_line(request, desk, find_order(desk, order.pk), line)
    return redirect(f"{desk.to('order', order_id=order.pk)}#line-{line.pk}")


def _refused(
    request: Visit, desk: Desk, order: Order, line: OrderLine, about: str, words: str
) -> HttpResponse:
    problem = Problem(about, request.POST.get(about, "")[:20], words)
    order = find_order(desk, order.pk)
    if request.htmx:
        return _show_line(request, desk, order, line, problem)
    return show_order(request, desk, order, problems={line.pk: problem}, status=422)


def _show_line(
    request: Visit, desk: Desk, order: Order, line: OrderLine, problem: Problem | None = None
) -> HttpResponse:
    picking = pick_list(order, {line.pk: problem} if problem else None)
    row = next(each for each in picking.lines if each.line.pk == line.pk)
    # The other lines are still as the page was drawn.
    seen = whole_number(request.POST.get("version", ""))
    context = {"order": order, "picking": picking, "row": row, "seen": seen, "oob": True}
    return show(request, desk, "orders/picked", context, status=422 if problem else 200)


def _first(form: forms.Form) -> str:
    return str(next(iter(form.errors.values()))[0])
