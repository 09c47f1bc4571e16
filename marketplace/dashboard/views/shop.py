"""The shop itself: open or closed, its hours, where it delivers, where its money goes."""

import io

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.core.clock import business_date
from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.shop import (
    DeliveryForm,
    HolidayForm,
    HoursForm,
    PayoutForm,
    show_refusal,
)
from marketplace.dashboard.forms.slots import TermsForm
from stores.shops import services
from stores.shops.models import DeliverySlot, Store
from stores.shops.validators import WEEKDAYS


@require_safe
@at_desk(Role.MANAGER)
def shop(request: Visit, desk: Desk) -> HttpResponse:
    context = {
        "is_open": desk.store.is_open(),
        "opens_next": desk.store.opens_next(),
        "link": _link(desk.store),
        "slots": DeliverySlot.objects.active().filter(store=desk.store).count(),
        "coming_holidays": [day for day in desk.store.holidays if day >= business_date()],
    }
    return show(request, desk, "shop/shop", context, tab="shop")


@require_POST
@at_desk(Role.MANAGER)
def switch(request: Visit, desk: Desk) -> HttpResponse:
    """Take orders, or stop for now, whatever the hours say."""
    accepting = request.POST.get("on") == "1"
    services.set_accepting_orders(store_id=desk.store.pk, accepting=accepting)
    if accepting:
        messages.success(request, _("The shop takes orders."))
    else:
        messages.warning(request, _("The shop is closed: no new orders until you open it."))
    return redirect(desk.to("shop"))


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def hours(request: Visit, desk: Desk) -> HttpResponse:
    status = 200
    form = HoursForm(hours=desk.store.hours)
    if request.method == "POST":
        form = HoursForm(_with_monday_everywhere(request), hours=desk.store.hours)
        if form.is_valid() and "copy" not in request.POST:
            try:
                services.set_hours(store_id=desk.store.pk, hours=form.hours)
            except DomainError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The hours are saved."))
                return redirect(desk.to("shop"))
        status = 422 if form.errors else 200
    context = {"form": form, "copied": "copy" in request.POST}
    return show(request, desk, "shop/hours", context, tab="shop", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def holidays(request: Visit, desk: Desk) -> HttpResponse:
    """Whole days on which the shop is closed; `remove` opens one of them again."""
    remove = parse_date(request.POST.get("remove", ""))
    if remove:
        services.remove_holiday(store_id=desk.store.pk, day=remove)
        return redirect(desk.to("shop-holidays"))
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        services.add_holiday(store_id=desk.store.pk, day=form.cleaned_data["day"])
        return redirect(desk.to("shop-holidays"))
    context = {
        "form": form,
        "days": [day for day in desk.store.holidays if day >= business_date()],
    }
    status = 422 if form.is_bound else 200
    return show(request, desk, "shop/holidays", context, tab="shop", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def delivery(request: Visit, desk: Desk) -> HttpResponse:
    form = DeliveryForm(request.POST) if request.method == "POST" else DeliveryForm.of(desk.store)
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            services.change_store(
                store_id=desk.store.pk,
                offers_delivery=wanted["offers_delivery"],
                offers_pickup=wanted["offers_pickup"],
                minimum_order=wanted["minimum_order"],
                delivery_fee=wanted["delivery_fee"],
                free_delivery_from=wanted["free_delivery_from"],
                delivery_radius=wanted["radius"],
                delivery_pincodes=wanted["delivery_pincodes"],
            )
        except DomainError as error:
            show_refusal(form, error, delivery_radius="radius")
        else:
            messages.success(request, _("Saved."))
            return redirect(desk.to("shop"))
    status = 422 if form.is_bound else 200
    return show(request, desk, "shop/delivery", {"form": form}, tab="shop", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def terms(request: Visit, desk: Desk) -> HttpResponse:
    """The shop's minutes to accept an order, and the customer's days to give goods back."""
    form = TermsForm(request.POST) if request.method == "POST" else TermsForm.of(desk.store)
    if form.is_valid():
        try:
            services.change_store(store_id=desk.store.pk, **form.cleaned_data)
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(desk.to("shop"))
    status = 422 if form.is_bound else 200
    return show(request, desk, "shop/terms", {"form": form}, tab="shop", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.OWNER)
def payouts(request: Visit, desk: Desk) -> HttpResponse:
    """Where the shop's money is sent; typed twice, since a slip would pay a stranger."""
    form = PayoutForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.change_store(
                store_id=desk.store.pk, payout_vpa=form.cleaned_data["payout_vpa"]
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The next payout goes to this UPI id."))
            return redirect(desk.to("shop"))
    status = 422 if form.is_bound else 200
    return show(request, desk, "shop/payouts", {"form": form}, tab="shop", status=status)


@require_safe
@at_desk(Role.MANAGER)
def qr(request: Visit, desk: Desk) -> HttpResponse:
    """The shop's address as a QR code, to print or to send."""
    picture = io.BytesIO()
    segno.make(_link(desk.store), error="m").save(picture, kind="svg", scale=8, border=3)
    return HttpResponse(
        picture.getvalue(),
        content_type="image/svg+xml",
        headers={"Content-Disposition": f'inline; filename="{desk.store.slug}.svg"'},
    )


def _link(store: Store) -> str:
    return f"{settings.BASE_URL}{reverse('storefront:shop', kwargs={'slug': store.slug})}"


def _with_monday_everywhere(request: Visit) -> dict[str, str]:
    """What was typed; with "copy", every other day as Monday."""
    typed = {name: str(value) for name, value in request.POST.items()}
    if "copy" in typed:
        monday = {name[3:]: value for name, value in typed.items() if name.startswith("mon_")}
        for day in WEEKDAYS:
            typed |= {f"{day}{rest}": value for rest, value in monday.items()}
    return typed
