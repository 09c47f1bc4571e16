"""The QR on the counter, what came by it, and what each payment was for; for owners."""

from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.core.errors import DomainError
from marketplace.core.locks import busy_when_locked
from marketplace.core.money import rupees
from marketplace.core.requests import Visit, some_id
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from orders.models import Order
from payments.upi.bank_client import BankError
from payments.upi.models import Purpose, Receipt, ShopQr
from payments.upi.services import (
    keep_for_shop,
    make_shop_qr,
    return_receipt,
    shop_qr_svg,
    shop_qr_uri,
)

PAGE = 30
NEWEST = 5


@require_safe
@at_desk(Role.OWNER)
def counter_qr(request: Visit, desk: Desk) -> HttpResponse:
    """The QR to print, and the payments that came by it."""
    shop_qr = ShopQr.objects.filter(store_id=desk.store.pk, opened_at__isnull=False).first()
    if shop_qr is None:
        return show(request, desk, "counter_qr/new", tab="counter")
    found = Receipt.objects.by_shop_qr(desk.store.pk).select_related("attempt")
    if after := some_id(request.GET.get("after", "")):
        found = found.filter(pk__lt=after)
    page = list(found[: PAGE + 1])
    context = {
        "shop_qr": shop_qr,
        "qr": shop_qr_svg(shop_qr, name=desk.store.name),
        "payments": _with_orders(desk, page[:PAGE]),
        "newest": page[0].pk if page and not after else "",
        "polls": not after,
        "following": f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else "",
        "days": settings.SHOP_QR_DECIDE_AFTER.days,
        "phone": _phone(shop_qr, desk.store.name) if settings.LOCAL_MESSAGES else "",
    }
    return show(request, desk, "counter_qr/counter_qr", context, tab="counter")


@require_POST
@at_desk(Role.OWNER)
def make(request: Visit, desk: Desk) -> HttpResponse:
    try:
        make_shop_qr(store_id=desk.store.pk, name=desk.store.name)
    except BankError:
        messages.error(request, _("The bank does not answer just now. Try again in a minute."))
    return redirect(desk.to("counter-qr"))


@require_safe
@at_desk(Role.OWNER)
def news(request: Visit, desk: Desk) -> HttpResponse:
    """The open page asks every few seconds: what has come since it was drawn.

    The list itself stays as it is until the owner wants another, so that no button moves away under
    a thumb.
    """
    came = Receipt.objects.by_shop_qr(desk.store.pk)
    if newest := some_id(request.GET.get("newest", "")):
        came = came.filter(pk__gt=newest)
    return show(request, desk, "counter_qr/news", {"came": came[:NEWEST]})


@require_POST
@at_desk(Role.OWNER)
def keep(request: Visit, desk: Desk, receipt_id: UUID) -> HttpResponse:
    """It was paid for what the shop sold over its counter."""
    receipt = _find(desk, receipt_id)
    try:
        keep_for_shop(store_id=desk.store.pk, receipt_id=receipt.pk, actor=desk.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        words = _("%(amount)s is for the shop and comes with your next payout.")
        messages.success(request, words % {"amount": rupees(receipt.amount)})
    return redirect(desk.to("counter-qr"))


@require_POST
@at_desk(Role.OWNER)
def send_back(request: Visit, desk: Desk, receipt_id: UUID) -> HttpResponse:
    """It was not meant for the shop, or too much, or paid twice."""
    receipt = _find(desk, receipt_id)
    try:
        with busy_when_locked():
            refund = return_receipt(
                store_id=desk.store.pk, receipt_id=receipt.pk, reason="sent back by the shop"
            )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        if refund is None:
            messages.error(request, _("This payment is counted already: it cannot be sent back."))
        else:
            words = _("%(amount)s goes back to %(payer)s.")
            paid = {"amount": rupees(receipt.amount), "payer": receipt.payer_vpa}
            messages.success(request, words % paid)
    return redirect(desk.to("counter-qr"))


def _with_orders(desk: Desk, page: list[Receipt]) -> list[tuple[Receipt, Order | None]]:
    """Each payment with the order that it was for, if it was for one."""
    wanted = {
        receipt.pk: receipt.attempt.reference
        for receipt in page
        if receipt.attempt and receipt.attempt.purpose == Purpose.ORDER
    }
    orders = Order.objects.of_store(desk.store.pk).in_bulk(wanted.values())
    return [(receipt, orders.get(wanted.get(receipt.pk))) for receipt in page]


def _phone(shop_qr: ShopQr, name: str) -> str:
    return f"{settings.BANK_URL}/phone/?uri={quote(shop_qr_uri(shop_qr, name=name), safe='')}"


def _find(desk: Desk, receipt_id: UUID) -> Receipt:
    found = Receipt.objects.by_shop_qr(desk.store.pk).filter(pk=receipt_id).first()
    if found is None:
        raise Http404
    return found
