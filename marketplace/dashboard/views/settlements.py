"""What the shop earned, what was taken off and why, and what was paid out; for owners."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace.core.clock import business_date
from marketplace.core.downloads import csv_answer, pdf_answer
from marketplace.core.requests import Visit, some_id
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from orders.invoicing.models import Document
from orders.invoicing.prints import find_pdf
from orders.models import Order
from payments.ledger.models import Account
from payments.ledger.selectors import balance
from payments.settlement import selectors
from payments.settlement.calendar import payout_day
from payments.settlement.models import Settlement
from payments.settlement.selectors import Amounts, Statement, StatementRow, statement

PAGE = 30

WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "gross": (_("Sales"), _("what your customers paid, tax included")),
    "delivery_fee": (_("Delivery fees"), ""),
    "rounding": (_("Rounding"), _("cash bills are rounded to the rupee")),
    "commission": (_("Nukkad's commission"), ""),
    "gst_on_commission": (_("GST on the commission"), _("you can claim it as input credit")),
    "tds": (_("TDS"), _("income tax deducted, section 194-O; it counts towards your own")),
    "tcs": (_("TCS"), _("GST collected, section 52; claim it in your return")),
    "refunds": (_("Refunds"), ""),
    "cash_set_off": (_("Cash you hold already"), _("taken at the door on cash orders")),
    "disputes": (_("Disputes"), _("kept back while a customer disputes a payment, and given back")),
    "khata": (_("Khata paid back"), _("by UPI, passed on whole")),
    "counter_qr": (_("Counter QR"), _("paid at your counter, passed on whole")),
    "other": (_("Other"), ""),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a statement with its order, if it was about one, and its amounts in words."""

    row: StatementRow
    order: Order | None
    parts: list[tuple[str | Promise, str | Promise, int]]


@require_safe
@at_desk(Role.OWNER)
def settlements(request: Visit, desk: Desk) -> HttpResponse:
    """What is still to be paid out, and every payout so far."""
    found = Settlement.objects.of_store(desk.store.pk)
    if after := some_id(request.GET.get("after", "")):
        found = found.filter(pk__lt=after)
    page = list(found[: PAGE + 1])
    following = f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    owed = -balance(desk.store.pk, Account.PAYABLE)
    context = {
        "owed": abs(owed),
        "is_debt": owed < 0,
        "settlements": page[:PAGE],
        "following": following,
        "payout_day": payout_day(business_date()),
    }
    return show(request, desk, "settlements/settlements", context, tab="money")


@require_safe
@at_desk(Role.OWNER)
def settlement(request: Visit, desk: Desk, settlement_id: UUID) -> HttpResponse:
    """One payout explained to the last paisa, order by order."""
    told = statement(_find_settlement(desk, settlement_id))
    orders = _orders(desk, told)
    context = {
        "settlement": told.settlement,
        "totals": parts(told.totals),
        "net": told.totals.net,
        "facts": [
            Fact(row, orders.get(row.reference) if row.reference else None, parts(row.amounts))
            for row in told.rows
        ],
        "payouts": told.payouts,
        "invoice": Document.objects.of_settlement(told.settlement).defer("content").first(),
    }
    return show(request, desk, "settlements/statement", context, tab="money")


@require_safe
@at_desk(Role.OWNER)
def commission_invoice(request: Visit, desk: Desk, settlement_id: UUID) -> HttpResponse:
    """Our own invoice to the shop, as a PDF in the language of the page."""
    found = _find_settlement(desk, settlement_id)
    invoice = get_object_or_404(Document.objects.of_settlement(found))
    return pdf_answer(request, find_pdf(invoice, get_language() or "hi"), name=invoice.serial)


@require_safe
@at_desk(Role.OWNER)
def statement_csv(request: Visit, desk: Desk, settlement_id: UUID) -> HttpResponse:
    told = statement(_find_settlement(desk, settlement_id))
    names = {order_id: order.number for order_id, order in _orders(desk, told).items()}
    day = told.settlement.business_date.isoformat()
    return csv_answer(selectors.statement_table(told, names=names), name=f"nukkad-{day}")


def parts(amounts: Amounts) -> list[tuple[str | Promise, str | Promise, int]]:
    """(words, explanation, paise) of every part of a net amount that is not zero."""
    return [
        (words, why, getattr(amounts, name))
        for name, (words, why) in WORDS.items()
        if getattr(amounts, name)
    ]


def _find_settlement(desk: Desk, settlement_id: UUID) -> Settlement:
    found = Settlement.objects.of_store(desk.store.pk).filter(pk=settlement_id).first()
    if found is None:
        raise Http404
    return found


def _orders(desk: Desk, told: Statement) -> dict[UUID, Order]:
    references = [row.reference for row in told.rows if row.reference]
    return Order.objects.of_store(desk.store.pk).in_bulk(references)
