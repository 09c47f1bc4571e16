"""The shop's khata: who owes what, what was bought and paid back; for owners and managers."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.core.clock import business_date, now
from marketplace.core.downloads import pdf_answer
from marketplace.core.errors import DomainError
from marketplace.core.fields import in_tens
from marketplace.core.money import rupees
from marketplace.core.requests import Visit
from marketplace.core.templatetags.nukkad import localised
from marketplace.core.whatsapp import chat_with
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.khata import ChangeKhataForm, EntryForm, OpenKhataForm
from orders.invoicing.prints import find_pdf
from payments.khata import services
from payments.khata.models import Khata, KhataEntry
from payments.khata.selectors import BUCKETS, ageing, owed_by, promised_by, standings

LATEST = 50


@require_safe
@at_desk(Role.MANAGER)
def khatas(request: Visit, desk: Desk) -> HttpResponse:
    found = standings(desk.store.pk)
    context = {"standings": found, "owed": sum(each.owed for each in found)}
    return show(request, desk, "khata/khatas", context, tab="counter")


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.MANAGER)
def new(request: Visit, desk: Desk) -> HttpResponse:
    """A customer gets credit, with what stands in the paper notebook already."""
    form = OpenKhataForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            with transaction.atomic():
                opened = services.open_khata(
                    store_id=desk.store.pk,
                    phone=asked["phone"],
                    name=asked["name"],
                    limit=asked["limit"],
                    actor=desk.actor,
                )
                if asked["carried"]:
                    services.charge(
                        store_id=desk.store.pk,
                        khata_id=opened.pk,
                        kind=KhataEntry.Kind.CARRIED,
                        amount=asked["carried"],
                        key=opened.pk.hex,
                        actor=desk.actor,
                    )
        except DomainError as error:
            _complain(form, error)
        else:
            return redirect(desk.to("khata", khata_id=opened.pk))
    status = 422 if form.is_bound else 200
    return show(request, desk, "khata/new", {"form": form}, tab="counter", status=status)


@require_safe
@at_desk(Role.MANAGER)
def khata(request: Visit, desk: Desk, khata_id: UUID) -> HttpResponse:
    return _show(request, desk, _find(desk, khata_id))


@require_safe
@at_desk(Role.MANAGER)
def statement(request: Visit, desk: Desk, khata_id: UUID) -> HttpResponse:
    """The khata as a PDF, to be printed or sent to the customer."""
    found = _find(desk, khata_id)
    pdf = find_pdf(found, get_language() or "hi")
    return pdf_answer(request, pdf, name=f"khata-{business_date()}", final=False)


@require_POST
@at_desk(Role.MANAGER)
def receive(request: Visit, desk: Desk, khata_id: UUID) -> HttpResponse:
    """Cash that the customer paid back."""
    return _write(request, desk, khata_id, "received")


@require_POST
@at_desk(Role.MANAGER)
def carry(request: Visit, desk: Desk, khata_id: UUID) -> HttpResponse:
    """What was given without a bill."""
    return _write(request, desk, khata_id, "carried")


def _write(request: Visit, desk: Desk, khata_id: UUID, what: str) -> HttpResponse:
    found = _find(desk, khata_id)
    form = EntryForm(request.POST, prefix=what)
    if form.is_valid():
        asked = form.cleaned_data
        about = {
            "store_id": desk.store.pk,
            "khata_id": found.pk,
            "amount": asked["amount"],
            "key": asked["key"],
            "actor": desk.actor,
            "note": asked["note"],
        }
        try:
            if what == "received":
                entry = services.pay_back_cash(**about)
            else:
                entry = services.charge(**about, kind=KhataEntry.Kind.CARRIED)
        except DomainError as error:
            _complain(form, error)
        else:
            words = {"name": found.name, "owed": rupees(entry.after)}
            messages.success(request, _("Written down. %(name)s owes %(owed)s now.") % words)
            return redirect(desk.to("khata", khata_id=found.pk))
    return _show(request, desk, found, status=422, **{what: form})


@require_POST
@at_desk(Role.MANAGER)
def undo(request: Visit, desk: Desk, khata_id: UUID, entry_id: UUID) -> HttpResponse:
    """A slip of the pen is struck out by another line."""
    found = _find(desk, khata_id)
    if not KhataEntry.objects.of(found).filter(pk=entry_id).exists():
        raise Http404
    try:
        services.undo(
            store_id=desk.store.pk, khata_id=found.pk, entry_id=entry_id, actor=desk.actor
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Struck out."))
    return redirect(desk.to("khata", khata_id=found.pk))


@require_POST
@at_desk(Role.MANAGER)
def change(request: Visit, desk: Desk, khata_id: UUID) -> HttpResponse:
    found = _find(desk, khata_id)
    form = ChangeKhataForm(request.POST)
    if form.is_valid():
        try:
            _change(found, **form.cleaned_data)
        except DomainError as error:
            _complain(form, error)
        else:
            return redirect(desk.to("khata", khata_id=found.pk))
    return _show(request, desk, found, status=422, change=form)


def _change(khata: Khata, *, name: str, limit: int, remind_every: int | None) -> None:
    which = {"store_id": khata.store_id, "khata_id": khata.pk}
    with transaction.atomic():
        services.change_khata(**which, name=name, limit=limit)
        services.set_reminders(**which, every=remind_every)


@require_POST
@at_desk(Role.MANAGER)
def remind(request: Visit, desk: Desk, khata_id: UUID) -> HttpResponse:
    """Ask the customer for what is owed, in our name and the shop's."""
    found = _find(desk, khata_id)
    try:
        services.remind(store_id=desk.store.pk, khata_id=found.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        words = _("A reminder goes to %(name)s, %(phone)s.")
        messages.success(request, words % {"name": found.name, "phone": found.phone})
    return redirect(desk.to("khata", khata_id=found.pk))


@require_POST
@at_desk(Role.MANAGER)
def close(request: Visit, desk: Desk, khata_id: UUID) -> HttpResponse:
    """No more credit; whoever is closed leaves the list."""
    found = _find(desk, khata_id)
    try:
        services.close_khata(store_id=desk.store.pk, khata_id=found.pk)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(desk.to("khata", khata_id=found.pk))
    messages.success(request, _("The khata of %(name)s is closed.") % {"name": found.name})
    return redirect(desk.to("khatas"))


def _show(
    request: Visit, desk: Desk, khata: Khata, *, status: int = 200, **forms: Form
) -> HttpResponse:
    owed, promised = owed_by(khata), promised_by(khata)
    known = {
        "name": khata.name,
        "limit": in_tens(khata.limit, 2),
        "remind_every": khata.remind_every or "",
    }
    context: dict[str, Any] = {
        "khata": khata,
        "owed": owed,
        "promised": promised,
        "left": max(khata.limit - owed - promised, 0),
        "ageing": _in_words(ageing(khata, now())),
        "entries": KhataEntry.objects.of(khata).select_related("undone_by")[:LATEST],
        "reminder": _reminder(desk, khata, owed),
        "received": EntryForm(prefix="received"),
        "carried": EntryForm(prefix="carried"),
        "change": ChangeKhataForm(initial=known),
        **forms,
    }
    return show(request, desk, "khata/khata", context, tab="counter", status=status)


def _in_words(sums: list[int]) -> list[tuple[str, int]]:
    """What is owed by how long, newest first; what is nothing is left out."""
    words = [_("up to %(days)s days") % {"days": days} for days in BUCKETS]
    words.append(_("longer"))
    return [(word, amount) for word, amount in zip(words, sums, strict=True) if amount]


def _reminder(desk: Desk, khata: Khata, owed: int) -> str:
    """A WhatsApp message of the shop's own, for the shopkeeper to look at and send."""
    words = _("Namaste %(name)s, %(owed)s is on your khata at %(shop)s. %(link)s") % {
        "name": khata.name,
        "owed": rupees(owed),
        "shop": localised(desk.store),
        "link": f"{settings.BASE_URL}/khata/{khata.pk}/",
    }
    return chat_with(words, phone=khata.phone)


def _complain(form: Form, error: DomainError) -> None:
    field = error.params.get("field")
    form.add_error(field if field in form.fields else None, str(error))


def _find(desk: Desk, khata_id: UUID) -> Khata:
    found = Khata.objects.of_store(desk.store.pk).filter(pk=khata_id).first()
    if found is None:
        raise Http404
    return found
