"""Invoices and credit notes of one's own orders."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from marketplace.core.downloads import pdf_answer
from marketplace.storefront.requests import PersonsVisit
from marketplace.storefront.views.orders import find_order
from orders.invoicing.models import Document
from orders.invoicing.prints import find_pdf


@login_required
@require_safe
def document(request: PersonsVisit, order_id: UUID, document_id: UUID) -> HttpResponse:
    """One document as a PDF, in the language of the page."""
    issued = Document.objects.of_order(find_order(request, order_id))
    found = get_object_or_404(issued, pk=document_id)
    return pdf_answer(request, find_pdf(found, get_language() or "hi"), name=found.serial)
