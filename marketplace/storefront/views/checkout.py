"""From the basket to an order: where to, how paid, and the total that will be charged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from marketplace.accounts.models import Address, Identity
from marketplace.core.errors import DomainError
from marketplace.core.money import rupees
from marketplace.core.requests import some_id, whole_number
from marketplace.storefront.baskets import find_owner
from marketplace.storefront.forms import PhoneForm
from marketplace.storefront.hours import opening
from marketplace.storefront.requests import PersonsVisit
from marketplace.storefront.times import parse_time, read_times
from marketplace.storefront.views.baskets import fulfilment_of, read_lines
from marketplace.storefront.views.shops import find_store
from orders import carts
from orders.errors import BasketChanged, KeyReused, RequestInFlight, TotalChanged
from orders.models import Order
from orders.services import Contact, DeliveryAddress, Quote, Wanted, place, quote
from payments.khata.models import Khata
from payments.khata.selectors import credit_left
from stores.inventory.models import Listing
from stores.shops.models import Store


@dataclass(frozen=True, slots=True)
class Choice:
    """An address of the person's, and whether this shop comes there."""

    address: Address
    reachable: bool


@dataclass(frozen=True, slots=True)
class Credit:
    """What the basket comes to on the person's khata in this shop, and how much may be bought on it."""

    total: int
    left: int
    enough: bool


def _signed_in_to_order(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As login_required; but an order that comes from whoever is signed out by now is answered by the
    sign-in page itself, since a phone that keeps the order takes a redirect for success."""

    @wraps(view)
    def answer(request: HttpRequest, **names: Any) -> HttpResponse:
        if request.method == "POST" and not request.user.is_authenticated:
            context = {"form": PhoneForm(), "next": request.path}
            return render(request, "storefront/sign_in.html", context, status=401)
        return view(request, **names)

    return answer


@never_cache
@_signed_in_to_order
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: PersonsVisit, slug: str) -> HttpResponse:
    store = find_store(slug)
    key = request.POST.get("key", "")
    if key and (earlier := _earlier(request, store, key)):
        return _go_to(earlier)
    owner = find_owner(request)
    assert owner is not None, "signed in"
    lines = read_lines(owner, store)
    if not lines:
        # Two taps at once: the first may have emptied the basket since we asked.
        if key and (earlier := _earlier(request, store, key)):
            return _go_to(earlier)
        return redirect("storefront:basket", slug=slug)
    fulfilment = fulfilment_of(request, store)
    choices = _addresses(request, store) if fulfilment == Order.Fulfilment.DELIVERY else []
    if fulfilment == Order.Fulfilment.DELIVERY and not choices:
        return redirect(f"/me/addresses/new/?next={request.path}?fulfilment=delivery")
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            return _go_to(_place(request, store, owner, lines, fulfilment, choices))
        except KeyReused:
            messages.info(request, _("This order was already placed."))
            return redirect("storefront:orders")
        except RequestInFlight as error:
            messages.info(request, str(error))
            return redirect("storefront:orders")
        except BasketChanged as error:
            messages.info(request, str(error))
            return redirect("storefront:basket", slug=slug)
        except DomainError as error:
            refusal = error
            key = key or uuid4().hex
    context = _context(request, store, lines, fulfilment, choices) | {
        "key": key or uuid4().hex,
        "goods": _goods(lines),
        "refusal": refusal,
        "drift": _drift(refusal),
    }
    status = refusal.status if refusal else 200
    return render(request, "storefront/checkout.html", context, status=status)


def _context(
    request: PersonsVisit,
    store: Store,
    lines: list[tuple[Listing, int]],
    fulfilment: str,
    choices: list[Choice],
) -> dict[str, Any]:
    times = read_times(store, chosen=request.POST.get("when", ""))
    quotes: dict[str, Quote] = {
        method: quote(
            store=store,
            lines=lines,
            fulfilment=fulfilment,
            payment_method=method,
            for_later=times.for_later,
        )
        for method in Order.PaymentMethod.values
    }
    chosen = request.POST.get("address", "")
    reachable = [one.address.pk for one in choices if one.reachable]
    return {
        "store": store,
        "opening": opening(store),
        "times": times,
        "fulfilment": fulfilment,
        "choices": choices,
        "reachable": bool(reachable) or fulfilment == Order.Fulfilment.PICKUP,
        "chosen": next(
            (one for one in reachable if one == some_id(chosen)),
            reachable[0] if reachable else None,
        ),
        "method": request.POST.get("payment_method", Order.PaymentMethod.UPI),
        "name": request.POST.get("name", request.user.name),
        "note": request.POST.get("note", ""),
        "if_unavailable": request.POST.get("if_unavailable", Order.IfUnavailable.CALL),
        "wishes": Order.IfUnavailable.choices,
        "upi": quotes[Order.PaymentMethod.UPI],
        "cash": quotes[Order.PaymentMethod.CASH],
        "credit": _credit(request, store, quotes[Order.PaymentMethod.KHATA].total),
        "problems": quotes[Order.PaymentMethod.UPI].problems,
    }


def _credit(request: PersonsVisit, store: Store, total: int) -> Credit | None:
    khata = _khata(request, store)
    if khata is None:
        return None
    left = credit_left(khata)
    return Credit(total, left, enough=total <= left)


def _khata(request: PersonsVisit, store: Store) -> Khata | None:
    """The person's open khata in this shop."""
    khatas = Khata.objects.of_person(request.user.pk).open()
    return khatas.filter(store_id=store.pk).first()


def _addresses(request: PersonsVisit, store: Store) -> list[Choice]:
    kept = Address.objects.kept_by(request.user.pk)[:12]
    return [
        Choice(
            one,
            store.delivers_to(pincode=one.pincode, latitude=one.latitude, longitude=one.longitude),
        )
        for one in kept
    ]


def _place(
    request: PersonsVisit,
    store: Store,
    owner: carts.Owner,
    lines: list[tuple[Listing, int]],
    fulfilment: str,
    choices: list[Choice],
) -> Order:
    # Two baskets may come to the same.
    if request.POST.get("goods") != _goods(lines):
        raise BasketChanged
    method = request.POST.get("payment_method", "")
    address = None
    wanted_address = some_id(request.POST.get("address", ""))
    chosen = next((one.address for one in choices if one.address.pk == wanted_address), None)
    if chosen:
        parts = [chosen.line1, chosen.line2, chosen.landmark, chosen.pincode]
        address = DeliveryAddress(
            text=", ".join(part for part in parts if part),
            pincode=chosen.pincode,
            latitude=chosen.latitude,
            longitude=chosen.longitude,
        )
    phone = request.user.identities.filter(
        kind=Identity.Kind.PHONE, verified_at__isnull=False
    ).values_list("value", flat=True)[0]
    shown = request.POST.get(f"total_{method}", "")
    slot_id, slot_day = parse_time(request.POST.get("when", "")) or (None, None)
    cart = carts.find_cart(store_id=store.pk, owner=owner)
    khata = _khata(request, store) if method == Order.PaymentMethod.KHATA else None
    return place(
        store_id=store.pk,
        actor=f"person:{request.user.pk}",
        idempotency_key=request.POST.get("key", ""),
        via="web",
        lines=[Wanted(listing.pk, quantity) for listing, quantity in lines],
        fulfilment=fulfilment,
        payment_method=method,
        contact=Contact(
            name=(
                (chosen.recipient if chosen else "")
                or request.POST.get("name", "").strip()[:120]
                or request.user.name
            ),
            phone=phone,
            language=(get_language() or "hi")[:2],
        ),
        address=address,
        # Without the total that was shown nobody has agreed to any: ask.
        expected_total=whole_number(shown) or 0,
        person_id=request.user.pk,
        khata_id=khata.pk if khata else None,
        note=request.POST.get("note", "").strip()[:300],
        if_unavailable=request.POST.get("if_unavailable", Order.IfUnavailable.CALL),
        cart_id=cart.pk if cart else None,
        slot_id=slot_id,
        slot_day=slot_day,
    ).order


def _goods(lines: Iterable[tuple[Listing, int]]) -> str:
    """What stands for these goods in the form that shows them."""
    wanted = sorted(f"{listing.pk}:{quantity}" for listing, quantity in lines)
    return sha256(",".join(wanted).encode()).hexdigest()[:16]


def _earlier(request: PersonsVisit, store: Store, key: str) -> Order | None:
    """What this form has already ordered: its basket is empty by now, so ask before reading it."""
    return (
        Order.objects.of_store(store.pk)
        .filter(actor=f"person:{request.user.pk}", idempotency_key=key)
        .first()
    )


def _go_to(order: Order) -> HttpResponse:
    if order.prepaid:
        return redirect("storefront:pay", order_id=order.pk)
    return redirect("storefront:order", order_id=order.pk)


def _drift(refusal: DomainError | None) -> str:
    """What a changed total was and is, in rupees."""
    if not isinstance(refusal, TotalChanged) or not refusal.params["expected"]:
        return ""
    return _("It was %(before)s and is now %(after)s.") % {
        "before": rupees(refusal.params["expected"]),
        "after": rupees(refusal.params["total"]),
    }
