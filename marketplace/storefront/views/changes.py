"""Changing an order before it is packed: answering the shop's questions, and editing it oneself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from marketplace.core.errors import DomainError
from marketplace.core.requests import some_id, whole_number
from marketplace.storefront.cards import Card, show_wanted
from marketplace.storefront.requests import PersonsVisit
from marketplace.storefront.views.orders import find_order
from marketplace.storefront.views.shops import LONGEST_QUERY, card_of
from orders import services
from orders.models import Order, Proposal
from orders.services.consent import CAN_CHANGE
from stores.inventory.finding import find_listings
from stores.inventory.models import Listing

MOST_FOUND = 8
# Unasked for, a few: the bill and its button stay near on a phone.
MOST_SUGGESTED = 3
MOST_UNITS = 100_000


@dataclass(frozen=True, slots=True)
class EditRow:
    """One listing of the order as it would be: `amount` paise; no `card.wanted` when taken out."""

    card: Card
    quantity: int
    amount: int
    unit_price: str


@login_required
@require_POST
def accept_offer(request: PersonsVisit, order_id: UUID, proposal_id: UUID) -> HttpResponse:
    """Yes: done at once, or on to the payment of the difference."""
    return _answer(request, order_id, proposal_id, services.accept_proposal)


@login_required
@require_POST
def decline_offer(request: PersonsVisit, order_id: UUID, proposal_id: UUID) -> HttpResponse:
    return _answer(request, order_id, proposal_id, services.decline_proposal)


def _answer(
    request: PersonsVisit, order_id: UUID, proposal_id: UUID, answer: Callable[..., Proposal]
) -> HttpResponse:
    found = find_order(request, order_id)
    try:
        proposal = answer(
            store_id=found.store_id,
            order_id=found.pk,
            proposal_id=proposal_id,
            actor=f"person:{request.user.pk}",
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("storefront:order", order_id=order_id)
    return _go_on(request, proposal)


def _go_on(request: PersonsVisit, proposal: Proposal) -> HttpResponseRedirect:
    if proposal.state == Proposal.State.AGREED:
        return redirect("storefront:pay", order_id=proposal.order_id)
    if proposal.state == Proposal.State.APPLIED:
        messages.success(request, _("Your order has been changed."))
    else:
        messages.info(request, _("The shop has your answer."))
    return redirect("storefront:order", order_id=proposal.order_id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonsVisit, order_id: UUID) -> HttpResponse:
    """The order as it would be, in the form itself: every tap shows the new bill, saving changes it."""
    found = find_order(request, order_id)
    if found.state not in CAN_CHANGE:
        messages.info(request, _("This order can no longer be changed."))
        return redirect("storefront:order", order_id=order_id)
    mine = {line.listing_id: line.quantity for line in found.lines.all() if not line.out}
    wanted = mine | (_read(request) if request.method == "POST" else {})
    refusal: DomainError | None = None
    if "save" in request.POST:
        try:
            answer = _go_on(request, _save(request, found, wanted))
            return HttpResponseClientRedirect(answer.url) if request.htmx else answer
        except DomainError as error:
            refusal = error
            found.refresh_from_db()
    else:
        wanted |= _tapped(request, found, wanted, mine)
    context = _edit_context(request, found, wanted, mine) | {"refusal": refusal}
    if request.htmx and request.htmx.target == "edit":
        return render(request, "storefront/edit_part.html", context)
    status = refusal.status if refusal else 200
    return render(request, "storefront/edit.html", context, status=status)


def _save(request: PersonsVisit, order: Order, wanted: dict[UUID, int]) -> Proposal:
    return services.edit_order(
        store_id=order.store_id,
        order_id=order.pk,
        actor=f"person:{request.user.pk}",
        quantities=wanted,
        by_customer=True,
        expected_version=whole_number(request.POST.get("version", "")) or 0,
        # Without the total that was shown nobody has agreed to any.
        expected_total=whole_number(request.POST.get("total", "")) or 0,
    )


def _read(request: PersonsVisit) -> dict[UUID, int]:
    """Base units per listing, as the form carries them: `q-<listing>`."""
    wanted = {}
    for name, value in request.POST.items():
        listing_id = some_id(name.removeprefix("q-")) if name.startswith("q-") else None
        if listing_id:
            wanted[listing_id] = min(whole_number(str(value)) or 0, MOST_UNITS)
    return wanted


def _tapped(
    request: PersonsVisit, order: Order, wanted: dict[UUID, int], mine: dict[UUID, int]
) -> dict[UUID, int]:
    """What the pressed button makes of one listing, on its steps and within its stock."""
    action = next((name for name in ("more", "less", "remove") if name in request.POST), "")
    if not action:
        return {}
    listing_id = some_id(request.POST[action])
    listings = Listing.objects.of_store(order.store_id).select_related("product")
    listing = listings.filter(pk=listing_id).first() if listing_id else None
    if listing is None:
        raise Http404
    before = wanted.get(listing.pk, 0)
    if action == "remove":
        return {listing.pk: 0}
    if action == "less":
        after = before - listing.step
        return {listing.pk: after if after >= listing.least else 0}
    after = before + listing.step if before else mine.get(listing.pk) or listing.least
    most = _most(listing, mine)
    return {listing.pk: after if most is None or after <= most else before}


def _most(listing: Listing, mine: dict[UUID, int]) -> int | None:
    """Base units this order could hold: what is for sale, and what it holds already."""
    left = listing.available
    return None if left is None else left + mine.get(listing.pk, 0)


def _edit_context(
    request: PersonsVisit, order: Order, wanted: dict[UUID, int], mine: dict[UUID, int]
) -> dict[str, Any]:
    shelf = Listing.objects.of_store(order.store_id).select_related("product__brand", "category")
    listings = shelf.in_bulk(list(wanted))
    wanted = {key: quantity for key, quantity in wanted.items() if key in listings}
    problem: DomainError | None = None
    try:
        preview = services.preview_edit(order=order, quantities=wanted)
    except DomainError as error:
        problem, preview = error, services.preview_edit(order=order, quantities={})
    lines = {line.listing_id: line for line in preview.lines}
    text = request.POST.get("q", "").strip()[:LONGEST_QUERY]
    others = shelf.sellable().exclude(pk__in=list(wanted))
    found = (
        find_listings(others, text, store_id=order.store_id, most=MOST_FOUND)
        if text
        else others.order_by("-rank", "id")[:MOST_SUGGESTED]
    )
    return {
        "order": order,
        "store": order.store,
        "rows": [
            EditRow(
                _edit_card(listings[key], order, quantity, mine),
                quantity,
                lines[key].amount if key in lines else 0,
                # what is in the order keeps its price
                lines[key].unit_price_words if key in lines else listings[key].unit_price_words,
            )
            for key, quantity in wanted.items()
        ],
        "preview": preview,
        "problem": problem,
        "changed": any(quantity != mine.get(key, 0) for key, quantity in wanted.items()),
        "q": text,
        "found": [card_of(listing, order.store, 0) for listing in found],
    }


def _edit_card(listing: Listing, order: Order, quantity: int, mine: dict[UUID, int]) -> Card:
    card: Card = card_of(listing, order.store, quantity)
    most = _most(listing, mine)
    words = show_wanted(quantity, listing.product.base_unit, packed=listing.product.packed)
    return card._replace(
        at_most=most is not None and quantity + listing.step > most,
        wanted=words if quantity else "",
        sold_out=False,
    )
