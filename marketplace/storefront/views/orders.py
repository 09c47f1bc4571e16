"""Paying for an order, following it, calling it off, and ordering again."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from marketplace.core.errors import DomainError
from marketplace.core.money import rupees
from marketplace.core.templatetags.nukkad import localised
from marketplace.core.whatsapp import chat_with
from marketplace.storefront import paying
from marketplace.storefront.offers import live_offers
from marketplace.storefront.papers import Papers, find_order, find_with_papers
from marketplace.storefront.paying import CollectForm, check_now, pay_context
from marketplace.storefront.requests import PersonsVisit
from marketplace.storefront.views.returns import returns_context
from orders import carts, services
from orders.complaints.services import can_be_reported
from orders.models import Order, OrderEvent, OrderLine, Proposal, State
from orders.services.consent import CAN_CHANGE
from payments.upi.models import PaymentAttempt, Receipt

PAGE = 10
CAN_BE_CANCELLED = (State.AWAITING_PAYMENT, State.CONFIRMED, State.ACCEPTED)
ON_THE_WAY = (State.PACKED, State.OUT_FOR_DELIVERY, State.READY_FOR_PICKUP)
CHIPS = {
    State.AWAITING_PAYMENT: "wait",
    State.UNDELIVERED: "wait",
    State.DELIVERED: "good",
    State.CANCELLED: "bad",
    State.REJECTED: "bad",
    State.EXPIRED: "bad",
}


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    at: datetime | None
    state: str


@never_cache
@login_required
@require_safe
def orders(request: PersonsVisit) -> HttpResponse:
    mine = (
        Order.objects.of_person(request.user.pk)
        .select_related("store")
        .annotate(things=Count("lines"))
    )
    with suppress(ValueError):
        mine = mine.filter(pk__lt=UUID(request.GET.get("before", "")))
    found = list(mine[: PAGE + 1])
    more = f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    rows = [(order, CHIPS.get(State(order.state), "news")) for order in found[:PAGE]]
    return render(request, "storefront/orders.html", {"orders": rows, "more": more})


@never_cache
@login_required
@require_safe
def order(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    """Where the order stands; the part that changes asks for itself every half minute."""
    found, papers = find_with_papers(request, order_id)
    lines = list(found.lines.select_related("replaces__product"))
    context = _order_context(found, papers, lines)
    if request.htmx and request.htmx.target == "progress":
        return render(request, "storefront/order_progressed.html", context)
    context["share"] = _share(request, found)
    context |= returns_context(found)
    context["documents"] = papers.documents
    context["complaints"] = papers.complaints
    context["can_report"] = can_be_reported(found)
    return render(request, "storefront/order.html", context)


def _order_context(order: Order, papers: Papers, lines: list[OrderLine]) -> dict[str, Any]:
    shows_code = order.state in (State.ACCEPTED, *ON_THE_WAY)
    return {
        "order": order,
        "store": order.store,
        "chip": CHIPS.get(State(order.state), "news"),
        "lines": lines,
        "steps": _steps(order, papers.events),
        "reason": _reason(order, papers.events),
        "code": services.delivery_code(order) if shows_code else "",
        "can_cancel": order.state in CAN_BE_CANCELLED,
        "can_edit": order.state in CAN_CHANGE,
        "offers": live_offers(order, lines),
        "refunds": papers.refunds,
    }


def _steps(order: Order, events: list[OrderEvent]) -> list[Step]:
    """The way of a good order; where it stands is marked, and what is behind it has its time."""
    # a change of the goods is an event too, but moves nothing
    moves = (event for event in events if event.before != event.after)
    reached = {event.after: event.at for event in moves}
    pickup = order.fulfilment == Order.Fulfilment.PICKUP
    way = [
        *([(State.AWAITING_PAYMENT, _("Waiting for payment"))] if order.prepaid else []),
        (State.CONFIRMED, _("Order placed")),
        (State.ACCEPTED, _("Accepted by the shop")),
        (State.PACKED, _("Packed")),
        (State.READY_FOR_PICKUP, _("Ready to collect"))
        if pickup
        else (State.OUT_FOR_DELIVERY, _("Out for delivery")),
        (State.DELIVERED, _("Collected") if pickup else _("Delivered")),
    ]
    if State.CONFIRMED in reached:
        way = [step for step in way if step[0] != State.AWAITING_PAYMENT]
    done = order.state == State.DELIVERED
    return [
        Step(
            label,
            reached.get(state),
            "now" if state == order.state and not done else "done" if state in reached else "next",
        )
        for state, label in way
    ]


def _reason(order: Order, events: list[OrderEvent]) -> str:
    """Why it was called off or not delivered, when somebody wrote that down; the product's own
    reasons in the reader's language."""
    if order.state not in (State.CANCELLED, State.REJECTED, State.UNDELIVERED):
        return ""
    event = next(each for each in reversed(events) if each.before != each.after == order.state)
    return _(event.reason) if event.reason and event.actor == "system" else event.reason


def _share(request: PersonsVisit, order: Order) -> str:
    text = _("My order %(number)s from %(shop)s: %(total)s. %(link)s") % {
        "number": order.number,
        "shop": localised(order.store),
        "total": rupees(order.total),
        "link": request.build_absolute_uri(f"/orders/{order.pk}/"),
    }
    return chat_with(text)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    """The QR and the link; POST is the customer saying that it is paid: the bank is asked now."""
    found = find_order(request, order_id)
    attempt = _to_be_paid(found)
    if request.method == "POST" and attempt and not attempt.paid:
        attempt = check_now(request, attempt)
        found.refresh_from_db()
        if _to_be_paid(found):
            messages.info(request, _("The bank has not told us of your payment yet."))
            return redirect("storefront:pay", order_id=order_id)
    if attempt is None or not _to_be_paid(found):
        return redirect("storefront:order", order_id=order_id)
    return _show_pay(request, found, attempt)


@never_cache
@login_required
@require_POST
def collect(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    """The customer has typed a UPI id: that phone asks for the money."""
    found = find_order(request, order_id)
    attempt = _to_be_paid(found)
    wrong = paying.collect(request, attempt)
    if attempt and wrong:
        return _show_pay(request, found, attempt, wrong)
    return redirect("storefront:pay", order_id=order_id)


def _show_pay(
    request: PersonsVisit, order: Order, attempt: PaymentAttempt, form: CollectForm | None = None
) -> HttpResponse:
    back = reverse("storefront:pay", kwargs={"order_id": order.pk})
    context = pay_context(request, attempt, back=back, form=form) | {
        "order": order,
        "store": order.store,
        "first": order.state == State.AWAITING_PAYMENT,
        "returned": attempt.receipts.filter(outcome=Receipt.Outcome.RETURNED).first(),
    }
    return render(request, "storefront/pay.html", context, status=422 if form else 200)


def _to_be_paid(order: Order) -> PaymentAttempt | None:
    """The request for money that waits: for the order, or for the difference of a change to it."""
    agreed = order.proposals.filter(state=Proposal.State.AGREED)
    if order.state != State.AWAITING_PAYMENT and not agreed.exists():
        return None
    return PaymentAttempt.objects.of(order.store_id, "order", order.pk).first()


@never_cache
@login_required
@require_safe
def pay_status(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    """The waiting page asks every few seconds; it moves on when the order has, or the bank said no."""
    found = find_order(request, order_id)
    attempt = _to_be_paid(found)
    if attempt is None:
        return HttpResponseClientRedirect(f"/orders/{found.pk}/")
    if attempt.state != request.GET.get("state"):
        return HttpResponseClientRedirect(f"/orders/{found.pk}/pay/")
    return HttpResponse(status=204)


@login_required
@require_POST
def cancel(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    found = find_order(request, order_id)
    try:
        services.cancel(
            store_id=found.store_id,
            order_id=found.pk,
            actor=f"person:{request.user.pk}",
            reason=request.POST.get("reason", "")[:200],
            by_customer=True,
        )
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("storefront:order", order_id=order_id)


@login_required
@require_POST
def reorder(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    """The same goods again, at today's prices, into the basket."""
    found = find_order(request, order_id)
    try:
        carts.reorder(order=found, owner=carts.Owner(person_id=request.user.pk))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("storefront:order", order_id=order_id)
    return redirect("storefront:basket", slug=found.store.slug)
