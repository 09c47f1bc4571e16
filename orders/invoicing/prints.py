"""PDFs on demand: asked for by a page, made by a worker, kept for some days."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation

from marketplace.core import outbox
from marketplace.core.clock import now
from orders.invoicing import printing, statements
from orders.invoicing.models import Document, Print
from orders.invoicing.typesetting import Page, typeset
from payments.khata.models import Khata, KhataEntry
from payments.settlement.models import Settlement

WANTED = "document.wanted"
# Whose script the bundled fonts have (orders/invoicing/typesetting.py), and whose numbers have words.
PRINTED = ("hi", "en")
KEPT = timedelta(days=3)

Subject = Document | Settlement | Khata
# How the page of each is laid out, in the active language.
_LAID_OUT: dict[str, tuple[Any, Callable[[Any], Page]]] = {
    Print.Kind.DOCUMENT: (Document, printing.lay_out),
    Print.Kind.SETTLEMENT: (Settlement, statements.lay_out_settlement),
    Print.Kind.KHATA: (Khata, statements.lay_out_khata),
}


def find_pdf(subject: Subject, language: str) -> bytes | None:
    """A GST document, a settlement's statement or a khata as a PDF, in English where it is not
    printed in `language`; None while a worker is still at it."""
    with transaction.atomic():
        wanted, new = Print.objects.get_or_create(
            store_id=subject.store_id,
            kind=_kind_of(subject),
            reference=subject.pk,
            state=_state_of(subject),
            language=language if language in PRINTED else "en",
        )
        if new:
            payload = {"print": str(wanted.pk), "store_id": str(subject.store_id)}
            outbox.publish(WANTED, payload, store_id=subject.store_id)
    return None if wanted.pdf is None else bytes(wanted.pdf)


def make_wanted(*, store_id: UUID, print_id: UUID) -> None:
    """Make the PDF that was asked for; again changes nothing."""
    wanted = Print.objects.filter(store_id=store_id, pk=print_id).first()
    if wanted is not None and wanted.pdf is None:
        model, _lay_out = _LAID_OUT[wanted.kind]
        subject = model.objects.get(store_id=store_id, pk=wanted.reference)
        wanted.pdf = make_pdf(subject, wanted.language, at=wanted.asked_at)
        wanted.save(update_fields=["pdf"])


def make_pdf(subject: Subject, language: str, *, at: datetime) -> bytes:
    """The PDF as of now; `at` is when it says that it was made, where it is not a document."""
    _model, lay_out = _LAID_OUT[_kind_of(subject)]
    with translation.override(language):
        page = lay_out(subject)
    return typeset(page, at=subject.issued_at if isinstance(subject, Document) else at)


def throw_away_old() -> int:
    """Delete the PDFs asked for some days ago; returns how many."""
    deleted, _by_model = Print.objects.filter(asked_at__lt=now() - KEPT).delete()
    return deleted


def _kind_of(subject: Subject) -> str:
    return next(kind for kind, (model, _) in _LAID_OUT.items() if isinstance(subject, model))


def _state_of(subject: Subject) -> str:
    """Differs whenever another page would be printed."""
    if isinstance(subject, Settlement):
        return subject.state
    if isinstance(subject, Khata):
        last = KhataEntry.objects.of(subject).values_list("pk", flat=True).first()
        return str(last or "")
    return ""
