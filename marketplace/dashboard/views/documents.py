"""The shop's invoices, bills and credit notes, and what its accountant needs of a month."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace.core.clock import business_date
from marketplace.core.downloads import csv_answer, pdf_answer
from marketplace.core.requests import Visit, some_id
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.views.orders import find_order
from orders.invoicing.models import Document
from orders.invoicing.prints import find_pdf
from orders.invoicing.reports import REPORTS, days_of, documents_of
from orders.models import CounterSale
from stores.shops.models import Store

PAGE = 50
FOR_ALL = {"register": _("All documents")}
FOR_RETURN = {
    "b2cs": _("Taxed sales by rate (table 7)"),
    "exemp": _("Sales without tax (table 8)"),
    "hsn": _("Sales by HSN (table 12)"),
    "docs": _("Numbers used (table 13)"),
    "eco": _("Sales through Nukkad (table 14)"),
}


@require_safe
@at_desk(Role.HELPER)
def document(request: Visit, desk: Desk, order_id: UUID, document_id: UUID) -> HttpResponse:
    """One document of an order as a PDF, in the language of the page."""
    issued = Document.objects.of_order(find_order(desk, order_id))
    found = get_object_or_404(issued, pk=document_id)
    return pdf_answer(request, find_pdf(found, get_language() or "hi"), name=found.serial)


@require_safe
@at_desk(Role.HELPER)
def counter_bill(request: Visit, desk: Desk, sale_id: UUID) -> HttpResponse:
    """The bill of a counter sale as a PDF, in the language of the page."""
    sale = get_object_or_404(CounterSale.objects.of_store(desk.store.pk), pk=sale_id)
    found = get_object_or_404(Document.objects.of_counter(sale))
    return pdf_answer(request, find_pdf(found, get_language() or "hi"), name=found.serial)


@require_safe
@at_desk(Role.MANAGER)
def documents(request: Visit, desk: Desk) -> HttpResponse:
    """A month's documents, the newest first, and its files for the accountant."""
    first, last = _month(request)
    found = Document.objects.of_store(desk.store.pk).filter(issued_on__range=(first, last))
    if before := some_id(request.GET.get("before", "")):
        found = found.filter(pk__lt=before)
    page = list(found.order_by("-id").select_related("order").defer("content")[: PAGE + 1])
    regular = desk.store.tax_status == Store.TaxStatus.REGULAR
    earlier, later = first - timedelta(days=1), last + timedelta(days=1)
    context: dict[str, Any] = {
        "month": first,
        "earlier": earlier,
        "later": later if later <= business_date() else None,
        "documents": page[:PAGE],
        "files": FOR_ALL | (FOR_RETURN if regular else {}),
        "following": f"?month={first:%Y-%m}&before={page[PAGE - 1].pk}" if len(page) > PAGE else "",
    }
    return show(request, desk, "documents/documents", context, tab="money")


@require_safe
@at_desk(Role.MANAGER)
def file(request: Visit, desk: Desk, report: str) -> HttpResponse:
    """One file of a month, as the GST offline tool reads it."""
    if report not in REPORTS:
        raise Http404
    first, last = _month(request)
    rows = REPORTS[report](documents_of(desk.store.pk, first, last))
    return csv_answer(rows, name=f"{report}-{first:%Y-%m}")


def _month(request: Visit) -> tuple[date, date]:
    """The days of `?month=2026-11`, of this month where there is none."""
    year, _dash, month = request.GET.get("month", f"{business_date():%Y-%m}").partition("-")
    try:
        return days_of(int(year), int(month))
    except ValueError:
        raise Http404 from None
