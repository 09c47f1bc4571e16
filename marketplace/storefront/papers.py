"""An order as its customer's page shows it: with what became of it, its documents, and what it led to."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404

from marketplace.core.along import along, unpacked
from marketplace.storefront.requests import PersonsVisit
from orders.complaints.models import Complaint
from orders.invoicing.models import Document
from orders.models import Order, OrderEvent
from payments.upi.models import Purpose, Refund


@dataclass(frozen=True, slots=True)
class Papers:
    """Each in the order in which it is shown."""

    events: list[OrderEvent]
    documents: list[Document]
    refunds: list[Refund]
    complaints: list[Complaint]


def find_order(request: PersonsVisit, order_id: UUID) -> Order:
    """The visitor's order with its shop, or Http404."""
    mine = Order.objects.of_person(request.user.pk).select_related("store")
    return get_object_or_404(mine, pk=order_id)


def find_with_papers(request: PersonsVisit, order_id: UUID) -> tuple[Order, Papers]:
    """The same with its papers; one statement."""
    person_id = request.user.pk
    here = {"store_id": OuterRef("store_id"), "order": OuterRef("pk")}
    mine = (
        Order.objects.of_person(person_id)
        .select_related("store")
        .annotate(
            events_along=along(
                OrderEvent.objects.filter(**here).order_by("version"),
                *("id", "version", "before", "after", "actor", "reason", "at"),
            ),
            documents_along=along(
                Document.objects.filter(**here).order_by("id"), *("id", "kind", "serial")
            ),
            refunds_along=along(
                Refund.objects.filter(
                    store_id=OuterRef("store_id"),
                    purpose=Purpose.ORDER,
                    reference=OuterRef("pk"),
                ).order_by("id"),
                *("id", "state", "amount", "rrn"),
            ),
            complaints_along=along(
                Complaint.objects.filter(**here, person_id=person_id).order_by("-id"),
                *("id", "code", "state"),
            ),
        )
    )
    order = mine.filter(pk=order_id).first()
    if order is None:
        raise Http404
    return order, Papers(
        events=unpacked(OrderEvent, order.events_along),
        documents=unpacked(Document, order.documents_along),
        refunds=unpacked(Refund, order.refunds_along),
        complaints=unpacked(Complaint, order.complaints_along),
    )
