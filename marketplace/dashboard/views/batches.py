"""Goods with a date: what comes in, what expires, what is thrown away."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.core.clock import business_date
from marketplace.core.errors import DomainError
from marketplace.core.ids import uuid7
from marketplace.core.quantity import show_quantity
from marketplace.core.requests import Visit
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.expiring import HORIZONS, SOON, in_sections
from marketplace.dashboard.forms.batches import ReceiveForm
from marketplace.dashboard.forms.shop import show_refusal
from marketplace.dashboard.views.stock import find_listing, show_listing, what_moved
from stores.inventory import services
from stores.inventory.errors import ReferenceReused, UnknownBatch
from stores.inventory.models import Batch, StockMovement

# More than this nobody looks through; those that expire first are shown.
MOST = 200


@require_safe
@at_desk(Role.MANAGER)
def expiring(request: Visit, desk: Desk) -> HttpResponse:
    """What has expired and what soon will, with what it would have sold for."""
    text = request.GET.get("days", "")
    days = int(text) if text in {str(each) for each in HORIZONS} else SOON
    today = business_date()
    batches = (
        Batch.objects.of_store(desk.store.pk)
        .expiring_by(today + timedelta(days=days))
        .select_related("listing__product")
        .first_to_expire()[:MOST]
    )
    sections = in_sections(batches, today)
    context = {
        "sections": sections,
        "too_old": any(row.too_old_to_deliver for each in sections for row in each.rows),
        "days": days,
        "horizons": HORIZONS,
        "back": request.get_full_path(),
    }
    return show(request, desk, "stock/expiring", context, tab="stock")


@require_POST
@at_desk(Role.MANAGER)
def receive(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    """Goods came in, with what is printed on them."""
    listing = find_listing(desk, listing_id)
    form = ReceiveForm(request.POST, listing=listing)
    if form.is_valid():
        try:
            changed = services.receive_stock(
                store_id=desk.store.pk, listing_id=listing_id, actor=desk.actor, **form.values()
            )
        except ReferenceReused as error:
            # What is sent from here on is another delivery.
            form = ReceiveForm(request.POST.dict() | {"delivery": str(uuid7())}, listing=listing)
            form.add_error(None, str(error))
        except DomainError as error:
            show_refusal(form, error, batch="code")
        else:
            delivery = form.cleaned_data["delivery"]
            moved = services.moved_before(changed, StockMovement.Kind.RECEIPT, delivery)
            messages.success(request, what_moved(changed, moved))
            return redirect(desk.to("listing", listing_id=listing_id))
    return show_listing(request, desk, listing, receive_form=form, status=422)


@require_POST
@at_desk(Role.MANAGER)
def keep_batches(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    """Ask for batch and date when this item comes in, or no longer."""
    find_listing(desk, listing_id)
    keeps = request.POST.get("on") == "1"
    services.set_keeps_batches(
        store_id=desk.store.pk, listing_id=listing_id, keeps_batches=keeps, actor=desk.actor
    )
    said = (
        _("From now on you write down the date when it comes in.")
        if keeps
        else _("Dates are no longer asked for.")
    )
    messages.success(request, said)
    return redirect(desk.to("listing", listing_id=listing_id))


@require_POST
@at_desk(Role.MANAGER)
def write_off(request: Visit, desk: Desk, listing_id: UUID, batch_id: UUID) -> HttpResponse:
    """Throw away what is left of a batch; the item's history can undo it."""
    listing = find_listing(desk, listing_id)
    try:
        changed = services.write_off_batch(
            store_id=desk.store.pk, listing_id=listing_id, batch_id=batch_id, actor=desk.actor
        )
    except UnknownBatch:
        raise Http404 from None
    gone = show_quantity(listing.on_hand - changed.on_hand, listing.product.base_unit)
    said = _("Written off: %(gone)s of %(name)s. By mistake? Take it back on the item's page.")
    messages.success(request, said % {"gone": gone, "name": localised(listing.product)})
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect(desk.to("listing", listing_id=listing_id))
