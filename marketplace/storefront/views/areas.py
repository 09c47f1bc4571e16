"""The area gate and the shops around it."""

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.accounts.models import Address
from marketplace.core.requests import Visit, some_id
from marketplace.core.saying import say_distance
from marketplace.storefront.area import nearest_pincode, read_area, remember_area, shops_around
from marketplace.storefront.baskets import find_owner
from marketplace.storefront.forms import AreaForm, PointForm
from marketplace.storefront.hours import Opening, opening
from marketplace.storefront.offline import kept_offline
from marketplace.storefront.views.language import back_to
from orders.models import CartLine
from stores.shops.models import Store

MOST = 60
NEAREST = 6
# Metres that somebody goes to fetch an order, and how many shops farther away are worth showing.
WITHIN_REACH = 15_000
FAR_AWAY = 3
ADDRESSES = 6


class ShopCard(NamedTuple):
    store: Store
    opening: Opening
    metres: float | None
    distance: str
    in_basket: int


def _cards(request: Visit, stores: Any) -> list[ShopCard]:
    """Open shops first, then the nearest."""
    owner = find_owner(request)
    lines: list[Any] = (
        list(
            CartLine.objects.filter(
                **{f"cart__{key}": value for key, value in owner.key.items()}
            ).values_list("cart__store_id", flat=True)
        )
        if owner
        else []
    )
    cards = [
        ShopCard(
            store,
            opening(store),
            store.distance,
            say_distance(store.distance),
            lines.count(store.pk),
        )
        for store in stores
    ]
    return sorted(
        cards,
        key=lambda card: (not card.opening.is_open, card.metres or 0, card.store.name),
    )


@require_safe
@kept_offline
def home(request: Visit) -> HttpResponse:
    place = read_area(request)
    if place is None:
        return _ask(request, AreaForm(), page="gate")
    shops = _cards(
        request,
        shops_around(place)[:MOST],
    )
    if not shops:
        nearest = _cards(
            request,
            Store.objects.nearest_to(
                pincode=place.pincode, latitude=place.latitude, longitude=place.longitude
            )[:NEAREST],
        )
        # in the same sorting district, where no distance can be told
        reached = [card for card in nearest if (card.metres or 0) <= WITHIN_REACH]
        context = {"place": place, "reached": reached, "shops": reached or nearest[:FAR_AWAY]}
        return render(request, "storefront/not_served.html", context)
    return render(request, "storefront/home.html", {"place": place, "shops": shops})


@require_http_methods(["GET", "HEAD", "POST"])
def choose_area(request: Visit) -> HttpResponse:
    """Ask for the pincode, or take the point that the phone offered, or an address of the person's."""
    if request.method != "POST":
        return _ask(request, AreaForm())
    if address := _own_address(request):
        point = address.latitude, address.longitude
        return _go_on(request, address.pincode, point if None not in point else None)
    located = PointForm(request.POST)
    if located.is_valid():
        here = located.cleaned_data["latitude"], located.cleaned_data["longitude"]
        if pincode := nearest_pincode(*here):
            return _go_on(request, pincode, here)
    form = AreaForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, status=422)
    return _go_on(request, form.cleaned_data["pincode"])


def _ask(request: Visit, form: AreaForm, *, page: str = "area", status: int = 200) -> HttpResponse:
    context = {"form": form, "addresses": _addresses(request), "next": back_to(request)}
    response = render(request, f"storefront/{page}.html", context, status=status)
    if context["addresses"]:
        add_never_cache_headers(response)
    return response


def _go_on(request: Visit, pincode: str, point: Any = None) -> HttpResponse:
    response = redirect(back_to(request))
    remember_area(response, pincode, point)
    return response


def _addresses(request: Visit) -> list[Address]:
    """Where the person has had things brought, the newest first; nobody's for a guest."""
    if not request.user.is_authenticated:
        return []
    return list(Address.objects.kept_by(request.user.pk)[:ADDRESSES])


def _own_address(request: Visit) -> Address | None:
    if not request.user.is_authenticated:
        return None
    wanted = some_id(request.POST.get("address", ""))
    return Address.objects.kept_by(request.user.pk).filter(pk=wanted).first() if wanted else None
