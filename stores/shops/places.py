"""Where a customer is: a pincode, a point, or both."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from django.db.models import BooleanField, F, FloatField, Func, Value
from django.utils.translation import gettext_lazy as _

from marketplace.core.errors import DomainError


class UnknownPincode(DomainError):
    """No post office has this pincode."""

    code = "unknown_pincode"
    message = _("We do not know the pincode %(pincode)s. Please check it.")
    status = 400


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere goods may be brought; `latitude` and `longitude` are None where no distance can be measured.

    The offices of some pincodes lie over 25 km apart (data/README.md): such a place has a name and
    no point.
    """

    pincode: str
    name: str
    district: str
    state: str
    latitude: float | None
    longitude: float | None

    @classmethod
    def of(
        cls, *, pincode: str, latitude: float | None = None, longitude: float | None = None
    ) -> Self:
        """The place of a pincode; a point, where one is known, is more exact than the pincode's own.

        Raises UnknownPincode.
        """
        known = _directory(pincode)
        if known is None:
            raise UnknownPincode(pincode=pincode)
        name, district, state, *middle = known
        if latitude is None or longitude is None:
            latitude, longitude = middle
        return cls(pincode, name, district, state, latitude, longitude)

    @property
    def measurable(self) -> bool:
        return self.latitude is not None and self.longitude is not None


def middle_of(pincode: str) -> tuple[float, float] | None:
    """The point of a pincode as (latitude, longitude), if distances may be measured from it."""
    known = _directory(pincode)
    if known is None or known[3] is None or known[4] is None:
        return None
    return known[3], known[4]


def metres_to(point: tuple[float, float]) -> Func:
    """Metres from a store to (latitude, longitude), as the crow flies."""
    return Func(
        "latitude",
        "longitude",
        *map(Value, point),
        function="metres_between",
        output_field=FloatField(),
    )


def circle_may_hold(point: tuple[float, float]) -> Func:
    """Whether the box around a store's delivery circle holds (latitude, longitude)."""
    box = Func("latitude", "longitude", "delivery_radius", function="delivery_box")
    here = Func(_point(*map(Value, point)), function="box")
    return Func(
        box, here, template="(%(expressions)s)", arg_joiner=" @> ", output_field=BooleanField()
    )


def degrees_to(point: tuple[float, float]) -> Func:
    """How far a store is from (latitude, longitude) in degrees, the order of the nearest stores."""
    return Func(
        _point(F("latitude"), F("longitude")),
        _point(*map(Value, point)),
        template="(%(expressions)s)",
        arg_joiner=" <-> ",
        output_field=FloatField(),
    )


def _point(latitude: F | Value, longitude: F | Value) -> Func:
    return Func(longitude, latitude, function="point")


# Post offices are opened and closed by migrations, so what is read once holds for the process.
@lru_cache(maxsize=20_000)
def _directory(
    pincode: str,
) -> tuple[str, str, str, float | None, float | None] | None:
    from stores.shops.models import Pincode

    row = Pincode.objects.filter(pk=pincode).first()
    if row is None:
        return None
    if not row.measurable:
        return row.place, row.district, row.state, None, None
    return row.place, row.district, row.state, row.latitude, row.longitude
