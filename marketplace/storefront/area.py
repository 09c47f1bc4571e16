"""Where the customer is: asked once, kept in a cookie, shown in the header."""

import re
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from marketplace.storefront.cookies import keep
from stores.shops.models import Pincode, Store, metres_between
from stores.shops.places import Place, UnknownPincode

COOKIE = "area"
# "Laxmi Nagar SO East Delhi": people call it Laxmi Nagar
POST_OFFICE = re.compile(r" (?:S|B|H|GP)\.?O\b")


def read_area(request: HttpRequest) -> Place | None:
    """The place in the visitor's cookie; None when there is none or it has been tampered with."""
    pincode, _tilde, point = request.COOKIES.get(COOKIE, "").partition("~")
    if not pincode:
        return None
    latitude, longitude = _read_point(point)
    try:
        place = Place.of(pincode=pincode[:6], latitude=latitude, longitude=longitude)
    except UnknownPincode:
        return None
    return replace(place, name=POST_OFFICE.split(place.name)[0])


def _read_point(raw: str) -> tuple[float, float] | tuple[None, None]:
    latitude, _tilde, longitude = raw.partition("~")
    try:
        point = float(latitude), float(longitude)
    except ValueError:
        return None, None
    in_india = 6 <= point[0] <= 38 and 68 <= point[1] <= 98
    return point if in_india else (None, None)


def remember_area(
    response: HttpResponse, pincode: str, point: tuple[float, float] | None = None
) -> None:
    value = f"{pincode}~{point[0]:.4f}~{point[1]:.4f}" if point else pincode
    keep(response, COOKIE, value)


def shops_around(place: Place) -> QuerySet[Store]:
    """The shops that deliver to a place, nearest first."""
    return Store.objects.delivering_to(
        pincode=place.pincode, latitude=place.latitude, longitude=place.longitude
    )


def forget_point(request: HttpRequest, response: HttpResponse) -> None:
    """Keep the pincode alone: whoever uses this browser next need not know the house."""
    pincode, point, _rest = request.COOKIES.get(COOKIE, "").partition("~")
    if point:
        remember_area(response, pincode)


def nearest_pincode(latitude: float, longitude: float) -> str | None:
    """The postal area around a point that a phone gave; None outside India."""
    near: Any = Pincode.objects.filter(
        measurable=True,
        latitude__range=(latitude - 0.3, latitude + 0.3),
        longitude__range=(longitude - 0.3, longitude + 0.3),
    ).values_list("code", "latitude", "longitude")
    closest = min(
        near, key=lambda row: metres_between(latitude, longitude, row[1], row[2]), default=None
    )
    return closest[0] if closest else None
