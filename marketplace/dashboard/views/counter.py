"""Selling to whoever stands in the shop: scan, weigh, take the money."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.core.clock import business_date
from marketplace.core.errors import DomainError
from marketplace.core.measures import parse_number, read_weight
from marketplace.core.money import rupees
from marketplace.core.quantity import Unit
from marketplace.core.requests import Visit, some_id
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.counter import FinishForm
from marketplace.dashboard.till import MOST_FOUND, Ticket, add_up, step_of
from orders import services
from orders.errors import HeldForOrders
from orders.models import CounterSale
from payments.khata.models import Khata
from payments.khata.selectors import owed_by
from stores.catalogue.barcodes import ean13
from stores.inventory.models import Listing

LATEST = 20


@require_safe
@at_desk(Role.HELPER)
def counter(request: Visit, desk: Desk) -> HttpResponse:
    ticket = Ticket.open(request.session, desk.store.pk)
    text = request.GET.get("q", "").strip()[:100]
    return _show(request, desk, ticket, text=text, found=_find(desk, text))


@require_POST
@at_desk(Role.HELPER)
def ring_up(request: Visit, desk: Desk) -> HttpResponse:
    """A barcode was scanned, a name typed, or an item tapped; one of it goes on the ticket."""
    ticket = Ticket.open(request.session, desk.store.pk)
    text = request.POST.get("code", "").strip()[:100]
    tapped = some_id(request.POST.get("listing", ""))
    found = list(_shelf(desk).filter(pk=tapped)) if tapped else _find(desk, text)
    if len(found) == 1 and (tapped or ean13(text)):
        listing = found[0]
        more = step_of(listing) if listing.pk in ticket.quantities else max(listing.least, 1)
        ticket.put(listing.pk, ticket.quantities.get(listing.pk, 0) + more)
        return _changed(
            request,
            desk,
            ticket,
            added=listing.pk,
            said=_("%(name)s is on the bill.") % {"name": localised(listing.product)},
        )
    if request.htmx:
        return _show(request, desk, ticket, text=text, found=found)
    return redirect(f"{desk.to('counter')}?{urlencode({'q': text})}")


@require_POST
@at_desk(Role.HELPER)
def change_line(request: Visit, desk: Desk) -> HttpResponse:
    """More, less, none, or exactly so much of what is on the ticket."""
    ticket = Ticket.open(request.session, desk.store.pk)
    listing = _shelf(desk).filter(pk=some_id(request.POST.get("listing", ""))).first()
    if listing is None or listing.pk not in ticket.quantities:
        return _changed(request, desk, ticket)
    now, step = ticket.quantities[listing.pk], step_of(listing)
    if "more" in request.POST:
        now += step
    elif "less" in request.POST:
        now -= step
    elif "remove" in request.POST:
        now = 0
    else:
        try:
            now = _typed(request.POST.get("quantity", ""), listing, near=now)
        except ValueError:
            return _show(request, desk, ticket, problem=_("Write a number."), status=422)
    ticket.put(listing.pk, now)
    return _changed(request, desk, ticket)


@require_POST
@at_desk(Role.HELPER)
def clear(request: Visit, desk: Desk) -> HttpResponse:
    """The customer walks away: a new ticket."""
    return _changed(request, desk, Ticket())


@require_POST
@at_desk(Role.HELPER)
def finish(request: Visit, desk: Desk) -> HttpResponse:
    """Paid: the ticket becomes a sale, once, however often it is sent."""
    ticket = Ticket.open(request.session, desk.store.pk)
    form = FinishForm(request.POST)
    if not form.is_valid():
        problem = str(next(iter(form.errors.values()))[0])
        return _show(request, desk, ticket, problem=problem, status=422)
    typed = form.cleaned_data
    if typed["ticket"] != ticket.key:
        # Sent again after it went through, or from a page that was left open.
        earlier = CounterSale.objects.of_store(desk.store.pk).filter(
            actor=desk.actor, idempotency_key=typed["ticket"]
        )
        if sale := earlier.first():
            return _sold(request, desk, sale, typed["given"])
        return _show(
            request, desk, ticket, problem=_("The bill has changed. Please look again."), status=409
        )
    try:
        sold = services.sell_over_counter(
            store_id=desk.store.pk,
            actor=desk.actor,
            idempotency_key=ticket.key,
            lines=ticket.wanted,
            paid_by=typed["paid_by"],
            take_held=typed["take_held"],
            expected_total=form.expected_total,
            khata_id=form.khata_id,
        )
    except HeldForOrders as error:
        return _show(request, desk, ticket, problem=str(error), held=typed, status=409)
    except DomainError as error:
        return _show(request, desk, ticket, problem=str(error), status=409)
    Ticket().keep(request.session, desk.store.pk)
    return _sold(request, desk, sold.sale, typed["given"])


def _sold(request: Visit, desk: Desk, sale: CounterSale, given: int | None) -> HttpResponse:
    words = _("Sold for %(total)s.") % {"total": rupees(sale.total)}
    if given is not None and given > sale.total and sale.paid_by == CounterSale.PaidBy.CASH:
        words += " " + _("Give back %(change)s.") % {"change": rupees(given - sale.total)}
    if sale.khata_id is not None:
        khata = Khata.objects.get(store_id=desk.store.pk, pk=sale.khata_id)
        owes = {"name": khata.name, "owed": rupees(owed_by(khata))}
        words += " " + _("%(name)s owes %(owed)s now.") % owes
    messages.success(request, words)
    return redirect(desk.to("counter"))


def _shelf(desk: Desk) -> Any:
    return Listing.objects.of_store(desk.store.pk).select_related("product", "product__brand")


def _find(desk: Desk, text: str) -> list[Listing]:
    """What a barcode or a name means in this shop, hidden listings too."""
    if not text:
        return []
    ean = ean13(text)
    shelf = _shelf(desk)
    found = shelf.filter(product__ean=ean) if ean else shelf.matching(text)
    return list(found.order_by("-rank", "id")[:MOST_FOUND])


def _changed(request: Visit, desk: Desk, ticket: Ticket, **more: Any) -> HttpResponse:
    ticket.keep(request.session, desk.store.pk)
    return _show(request, desk, ticket, **more) if request.htmx else redirect(desk.to("counter"))


def _show(
    request: Visit, desk: Desk, ticket: Ticket, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page, or only its changing part; `text` and `found` when something was looked for."""
    text = more.get("text", "")
    bill = add_up(desk.store.pk, ticket, added=more.get("added"))
    context = {
        "ticket": ticket,
        "bill": bill,
        "is_barcode": bool(ean13(text)),
        "given": request.POST.get("given", "")[:20],
        "khatas": Khata.objects.of_store(desk.store.pk).open() if bill.lines else (),
        "chosen_khata": some_id(request.POST.get("khata", "")),
        **more,
    }
    if request.htmx:
        return show(request, desk, "counter/ticket", context, tab="counter", status=status)
    today = CounterSale.objects.of_store(desk.store.pk).of_day(business_date())
    context |= {
        "takings": today.takings(),
        "sales": today.with_bill().prefetch_related("lines")[:LATEST],
    }
    return show(request, desk, "counter/counter", context, tab="counter", status=status)


def _typed(text: str, listing: Listing, *, near: int) -> int:
    """Base units as they are read off the scale: `1.5` for a bag of 800 g is a kilogram and a half, and
    half a packet is no number. Raises ValueError."""
    if listing.product.base_unit != Unit.PIECE:
        return read_weight(text, near=near)
    number = parse_number(text)
    if number != int(number):
        raise ValueError(text)
    return int(number)
