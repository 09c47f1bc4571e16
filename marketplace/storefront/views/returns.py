"""Giving delivered goods back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.core.errors import DomainError
from marketplace.core.requests import some_id
from marketplace.storefront.forms import ReturnForm
from marketplace.storefront.papers import find_order
from marketplace.storefront.requests import PersonsVisit
from orders import services
from orders.complaints.returning import as_return
from orders.models import Order, Return, ReturnLine, State


def returns_context(order: Order) -> dict[str, Any]:
    """What the order's page says of returns; nothing is asked of an order that was not delivered."""
    if order.state != State.DELIVERED:
        return {}
    parts = ReturnLine.objects.select_related("line")
    found = list(order.returns.prefetch_related(Prefetch("lines", parts)))
    waiting = any(each.state == Return.State.ASKED for each in found)
    return {
        "returns": services.itemise(order, found),
        "can_return": not waiting and services.can_be_returned(order),
        "last_return_day": services.last_return_day(order),
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    """Choose what goes back, how much of it, and why."""
    order = find_order(request, order_id)
    if not services.can_be_returned(order):
        return redirect("storefront:order", order_id=order_id)
    lines = list(order.lines.all())
    left = [line for line in lines if (line.packed or 0) > line.returned]
    form = ReturnForm(
        left,
        request.POST if request.method == "POST" else None,
        initial=as_return(order, left, some_id(request.GET.get("complaint", ""))),
    )
    if form.is_valid():
        try:
            services.ask_return(
                store_id=order.store_id,
                order_id=order_id,
                actor=f"person:{request.user.pk}",
                reason=form.cleaned_data["reason"],
                lines=form.wanted,
                note=form.cleaned_data["note"],
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The shop has been asked. You hear from it here."))
            return redirect("storefront:order", order_id=order_id)
    context = {
        "order": order,
        "store": order.store,
        "form": form,
        "rest": services.rest_back(order, lines),
        "pays_cash": order.payment_method == Order.PaymentMethod.CASH,
        "last_day": services.last_return_day(order),
    }
    return render(request, "storefront/return.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def withdraw(request: PersonsVisit, order_id: UUID, return_id: UUID) -> HttpResponse:
    order = find_order(request, order_id)
    try:
        services.withdraw_return(
            store_id=order.store_id,
            order_id=order_id,
            return_id=return_id,
            actor=f"person:{request.user.pk}",
        )
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("storefront:order", order_id=order_id)
