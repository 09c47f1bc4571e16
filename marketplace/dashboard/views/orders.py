"""One order: what to pick, whom to call, and every step it can take."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit, whole_number
from marketplace.dashboard.board import card, first_name
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.orders import DeliveryForm, ReasonForm
from marketplace.dashboard.picking import Problem, pick_list
from marketplace.dashboard.views.returns import returns_context
from marketplace.dashboard.views.today import board_context
from orders import services
from orders.complaints.models import Complaint
from orders.errors import BeingAsked, CostsMore, NotWeighed, OrderChanged
from orders.invoicing.models import Document
from orders.models import Order, OrderEvent, State
from orders.services.billing import paid
from orders.services.consent import CAN_CHANGE
from orders.services.transitions import ALLOWED, is_buyer
from stores.shops.models import StaffMember

Move = Callable[..., Order]
# The page offers these another way out: to decline, or to put the goods back.
CALLED_OFF_ELSEWHERE = (State.CONFIRMED, State.READY_FOR_PICKUP, State.UNDELIVERED)


@require_safe
@at_desk(Role.HELPER)
def order(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    return show_order(request, desk, find_order(desk, order_id))


@require_POST
@at_desk(Role.HELPER)
def accept(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    return _step(request, desk, order_id, services.accept)


@require_POST
@at_desk(Role.HELPER)
def pack(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    seen = whole_number(request.POST.get("version", ""))
    return _step(request, desk, order_id, partial(services.pack, expected_version=seen))


@require_POST
@at_desk(Role.HELPER)
def dispatch(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    return _step(request, desk, order_id, services.dispatch)


@require_POST
@at_desk(Role.HELPER)
def ready(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    return _step(request, desk, order_id, services.ready_for_pickup)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.HELPER)
def deliver(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    """Hand the goods over: with the customer's digits, or without on an owner's or manager's word."""
    order = find_order(desk, order_id)
    if order.state not in ALLOWED[State.DELIVERED]:
        return _already(request, desk, order)
    trusted = desk.is_manager and "without_code" in request.POST
    form = DeliveryForm(request.POST if request.method == "POST" and not trusted else None)
    if trusted or form.is_valid():
        try:
            services.deliver(
                store_id=desk.store.pk,
                order_id=order_id,
                actor=desk.actor,
                code=None if trusted else form.cleaned_data["code"],
            )
        except DomainError as error:
            if form.is_bound:
                form.add_error("code", str(error))
            else:
                messages.error(request, str(error))
        else:
            messages.success(request, _("%(order)s is delivered.") % {"order": order.number})
            return redirect(desk.to("today"))
    status = 422 if form.is_bound else 200
    context = {"order": order, "form": form, "first_name": first_name(order)}
    return show(request, desk, "orders/deliver", context, tab="today", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.HELPER)
def reject(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    order = find_order(desk, order_id)
    return _call_off(request, desk, order, State.REJECTED, services.reject)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.HELPER)
def cancel(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    order = find_order(desk, order_id)
    return _call_off(request, desk, order, State.CANCELLED, services.cancel)


def find_order(desk: Desk, order_id: UUID) -> Order:
    found = Order.objects.of_store(desk.store.pk).for_the_shop().filter(pk=order_id).first()
    if found is None:
        raise Http404
    return found


def _step(request: Visit, desk: Desk, order_id: UUID, move: Move) -> HttpResponse:
    """One tap: move the order on, and show the board (htmx) or the page one came from.

    What has still to be settled with the scale or the customer leads to the order's page.
    """
    find_order(desk, order_id)
    problem = ""
    try:
        move(store_id=desk.store.pk, order_id=order_id, actor=desk.actor)
    except (NotWeighed, CostsMore, BeingAsked, OrderChanged) as error:
        messages.error(request, str(error))
        page = desk.to("order", order_id=order_id)
        return HttpResponseClientRedirect(page) if request.htmx else redirect(page)
    except DomainError as error:
        problem = str(error)
    if request.htmx:
        context = board_context(request, desk) | {"problem": problem, "oob": True}
        return show(request, _recount(desk, context), "orders/board", context, tab="today")
    if problem:
        messages.error(request, problem)
    if "from_order" in request.POST:
        return redirect(desk.to("order", order_id=order_id))
    return redirect(f"{desk.to('today')}?column={request.POST.get('column', '')}")


def _recount(desk: Desk, context: dict[str, Any]) -> Desk:
    """The desk after a step: the order just accepted waits no longer."""
    new = [card.order.pk for card in context["columns"][0].cards]
    return replace(desk, waiting=len(new), newest=str(max(new, default="")))


def _call_off(request: Visit, desk: Desk, order: Order, to: State, move: Move) -> HttpResponse:
    """Decline or cancel with a reason; the customer is told it and gets the money back."""
    if order.state not in ALLOWED[to]:
        return _already(request, desk, order)
    posted = request.POST if request.method == "POST" else None
    form = ReasonForm(_usual_reasons(order, to), posted)
    if form.is_valid():
        try:
            move(
                store_id=desk.store.pk,
                order_id=order.pk,
                actor=desk.actor,
                reason=_in_words(order, form),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(order)s is called off.") % {"order": order.number})
            return redirect(desk.to("today"))
    context = {
        "order": order,
        "form": form,
        "rejecting": to == State.REJECTED,
        "back": paid(order),
    }
    status = 422 if form.is_bound else 200
    return show(request, desk, "orders/call_off", context, tab="today", status=status)


def _usual_reasons(order: Order, to: State) -> list[tuple[str, str]]:
    if to == State.REJECTED:
        return [
            ("sold_out", _("Some items are sold out")),
            ("too_busy", _("Too many orders just now")),
            ("closing", _("The shop is closing")),
            ("too_far", _("The address is too far away")),
        ]
    if order.fulfilment == Order.Fulfilment.PICKUP:
        return [
            ("not_collected", _("Nobody came to collect it")),
            ("asked", _("The customer asked for it")),
            ("damaged", _("Something was damaged")),
        ]
    return [
        ("asked", _("The customer asked for it")),
        ("not_home", _("Nobody was at home")),
        ("wrong_address", _("The address could not be found")),
        ("damaged", _("Something was damaged")),
    ]


def _in_words(order: Order, form: ReasonForm) -> str:
    """The reason as the customer will read it, in the order's language."""
    with override(order.language or "hi"):
        usual = dict(_usual_reasons(order, State.REJECTED)) | dict(
            _usual_reasons(order, State.CANCELLED)
        )
    return usual.get(form.chosen, form.chosen)


def _already(request: Visit, desk: Desk, order: Order) -> HttpResponse:
    words = _("The order is already: %(state)s.") % {"state": order.get_state_display()}
    messages.warning(request, words)
    return redirect(desk.to("order", order_id=order.pk))


def show_order(
    request: Visit,
    desk: Desk,
    order: Order,
    *,
    problems: Mapping[UUID, Problem] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The order's page; `problems` says of a line of the pick list what was refused."""
    picking = pick_list(order, problems)
    short = sum(bool(each.short) for each in picking.lines)
    context: dict[str, Any] = {
        "order": order,
        "card": card(order, items=picking.wanted, short=short, to_weigh=picking.to_weigh),
        "picking": picking,
        "history": _history(desk, order),
        **returns_context(desk, order),
        "complaints": Complaint.objects.of_order(order),
        "documents": Document.objects.of_order(order).defer("content"),
        "can_edit": order.state in CAN_CHANGE,
        "can_reject": order.state in ALLOWED[State.REJECTED],
        "can_cancel": order.state in ALLOWED[State.CANCELLED]
        and order.state not in CALLED_OFF_ELSEWHERE,
    }
    if request.htmx.target == "work":
        if request.GET.get("seen") == picking.seen:
            return HttpResponse(status=204)
        return show(request, desk, "orders/work", context)
    return show(request, desk, "orders/order", context, tab="today", status=status)


def _history(desk: Desk, order: Order) -> list[tuple[OrderEvent, str]]:
    """Each event with who did it, in words; a person who has left the shop is just "staff"."""
    events = list(order.events.all())
    staff = {
        f"person:{member.person_id}": str(member.person.name)
        for member in StaffMember.objects.filter(store=desk.store).select_related("person")
    }

    def who(actor: str) -> str:
        if actor.startswith("key:"):
            return _("partner")
        if is_buyer(order, actor):
            return _("customer")
        if actor == desk.actor:
            return _("you")
        return staff.get(actor) or (_("staff") if actor.startswith("person:") else _("Nukkad"))

    return [(event, who(event.actor)) for event in events]
