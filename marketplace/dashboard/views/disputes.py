"""Payments that customers contest with their banks; for owners, whose money is kept back."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.core.clock import now
from marketplace.core.errors import DomainError
from marketplace.core.money import rupees
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from orders.models import Order
from payments.disputes import services
from payments.disputes.models import Dispute
from payments.disputes.services import LONGEST_EVIDENCE

MOST = 50


class EvidenceForm(forms.Form):
    evidence = forms.CharField(
        label=gettext_lazy("What happened? The bank reads it."),
        max_length=LONGEST_EVIDENCE,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


def count_to_answer(desk: Desk) -> int:
    """Disputes whose deadline is running."""
    return Dispute.objects.of_store(desk.store.pk).to_answer(now()).count()


@require_safe
@at_desk(Role.OWNER)
def disputes(request: Visit, desk: Desk) -> HttpResponse:
    found = Dispute.objects.of_store(desk.store.pk)[:MOST]
    return show(request, desk, "disputes/disputes", {"disputes": found}, tab="money")


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.OWNER)
def dispute(request: Visit, desk: Desk, dispute_id: UUID) -> HttpResponse:
    """What is at stake and until when; a POST contests it."""
    found = _find(desk, dispute_id)
    order = _order_of(found)
    form = EvidenceForm(
        request.POST if request.method == "POST" else None,
        initial={"evidence": _known(order) if order else ""},
    )
    if form.is_valid():
        try:
            services.contest(
                store_id=desk.store.pk,
                dispute_id=found.pk,
                evidence=form.cleaned_data["evidence"],
                actor=desk.actor,
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Sent to the bank. It decides, and you hear of it."))
        return redirect(desk.to("dispute", dispute_id=found.pk))
    context = {"dispute": found, "order": order, "form": form}
    status = 422 if form.is_bound else 200
    return show(request, desk, "disputes/dispute", context, tab="money", status=status)


@require_POST
@at_desk(Role.OWNER)
def accept(request: Visit, desk: Desk, dispute_id: UUID) -> HttpResponse:
    """The customer may have the money back."""
    found = _find(desk, dispute_id)
    try:
        services.accept(store_id=desk.store.pk, dispute_id=found.pk, actor=desk.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Accepted: the customer gets the money back."))
    return redirect(desk.to("dispute", dispute_id=found.pk))


def _find(desk: Desk, dispute_id: UUID) -> Dispute:
    disputes = Dispute.objects.of_store(desk.store.pk).select_related("receipt__attempt")
    found = disputes.filter(pk=dispute_id).first()
    if found is None:
        raise Http404
    return found


def _order_of(dispute: Dispute) -> Order | None:
    attempt = dispute.receipt.attempt
    if attempt is None:
        return None
    return Order.objects.of_store(dispute.store_id).filter(pk=attempt.reference).first()


def _known(order: Order) -> str:
    """What we can say of the order ourselves, for the shop to go on from."""
    words = [
        _("Order %(number)s of %(day)s, %(total)s, paid by UPI.")
        % {
            "number": order.number,
            "day": date_format(order.placed_at, "j M Y, H:i"),
            "total": rupees(order.total),
        }
    ]
    if order.delivered_at:
        said = {"at": date_format(order.delivered_at, "j M Y, H:i"), "name": order.contact_name}
        words.append(
            _("Collected at the shop by %(name)s on %(at)s.") % said
            if order.fulfilment == Order.Fulfilment.PICKUP
            else _("Delivered to %(name)s, %(address)s, on %(at)s.")
            % (said | {"address": order.address})
        )
    return " ".join(words)
