"""When customers can have what they order for later: the week's slots of the shop."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.shop import show_refusal
from marketplace.dashboard.forms.slots import SlotForm, SlotsForm
from stores.shops import slots as services
from stores.shops.models import DeliverySlot

EVENING = {"starts": "17:00", "ends": "19:00", "capacity": 10, "cut_off": 60}


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def slots(request: Visit, desk: Desk) -> HttpResponse:
    """The week as it is, and a form that adds a time to some of its days."""
    form = SlotsForm(request.POST if request.method == "POST" else None, initial=EVENING)
    if form.is_valid():
        try:
            services.add_slots(store_id=desk.store.pk, **form.cleaned_data)
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Customers can choose this time now."))
            return redirect(desk.to("shop-slots"))
    return _show_week(request, desk, form)


@require_POST
@at_desk(Role.MANAGER)
def change(request: Visit, desk: Desk, slot_id: UUID) -> HttpResponse:
    """Another number of orders or another notice; `off` offers the time no more."""
    slot = get_object_or_404(DeliverySlot.objects.filter(store=desk.store), pk=slot_id)
    form = SlotForm(request.POST)
    try:
        if "off" in request.POST:
            services.switch_off_slot(store_id=desk.store.pk, slot_id=slot_id)
            messages.success(request, _("This time is offered no more. Orders in it stay."))
        elif form.is_valid():
            services.change_slot(store_id=desk.store.pk, slot_id=slot_id, **form.cleaned_data)
            messages.success(request, _("Saved."))
        else:
            messages.error(request, _first_problem(form))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(f"{desk.to('shop-slots')}?day={slot.weekday}#day-{slot.weekday}")


@require_POST
@at_desk(Role.MANAGER)
def copy(request: Visit, desk: Desk) -> HttpResponse:
    """All other days get the times of this one."""
    weekday = request.POST.get("weekday", "")
    if weekday.isascii() and weekday.isdigit() and int(weekday) in WEEKDAYS:
        services.copy_slots(store_id=desk.store.pk, weekday=int(weekday))
        messages.success(
            request,
            _("Every day that is open then has the times of %(day)s.")
            % {"day": WEEKDAYS[int(weekday)]},
        )
    return redirect(desk.to("shop-slots"))


def _show_week(request: Visit, desk: Desk, form: SlotsForm) -> HttpResponse:
    found = DeliverySlot.objects.active().filter(store=desk.store).order_by("weekday", "starts")
    days: list[dict[str, Any]] = [
        {
            "weekday": weekday,
            "name": WEEKDAYS[weekday],
            "open": request.GET.get("day") == str(weekday),
            "slots": [
                {
                    "slot": slot,
                    "form": SlotForm(
                        initial={"capacity": slot.capacity, "cut_off": slot.cut_off},
                        auto_id=f"id_{slot.pk}_%s",
                    ),
                    "offered": services.is_within_hours(desk.store, slot),
                }
                for slot in each
            ],
        }
        for weekday, each in groupby(found, key=lambda slot: slot.weekday)
    ]
    status = 422 if form.is_bound else 200
    return show(
        request, desk, "shop/slots", {"form": form, "days": days}, tab="shop", status=status
    )


def _first_problem(form: SlotForm) -> str:
    field, problems = next(iter(form.errors.items()))
    return f"{form[field].label}: {problems[0]}"
