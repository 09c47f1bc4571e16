"""At the door in vain: the order comes back to the shop, with the reason that the customer is told."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.orders import ReasonForm
from marketplace.dashboard.views.orders import find_order
from orders import services
from orders.models import Order


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.HELPER)
def undelivered(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    order = find_order(desk, order_id)
    form = ReasonForm(_usual_reasons(), request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.fail_delivery(
                store_id=desk.store.pk,
                order_id=order_id,
                actor=desk.actor,
                reason=_in_words(order, form),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("%(order)s comes back to the shop.") % {"order": order.number}
            )
            return redirect(desk.to("order", order_id=order_id))
    context = {"order": order, "form": form}
    status = 422 if form.is_bound else 200
    return show(request, desk, "orders/undelivered", context, tab="today", status=status)


def _usual_reasons() -> list[tuple[str, str]]:
    return [
        ("not_home", _("Nobody was at home")),
        ("wrong_address", _("The address could not be found")),
        ("later", _("The customer asked us to come later")),
        ("refused", _("The customer did not take it")),
    ]


def _in_words(order: Order, form: ReasonForm) -> str:
    """The reason as the customer will read it, in the order's language."""
    with override(order.language or "hi"):
        return dict(_usual_reasons()).get(form.chosen, form.chosen)
