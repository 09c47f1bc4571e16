"""Goods that come back: asked for at the counter, taken back or declined."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.core.errors import DomainError, InvalidInput
from marketplace.core.money import rupees
from marketplace.core.requests import Visit, some_id
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.returns import DeclineForm, ReturnForm, TakePartForm
from orders import services
from orders.complaints.returning import as_return
from orders.errors import ReturnDecided
from orders.models import Order, Return, State
from payments.khata.selectors import taken_off

MOST_OPEN = 20
# Sound goods are mostly sold again: the ticks are set for the usual case.
RESTOCK_USUAL = (Return.Reason.WRONG_ITEM, Return.Reason.NOT_NEEDED)


def open_returns(store_id: UUID) -> list[Return]:
    """What the shop has still to decide, oldest first."""
    return list(
        Return.objects.of_store(store_id).open().select_related("order").order_by("id")[:MOST_OPEN]
    )


def returns_context(desk: Desk, order: Order) -> dict[str, Any]:
    """What the order's page says of returns; nothing is asked of an order that was not delivered."""
    if order.state != State.DELIVERED:
        return {}
    found = list(order.returns.prefetch_related("lines__line"))
    waiting = any(each.state == Return.State.ASKED for each in found)
    order.store = desk.store
    return {
        "returns": services.itemise(order, found),
        "can_ask_return": not waiting and services.can_be_returned(order),
        "last_return_day": services.last_return_day(order),
        "restock_usual": RESTOCK_USUAL,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.HELPER)
def ask(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    """A customer stands at the counter with goods of a delivered order."""
    order = _find_order(desk, order_id)
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
                store_id=desk.store.pk,
                order_id=order_id,
                actor=desk.actor,
                reason=form.cleaned_data["reason"],
                lines=form.wanted,
                note=form.cleaned_data["note"],
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect(desk.to("order", order_id=order_id))
    status = 422 if form.is_bound else 200
    context = {
        "order": order,
        "form": form,
        "rest": services.rest_back(order, lines),
        "pays_cash": order.payment_method == Order.PaymentMethod.CASH,
    }
    return show(request, desk, "orders/ask_return", context, tab="today", status=status)


@require_POST
@at_desk(Role.MANAGER)
def take(request: Visit, desk: Desk, order_id: UUID, return_id: UUID) -> HttpResponse:
    """The goods are back; ticked ones go back on the shelf."""
    order = _find_order(desk, order_id)
    ticked = set(request.POST.getlist("restock"))
    restock = [
        line_id for line_id in order.lines.values_list("pk", flat=True) if str(line_id) in ticked
    ]
    try:
        taken = services.take_return(
            store_id=desk.store.pk,
            order_id=order_id,
            return_id=return_id,
            actor=desk.actor,
            restock=restock,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _paid_back(order, taken))
    return redirect(desk.to("order", order_id=order_id))


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def take_part(request: Visit, desk: Desk, order_id: UUID, return_id: UUID) -> HttpResponse:
    """Less comes back than was asked for; the customer is told what, and why not the rest."""
    order, asked = _find_return(desk, order_id, return_id)
    if asked.state != Return.State.ASKED:
        decided = ReturnDecided(state=asked.state, state_words=asked.get_state_display())
        messages.error(request, str(decided))
        return redirect(desk.to("order", order_id=order_id))
    posted = request.POST if request.method == "POST" else None
    form = TakePartForm(asked, posted, restock=asked.reason in RESTOCK_USUAL)
    if form.is_valid():
        try:
            taken = services.take_return(
                store_id=desk.store.pk,
                order_id=order_id,
                return_id=return_id,
                actor=desk.actor,
                restock=form.restock,
                accepted=form.accepted,
                reason=form.cleaned_data["reason"],
            )
        except InvalidInput as error:
            form.add_error(None, str(error))
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(desk.to("order", order_id=order_id))
        else:
            messages.success(request, _paid_back(order, taken))
            return redirect(desk.to("order", order_id=order_id))
    context = {"order": order, "form": form}
    status = 422 if form.is_bound else 200
    return show(request, desk, "orders/take_part", context, tab="today", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def decline(request: Visit, desk: Desk, order_id: UUID, return_id: UUID) -> HttpResponse:
    order, asked = _find_return(desk, order_id, return_id)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.decline_return(
                store_id=desk.store.pk,
                order_id=order_id,
                return_id=return_id,
                actor=desk.actor,
                reason=form.cleaned_data["reason"],
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Declined. The customer is told why."))
        return redirect(desk.to("order", order_id=order_id))
    context = {"order": order, "asked": asked, "form": form}
    status = 422 if form.is_bound else 200
    return show(request, desk, "orders/decline_return", context, tab="today", status=status)


def _find_order(desk: Desk, order_id: UUID) -> Order:
    found = Order.objects.of_store(desk.store.pk).for_the_shop().filter(pk=order_id).first()
    if found is None:
        raise Http404
    return found


def _find_return(desk: Desk, order_id: UUID, return_id: UUID) -> tuple[Order, Return]:
    order = _find_order(desk, order_id)
    asked = order.returns.filter(pk=return_id).first()
    if asked is None:
        raise Http404
    return order, asked


def _paid_back(order: Order, taken: Return) -> str:
    """What the shopkeeper is told once goods have been taken back."""
    if order.prepaid:
        words = _("Taken back. %(amount)s goes to the customer's UPI account.")
        return words % {"amount": rupees(taken.amount)}
    off = taken_off(store_id=order.store_id, return_id=taken.pk)
    cash = taken.amount - off
    if not off:
        words = _("Taken back. Give the customer %(cash)s in cash.")
    elif not cash:
        words = _("Taken back. %(off)s is off the khata.")
    else:
        words = _("Taken back. %(off)s is off the khata; give the customer %(cash)s in cash.")
    return words % {"off": rupees(off), "cash": rupees(cash)}
