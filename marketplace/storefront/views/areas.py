"""The area gate and the shops around it."""

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from marketplace.core.requests import Visit
from marketplace.core.saying import say_distance
from marketplace.storefront.area import nearest_pincode, read_area, remember_area
from marketplace.storefront.baskets import find_owner
from marketplace.storefront.forms import AreaForm, PointForm
from marketplace.storefront.hours import Opening, opening
from marketplace.storefront.offline import kept_offline
from marketplace.storefront.views.language import back_to
from orders.models import CartLine
from stores.shops.models import Store

MOST = 60
NEAREST = 6


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


@require_GET
@kept_offline
def home(request: Visit) -> HttpResponse:
    place = read_area(request)
    if place is None:
        return render(request, "storefront/gate.html", {"form": AreaForm()})
    shops = _cards(
        request,
        Store.objects.delivering_to(
            pincode=place.pincode, latitude=place.latitude, longitude=place.longitude
        )[:MOST],
    )
    if not shops:
        nearest = _cards(
            request,
            Store.objects.nearest_to(
                pincode=place.pincode, latitude=place.latitude, longitude=place.longitude
            )[:NEAREST],
        )
        return render(request, "storefront/not_served.html", {"place": place, "shops": nearest})
    return render(request, "storefront/home.html", {"place": place, "shops": shops})


@require_http_methods(["GET", "POST"])
def choose_area(request: Visit) -> HttpResponse:
    """Ask for the pincode, or take the point that the phone offered."""
    if request.method == "GET":
        return render(
            request, "storefront/area.html", {"form": AreaForm(), "next": back_to(request)}
        )
    point = PointForm(request.POST)
    if point.is_valid():
        here = point.cleaned_data["latitude"], point.cleaned_data["longitude"]
        if pincode := nearest_pincode(*here):
            response = redirect(back_to(request))
            remember_area(response, pincode, here)
            return response
    form = AreaForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "next": back_to(request)}
        return render(request, "storefront/area.html", context, status=422)
    response = redirect(back_to(request))
    remember_area(response, form.cleaned_data["pincode"])
    return response
