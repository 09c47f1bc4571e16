"""What the shop asks its customer: something else instead, or a heavier bag; and what they say on
the telephone."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.picking import OfferForm
from marketplace.dashboard.picking import Candidate
from marketplace.dashboard.views.orders import find_order
from marketplace.dashboard.views.picking import find_line
from orders import services
from orders.models import Order, OrderLine
from stores.catalogue.models import Product
from stores.inventory.models import Listing, ListingQuerySet

MOST_CANDIDATES = 12
# Of an aisle, so many best sellers are looked at to find the likest.
MOST_COMPARED = 60
ANSWERS = {
    "yes": services.accept_proposal,
    "no": services.decline_proposal,
    "back": services.withdraw_proposal,
}


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.HELPER)
def offer(request: Visit, desk: Desk, order_id: UUID, line_id: UUID) -> HttpResponse:
    """Choose what the customer is offered instead of a line: the same aisle first, or by name."""
    order, line = find_line(desk, order_id, line_id)
    refused: Candidate | None = None
    if request.method == "POST":
        refused = _propose(request, desk, order, line)
        if refused is None:
            messages.success(request, _("The customer is being asked."))
            return redirect(desk.to("order", order_id=order_id))
    text = request.GET.get("q", "").strip()[:100]
    found = _candidates(desk, line, text)
    chosen = refused and refused.listing.pk
    context = {
        "order": order,
        "line": line,
        "text": text,
        "candidates": [
            *([refused] if refused else []),
            *(Candidate(listing, line) for listing in found if listing.pk != chosen),
        ],
    }
    screen = "orders/offer_found" if request.htmx else "orders/offer"
    return show(request, desk, screen, context, tab="today", status=422 if refused else 200)


@require_POST
@at_desk(Role.HELPER)
def ask_weight(request: Visit, desk: Desk, order_id: UUID) -> HttpResponse:
    """Ask the customer to pay for what was weighed, which is more than they have agreed to."""
    order = find_order(desk, order_id)
    weighed = order.lines.filter(by_weight=True, state=OrderLine.State.PICKED)
    try:
        services.propose_weight(
            store_id=desk.store.pk,
            order_id=order_id,
            weights={line.pk: line.packed or 0 for line in weighed},
            actor=desk.actor,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The customer is being asked."))
    return redirect(desk.to("order", order_id=order_id))


@require_POST
@at_desk(Role.HELPER)
def answer(
    request: Visit, desk: Desk, order_id: UUID, proposal_id: UUID, said: str
) -> HttpResponse:
    """The customer said yes or no on the telephone, or the shop takes its question back."""
    find_order(desk, order_id)
    if said not in ANSWERS:
        raise Http404
    try:
        ANSWERS[said](
            store_id=desk.store.pk,
            order_id=order_id,
            proposal_id=proposal_id,
            actor=desk.actor,
        )
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(desk.to("order", order_id=order_id))


def _propose(request: Visit, desk: Desk, order: Order, line: OrderLine) -> Candidate | None:
    """Make the offer that was chosen; what was refused, with the reason."""
    listing = _listing(desk, request.POST.get("listing", ""))
    candidate = Candidate(listing, line)
    form = OfferForm(request.POST, near=candidate.quantity, unit=listing.product.base_unit)
    typed = request.POST.get("quantity", "")[:20]
    if not form.is_valid():
        return candidate.refused(typed, str(form.errors["quantity"][0]))
    try:
        services.propose_substitute(
            store_id=desk.store.pk,
            order_id=order.pk,
            line_id=line.pk,
            listing_id=listing.pk,
            quantity=form.cleaned_data["quantity"],
            actor=desk.actor,
        )
    except DomainError as error:
        return candidate.refused(typed, str(error))
    return None


def _candidates(desk: Desk, line: OrderLine, text: str) -> list[Listing]:
    """What the shop could bring instead: unasked the likest first, and nothing that is on the list
    already; what was looked for with the best sellers first."""
    found = _shelf(desk).sellable().exclude(pk=line.listing_id).order_by("-rank", "id")
    if text:
        return list(found.matching(text)[:MOST_CANDIDATES])
    missing = _shelf(desk).get(pk=line.listing_id)
    on_the_list = OrderLine.objects.filter(store_id=desk.store.pk, order_id=line.order_id)
    found = found.filter(category=missing.category_id)
    best = found.exclude(pk__in=on_the_list.values("listing_id"))[:MOST_COMPARED]
    return sorted(best, key=lambda listing: _unlike(missing, listing))[:MOST_CANDIDATES]


def _unlike(missing: Listing, other: Listing) -> tuple[int, float, float]:
    """How far another item is from the one that is missing: fewer words of its name, whatever the
    brand; another pack; another price for as much. Of two alike the better seller stays first."""
    words = _words(missing.product) & _words(other.product)
    sizes = [listing.product.pack_quantity or listing.per for listing in (missing, other)]
    prices = [listing.unit_price[0] for listing in (missing, other)]
    return -len(words), _ratio(*sizes), _ratio(*prices)


def _words(product: Product) -> set[str]:
    brand = set(product.brand.name.lower().split()) if product.brand else set()
    return set(product.name.lower().split()) - brand


def _ratio(one: int, other: int) -> float:
    """How many times the larger is the smaller, to the half: 1.0 for as good as the same."""
    return round(2 * max(one, other) / min(one, other)) / 2


def _listing(desk: Desk, listing_id: str) -> Listing:
    try:
        found = _shelf(desk).filter(pk=UUID(listing_id)).first()
    except ValueError:
        raise Http404 from None
    if found is None:
        raise Http404
    return found


def _shelf(desk: Desk) -> ListingQuerySet:
    return Listing.objects.of_store(desk.store.pk).select_related("product", "product__brand")
