"""The shop changes an order before it is packed: less at once, anything else with a yes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from marketplace.core.errors import DomainError
from marketplace.core.fields import in_tens
from marketplace.core.quantity import show_quantity
from marketplace.core.requests import Visit, whole_number
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.fields import QuantityField, unit_digits, unit_label
from marketplace.dashboard.views.orders import find_order
from orders import services
from orders.errors import TooLateToChange
from orders.models import Order, OrderLine, Proposal
from orders.services.consent import check_can_change
from stores.inventory.finding import find_listings
from stores.inventory.models import Listing, ListingQuerySet

MOST_FOUND = 12


@dataclass(frozen=True, slots=True)
class EditRow:
    """A listing, and how much of it as typed in people's units; nothing or zero leaves it out."""

    listing: Listing
    typed: str
    problem: str

    @property
    def unit(self) -> str:
        return unit_label(self.listing.product.base_unit)

    @property
    def per(self) -> str:
        """What the price buys, in words, where that is not one piece."""
        listing = self.listing
        return "" if listing.per == 1 else show_quantity(listing.per, listing.product.base_unit)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.HELPER)
def edit(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    """The order's goods as fields, and a search for more; what is typed stays until it is saved."""
    order = find_order(desk, order_id)
    try:
        check_can_change(order)
    except TooLateToChange as error:
        messages.warning(request, str(error))
        return redirect(desk.to("order", order_id=order.pk))
    lines = {line.listing_id: line for line in order.lines.all() if not line.out}
    typed = _typed(request)
    shelf = Listing.objects.of_store(desk.store.pk).select_related("product")
    listings = shelf.in_bulk([*lines, *typed])
    typed = {key: value for key, value in typed.items() if key in listings}
    problems: dict[UUID, str] = {}
    refusal = ""
    if "save" in request.POST:
        quantities, problems = _quantities(typed, listings, lines)
        if not problems:
            try:
                return _saved(request, desk, order, quantities)
            except DomainError as error:
                refusal = str(error)
    added = [key for key, value in typed.items() if value and key not in lines]
    context: dict[str, Any] = {
        "order": order,
        "refusal": refusal,
        "rows": [
            EditRow(
                listings[key],
                typed.get(key, _in_people_units(lines[key]) if key in lines else ""),
                problems.get(key, ""),
            )
            for key in [*lines, *added]
        ],
        "text": request.POST.get("q", "").strip()[:100],
    }
    context["found"] = _found(shelf, context["text"], [*lines, *added], store_id=desk.store.pk)
    status = 422 if problems or refusal else 200
    return show(request, desk, "orders/edit", context, tab="today", status=status)


def _saved(request: Visit, desk: Desk, order: Order, quantities: dict[UUID, int]) -> HttpResponse:
    proposal = services.edit_order(
        store_id=desk.store.pk,
        order_id=order.pk,
        actor=desk.actor,
        quantities=quantities,
        expected_version=whole_number(request.POST.get("version", "")),
    )
    words = (
        _("The order is changed; the customer is told.")
        if proposal.state == Proposal.State.APPLIED
        else _("The customer is being asked.")
    )
    messages.success(request, words)
    return redirect(desk.to("order", order_id=order.pk))


def _typed(request: Visit) -> dict[UUID, str]:
    """What stands in the fields `q-<listing>`."""
    typed = {}
    for name, value in request.POST.items():
        if name.startswith("q-"):
            try:
                typed[UUID(name.removeprefix("q-"))] = str(value).strip()[:20]
            except ValueError:
                continue
    return typed


def _quantities(
    typed: dict[UUID, str], listings: dict[UUID, Listing], lines: dict[UUID, OrderLine]
) -> tuple[dict[UUID, int], dict[UUID, str]]:
    """Base units by listing, and what is wrong with those that cannot be read."""
    quantities: dict[UUID, int] = {}
    problems: dict[UUID, str] = {}
    for key, text in typed.items():
        if not text and key not in lines:
            continue
        field = QuantityField(unit=listings[key].product.base_unit)
        try:
            quantities[key] = int(field.clean(text or "0"))
        except ValidationError as error:
            problems[key] = str(error.messages[0])
    return quantities, problems


def _found(
    shelf: ListingQuerySet, text: str, without: list[UUID], *, store_id: UUID
) -> list[EditRow]:
    others = shelf.sellable().exclude(pk__in=without)
    found = find_listings(others, text, store_id=store_id, most=MOST_FOUND)
    return [EditRow(listing, "", "") for listing in found]


def _in_people_units(line: OrderLine) -> str:
    return in_tens(line.quantity, unit_digits(line.unit))
