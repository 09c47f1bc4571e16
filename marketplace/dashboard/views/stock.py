"""The shelf: find an item, change its price or stock, take it off the window."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.core.clock import business_date
from marketplace.core.errors import DomainError
from marketplace.core.fields import in_tens
from marketplace.core.money import rupees
from marketplace.core.quantity import show_quantity
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.expiring import SOON
from marketplace.dashboard.forms.batches import LevelForm, ReceiveForm
from marketplace.dashboard.forms.items import OriginForm
from marketplace.dashboard.forms.stock import COUNTED, DAMAGED, RECEIVED, PriceForm, StockForm
from marketplace.dashboard.shelf import FILTERS, Row, Undo, filter_words, read_cursor
from stores.catalogue.countries import country_name
from stores.inventory import services
from stores.inventory.models import Batch, Listing, ListingQuerySet, StockMovement
from stores.inventory.models.listings import RUNNING_LOW, SOLD_OUT

PAGE = 30
HISTORY = 20


@require_safe
@at_desk(Role.MANAGER)
def stock(request: Visit, desk: Desk) -> HttpResponse:
    """Every listing of the shop, shown or not, in the window's order."""
    text = request.GET.get("q", "").strip()[:100]
    chosen = request.GET.get("show", "all")
    chosen = chosen if chosen in FILTERS else "all"
    shelf = Listing.objects.of_store(desk.store.pk)
    found = _filtered(shelf, chosen).matching(text)
    if cursor := read_cursor(request.GET.get("after", "")):
        found = found.after(*cursor)
    listings = list(
        found.select_related("product", "product__brand").order_by("-rank", "id")[: PAGE + 1]
    )
    following = ""
    if len(listings) > PAGE:
        last = listings[PAGE - 1]
        following = "?" + urlencode({"q": text, "show": chosen, "after": f"{last.rank}.{last.pk}"})
    filters = _filter_counts(shelf)
    context = {
        "expiring": count_expiring(desk),
        "low": next(n for key, _words, n in filters if key == "low"),
        "rows": [Row(listing) for listing in listings[:PAGE]],
        "text": text,
        "chosen": chosen,
        "filters": filters,
        "following": following,
        "back": request.get_full_path(),
    }
    screen = "stock/rows" if request.htmx else "stock/stock"
    return show(request, desk, screen, context, tab="stock")


@require_safe
@at_desk(Role.MANAGER)
def listing(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    """One item with its history."""
    return show_listing(request, desk, find_listing(desk, listing_id))


@require_POST
@at_desk(Role.MANAGER)
def change_price(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    listing = find_listing(desk, listing_id)
    form = PriceForm(request.POST)
    if not form.is_valid():
        problem = next(iter(form.errors.values()))[0]
        return _refuse_price(request, desk, listing, str(problem))
    price, before = form.cleaned_data["price"], listing.price
    try:
        changed = services.set_price(
            store_id=desk.store.pk,
            listing_id=listing_id,
            price=price,
            mrp=form.cleaned_data["mrp"] if "mrp" in request.POST else services.KEEP,
            actor=desk.actor,
        )
    except DomainError as error:
        return _refuse_price(request, desk, listing, str(error))
    if changed.price == before:
        return _done(request, desk, listing_id, said=_("Saved."))
    said = _("Price changed from %(before)s to %(after)s.") % {
        "before": rupees(before),
        "after": rupees(price),
    }
    undo = Undo(desk.to("change-price", listing_id=listing_id), (("price", in_tens(before, 2)),))
    return _done(request, desk, listing_id, said=said, undo=undo)


@require_POST
@at_desk(Role.MANAGER)
def change_stock(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    """Stock came in, was counted, or was lost; `undo` names the movement to take back."""
    listing = find_listing(desk, listing_id)
    key: dict[str, Any] = {
        "store_id": desk.store.pk,
        "listing_id": listing_id,
        "actor": desk.actor,
    }
    if "undo" in request.POST:
        try:
            changed = services.undo_movement(**key, movement_id=_uuid(request.POST["undo"]))
        except DomainError as error:
            return _refuse_stock(request, desk, listing, str(error))
        said = before_and_after(listing, listing.on_hand, changed.on_hand)
        return _done(request, desk, listing_id, said=said)
    form = StockForm(request.POST, listing)
    if not form.is_valid():
        problem = next(iter(form.errors.values()))[0]
        return _refuse_stock(request, desk, listing, str(problem))
    typed = form.cleaned_data
    why, quantity, reference = typed["why"], typed["quantity"], typed["reference"]
    key |= {"reason": typed["note"], "reference": reference}
    try:
        if why == RECEIVED:
            changed = services.receive_stock(**key, quantity=quantity)
        elif why == DAMAGED:
            changed = services.write_off_stock(**key, quantity=quantity)
        else:
            changed = services.count_stock(**key, counted=quantity)
    except DomainError as error:
        return _refuse_stock(request, desk, listing, str(error))
    moved = services.moved_before(changed, form.kind, reference)
    undo = None
    if (made := services.latest_by_hand(changed)) and made[0].reference == reference:
        undo = Undo(desk.to("change-stock", listing_id=listing_id), (("undo", str(made[0].pk)),))
    said = what_moved(changed, moved)
    return _done(request, desk, listing_id, said=said, undo=undo)


@require_POST
@at_desk(Role.MANAGER)
def change_picture(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    """A photograph of the shop's own, or the aisle's drawing again."""
    listing = find_listing(desk, listing_id)
    if "remove" in request.POST:
        services.remove_picture(store_id=desk.store.pk, listing_id=listing_id)
        return _done(request, desk, listing_id, said=_("The photo is taken away."))
    sent = request.FILES.get("picture")
    uploaded = sent.file if sent else None
    problem = "" if uploaded else _("Choose a photo first.")
    if uploaded:
        try:
            services.set_picture(store_id=desk.store.pk, listing_id=listing_id, uploaded=uploaded)
        except DomainError as error:
            problem = str(error.params.get("why") or error)
    if problem:
        return show_listing(request, desk, listing, picture_problem=problem, status=422)
    return _done(request, desk, listing_id, said=_("Customers see the new photo."))


@require_POST
@at_desk(Role.MANAGER)
def change_shelf(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    """An item the shop does not count is there, or is not."""
    find_listing(desk, listing_id)
    on_shelf = request.POST.get("on") == "1"
    services.set_on_shelf(
        store_id=desk.store.pk, listing_id=listing_id, on_shelf=on_shelf, actor=desk.actor
    )
    said = _("Marked as there.") if on_shelf else _("Marked as sold out.")
    return _done(request, desk, listing_id, said=said)


@require_POST
@at_desk(Role.MANAGER)
def change_shown(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    find_listing(desk, listing_id)
    shown = request.POST.get("on") == "1"
    services.set_shown(store_id=desk.store.pk, listing_id=listing_id, shown=shown, actor=desk.actor)
    said = _("Customers see it again.") if shown else _("Hidden from customers.")
    undo = Undo(desk.to("change-shown", listing_id=listing_id), (("on", "0" if shown else "1"),))
    return _done(request, desk, listing_id, said=said, undo=undo)


def _filtered(shelf: ListingQuerySet, chosen: str) -> ListingQuerySet:
    if chosen == "low":
        return shelf.running_low()
    if chosen == "out":
        return shelf.sold_out()
    if chosen == "hidden":
        return shelf.filter(shown=False)
    return shelf


def _filter_counts(shelf: ListingQuerySet) -> list[tuple[str, str, int]]:
    """(key, words, how many) of each filter, in one query."""
    numbers = shelf.aggregate(
        all=Count("pk"),
        hidden=Count("pk", filter=Q(shown=False)),
        low=Count("pk", filter=RUNNING_LOW),
        out=Count("pk", filter=SOLD_OUT),
    )
    return [(key, filter_words(key), numbers[key]) for key in FILTERS]


def count_expiring(desk: Desk) -> int:
    """How many batches of the shop have expired or will within a week."""
    soon = business_date() + timedelta(days=SOON)
    return Batch.objects.of_store(desk.store.pk).expiring_by(soon).count()


def find_listing(desk: Desk, listing_id: UUID) -> Listing:
    found = (
        Listing.objects.of_store(desk.store.pk)
        .select_related("product", "product__brand", "category")
        .filter(pk=listing_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def what_moved(listing: Listing, moved: Sequence[StockMovement]) -> str:
    """What a change of the stock did: the same words however often it was sent."""
    if not moved:
        return before_and_after(listing, listing.on_hand, listing.on_hand)
    return before_and_after(listing, moved[0].after - moved[0].delta, moved[-1].after)


def before_and_after(listing: Listing, before: int, after: int) -> str:
    unit = listing.product.base_unit
    return _("Stock: %(before)s before, %(after)s now.") % {
        "before": show_quantity(before, unit),
        "after": show_quantity(after, unit),
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _done(
    request: Visit, desk: Desk, listing_id: UUID, *, said: str, undo: Undo | None = None
) -> HttpResponse:
    if request.htmx:
        row = Row(find_listing(desk, listing_id), said=said, undo=undo)
        return show(
            request, desk, "stock/changed", {"row": row, "back": request.POST.get("back", "")}
        )
    messages.success(request, said)
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(f"{back}#item-{listing_id}")
    return redirect(desk.to("listing", listing_id=listing_id))


def _refuse_price(request: Visit, desk: Desk, listing: Listing, problem: str) -> HttpResponse:
    typed = request.POST.get("price", "")[:20]
    return _refused(request, desk, Row(listing, typed_price=typed, price_problem=problem))


def _refuse_stock(request: Visit, desk: Desk, listing: Listing, problem: str) -> HttpResponse:
    row = Row(
        listing,
        typed_quantity=request.POST.get("quantity", "")[:20],
        why=request.POST.get("why", COUNTED),
        stock_problem=problem,
    )
    return _refused(request, desk, row)


def _refused(request: Visit, desk: Desk, row: Row) -> HttpResponse:
    if request.htmx:
        context = {"row": row, "back": request.POST.get("back", "")}
        return show(request, desk, "stock/changed", context, status=422)
    return show_listing(request, desk, row.listing, row=row, status=422)


def show_listing(
    request: Visit,
    desk: Desk,
    listing: Listing,
    *,
    row: Row | None = None,
    receive_form: ReceiveForm | None = None,
    level_form: LevelForm | None = None,
    picture_problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """One item's page, with the form that was refused if any."""
    undoable = services.latest_by_hand(listing)
    batches = listing.batches.in_stock().first_to_expire()
    context = {
        "row": row or Row(listing),
        "batches": batches,
        "undated": listing.on_hand - sum(batch.on_hand for batch in batches),
        "receive_form": receive_form or ReceiveForm(listing=listing),
        "level_form": level_form or LevelForm(listing=listing),
        "picture_problem": picture_problem,
        "movements": listing.movements.select_related("batch").order_by("-id")[:HISTORY],
        "undoable": undoable[0].pk if undoable else None,
        "prices": listing.price_changes.order_by("-id")[:HISTORY],
        "today": business_date(),
        "back": "",
        "origin": country_name(listing.product.country_of_origin),
        # a shared product is Nukkad's to change
        "origin_form": OriginForm(initial={"country_of_origin": listing.product.country_of_origin})
        if listing.product.store_id
        else None,
    }
    return show(request, desk, "stock/listing", context, tab="stock", status=status)
