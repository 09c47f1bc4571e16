"""PDFs on demand: asked for by a page, made by a worker, kept for some days."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import now
from orders.invoicing.models import Document, PrintedDocument
from orders.invoicing.printing import make_pdf

WANTED = "document.wanted"
KEPT = timedelta(days=3)


def find_pdf(document: Document, language: str) -> bytes | None:
    """The document as a PDF in Hindi or English; None while a worker is still at it."""
    with transaction.atomic():
        wanted, new = PrintedDocument.objects.get_or_create(
            document=document, language=language, defaults={"store_id": document.store_id}
        )
        if new:
            payload = {"print": str(wanted.pk), "store_id": str(document.store_id)}
            outbox.publish(WANTED, payload, store_id=document.store_id)
    return None if wanted.pdf is None else bytes(wanted.pdf)


def make_wanted(*, store_id: UUID, print_id: UUID) -> None:
    """Make the PDF that was asked for; again changes nothing."""
    wanted = (
        PrintedDocument.objects.select_related("document__amends")
        .filter(store_id=store_id, pk=print_id)
        .first()
    )
    if wanted is not None and wanted.pdf is None:
        wanted.pdf = make_pdf(wanted.document, wanted.language)
        wanted.save(update_fields=["pdf"])


def throw_away_old() -> int:
    """Delete the PDFs asked for some days ago; returns how many."""
    deleted, _by_model = PrintedDocument.objects.filter(asked_at__lt=now() - KEPT).delete()
    return deleted
