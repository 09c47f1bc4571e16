from datetime import date, datetime, time, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Self
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import F, FloatField, Q, Value
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import INDIA, now
from marketplace.core.ids import uuid7
from marketplace.core.rows import load, select_list
from stores.shops.places import circle_may_hold, degrees_to, metres_to, middle_of
from stores.shops.validators import (
    WEEKDAYS,
    validate_fssai,
    validate_gstin,
    validate_hours,
    validate_pan,
    validate_phone,
    validate_pincode,
    validate_vpa,
)

PINCODE = r"^[1-9][0-9]{5}$"


def metres_between(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> float:
    """The great-circle distance (haversine, on a sphere of 6,371 km)."""
    a, b = radians(latitude), radians(other_latitude)
    across = sin((b - a) / 2) ** 2
    across += cos(a) * cos(b) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(across))


class Pincode(models.Model):
    """A postal area. `measurable` says whether its point is good enough to measure distance from."""

    code = models.CharField(primary_key=True, max_length=6)
    place = models.CharField(max_length=80)
    district = models.CharField(max_length=80)
    state = models.CharField(max_length=60)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    measurable = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.code} {self.place}"


_NO_DISTANCE = Value(None, output_field=FloatField())


class StoreQuerySet(models.QuerySet["Store"]):
    def active(self) -> Self:
        """Stores that staff have approved and not suspended."""
        return self.filter(status=Store.Status.ACTIVE)

    def active_at(self, slug: str) -> "Store | None":
        """The active store at this address, which every page of a shop begins with: plain SQL,
        since putting the query together costs more than running it."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {select_list(Store, 's')} FROM shops_store s"
                " WHERE s.slug = %s AND s.status = %s",
                [slug, Store.Status.ACTIVE.value],
            )
            row = cursor.fetchone()
        return load(Store, row) if row else None

    def staffed_by(self, person_id: UUID) -> Self:
        """Stores in which this person works, in any role."""
        return self.filter(staff__person_id=person_id)

    def delivering_to(
        self, *, pincode: str = "", latitude: float | None = None, longitude: float | None = None
    ) -> Self:
        """Active stores that bring goods to this place, by its pincode or because it lies in their circle,
        nearest first.

        Without a point, the pincode's own is used where it may be measured from. Annotates
        `distance` in metres, None where there is no point. One query, whatever the number of stores.
        """
        listed = Q(delivery_pincodes__contains=[pincode])
        stores = self.active().filter(offers_delivery=True)
        point = _point(pincode, latitude, longitude)
        if point is None:
            return stores.filter(listed).annotate(distance=_NO_DISTANCE).order_by("name", "id")
        return (
            stores.annotate(distance=metres_to(point))
            # the index finds the circles whose bounding box holds the point; the distance decides
            .filter(
                listed
                | Q(
                    circle_may_hold(point),
                    delivery_radius__gt=0,
                    distance__lte=F("delivery_radius"),
                )
            )
            .order_by(F("distance"), "id")
        )

    def nearest_to(
        self, *, pincode: str = "", latitude: float | None = None, longitude: float | None = None
    ) -> Self:
        """Active stores, nearest first, for a place that nobody serves; slice it.

        Nearest as degrees go, which is close enough to show; `distance` is exact metres. Without a
        point: the stores of the same sorting district, the pincode's first three digits.
        """
        point = _point(pincode, latitude, longitude)
        if point is None:
            district = pincode[:3]
            return (
                self.active()
                .filter(pincode__gte=f"{district}000", pincode__lte=f"{district}999")
                .annotate(distance=_NO_DISTANCE)
                .order_by("pincode", "name")
            )
        return self.active().annotate(distance=metres_to(point)).order_by(degrees_to(point))


def _point(
    pincode: str, latitude: float | None, longitude: float | None
) -> tuple[float, float] | None:
    if latitude is not None and longitude is not None:
        return latitude, longitude
    return middle_of(pincode) if pincode else None


class Store(models.Model):
    """A neighbourhood shop. Money in paise, distances in metres, rates in basis points."""

    class Status(models.TextChoices):
        ONBOARDING = "onboarding", _("onboarding")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")

    class TaxStatus(models.TextChoices):
        REGULAR = "regular", _("GST registered, regular")
        COMPOSITION = "composition", _("GST registered, composition")
        UNREGISTERED = "unregistered", _("not registered for GST")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.ONBOARDING)
    name = models.CharField(_("name"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120, blank=True)
    legal_name = models.CharField(_("name of the seller"), max_length=160)
    phone = models.CharField(_("phone"), max_length=16, validators=[validate_phone])
    line1 = models.CharField(_("shop, street"), max_length=160)
    locality = models.CharField(_("locality"), max_length=120)
    city = models.CharField(_("city"), max_length=80)
    state = models.CharField(_("state"), max_length=60)
    pincode = models.CharField(_("pincode"), max_length=6, validators=[validate_pincode])
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))

    accepting_orders = models.BooleanField(_("taking orders"), default=True)
    # {"mon": [["07:00", "22:00"]], ...}: spans of each day, none when closed; 24:00 is midnight
    hours = models.JSONField(_("hours"), default=dict, blank=True, validators=[validate_hours])
    holidays = ArrayField(models.DateField(), default=list, blank=True)

    offers_delivery = models.BooleanField(_("delivers"), default=True)
    offers_pickup = models.BooleanField(_("lets customers collect"), default=True)
    delivery_radius = models.PositiveIntegerField(_("delivery radius (metres)"), default=0)
    delivery_pincodes = ArrayField(
        models.CharField(max_length=6, validators=[validate_pincode]), default=list, blank=True
    )
    minimum_order = models.BigIntegerField(_("minimum order"), default=0)
    delivery_fee = models.BigIntegerField(_("delivery fee"), default=0)
    free_delivery_from = models.BigIntegerField(_("free delivery from"), null=True, blank=True)
    # how long the shop may think about a new order, and the customer about giving goods back
    accept_minutes = models.PositiveSmallIntegerField(
        _("minutes to accept an order"),
        default=15,
        validators=[MinValueValidator(2), MaxValueValidator(240)],
    )
    return_days = models.PositiveSmallIntegerField(
        _("days to return goods"), default=2, validators=[MaxValueValidator(60)]
    )

    tax_status = models.CharField(max_length=12, choices=TaxStatus)
    gstin = models.CharField(_("GSTIN"), max_length=15, blank=True, validators=[validate_gstin])
    pan = models.CharField(_("PAN"), max_length=10, blank=True, validators=[validate_pan])
    fssai = models.CharField(
        _("FSSAI licence"), max_length=14, blank=True, validators=[validate_fssai]
    )
    payout_vpa = models.CharField(
        _("UPI id for payouts"), max_length=255, validators=[validate_vpa]
    )
    commission_bps = models.PositiveIntegerField(_("commission (basis points)"), default=300)
    created_at = models.DateTimeField(default=now)

    objects = StoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.CheckConstraint(condition=Q(pincode__regex=PINCODE), name="store_pincode_valid"),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="store_point_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(commission_bps__lte=10_000), name="store_commission_at_most_all"
            ),
            models.CheckConstraint(
                condition=Q(minimum_order__gte=0, delivery_fee__gte=0),
                name="store_fees_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(tax_status="unregistered", gstin="") | ~Q(gstin=""),
                name="store_gstin_when_registered",
            ),
            models.CheckConstraint(
                condition=Q(accept_minutes__gte=2, accept_minutes__lte=240, return_days__lte=60),
                name="store_timers_sensible",
            ),
        ]
        indexes = [
            # who delivers to this pincode; the radius has its own index on the circle's bounding
            # box, made by hand in the first migration
            GinIndex(fields=["delivery_pincodes"], name="store_delivery_pincodes"),
            # the nearest shops to a place nobody serves
            models.Index(F("pincode"), name="store_by_pincode"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def takes_orders(self) -> bool:
        """Whether the shop sells at all just now, be it for a later hour."""
        return self.accepting_orders and self.status == self.Status.ACTIVE

    def is_open(self, at: datetime | None = None) -> bool:
        """Whether the shop takes orders at this instant: switch on, no holiday, within its hours."""
        return self.takes_orders and self.within_hours(at)

    def within_hours(self, at: datetime | None = None) -> bool:
        """Whether somebody is in the shop at this instant, selling or not."""
        local = (at or now()).astimezone(INDIA)
        if local.date() in self.holidays:
            return False
        at_clock = local.strftime("%H:%M")
        spans = self.hours.get(WEEKDAYS[local.weekday()], [])
        return any(opens <= at_clock < closes for opens, closes in spans)

    def open_throughout(self, day: date, starts: time, ends: time) -> bool:
        """Whether this span of the day lies within the shop's hours, holidays apart."""
        spans = self.hours.get(WEEKDAYS[day.weekday()], [])
        first, last = f"{starts:%H:%M}", f"{ends:%H:%M}"
        return any(opens <= first and last <= closes for opens, closes in spans)

    def opens_next(self, at: datetime | None = None) -> datetime | None:
        """When the shop's hours begin next, within a week; None if they do not, or orders are off."""
        return self.hours_begin_next(at) if self.takes_orders else None

    def hours_begin_next(self, at: datetime | None = None) -> datetime | None:
        """When the shop's hours begin next, within a week, whether or not it takes orders."""
        local = (at or now()).astimezone(INDIA)
        for days in range(8):
            day = local.date() + timedelta(days=days)
            if day in self.holidays:
                continue
            for opens, _closes in self.hours.get(WEEKDAYS[day.weekday()], []):
                moment = datetime.combine(day, time.fromisoformat(opens), INDIA)
                if moment > local:
                    return moment
        return None

    def delivers_to(
        self, *, pincode: str, latitude: float | None = None, longitude: float | None = None
    ) -> bool:
        """Whether the shop brings goods to this place; the same rule as `delivering_to`."""
        if not self.offers_delivery:
            return False
        if pincode in self.delivery_pincodes:
            return True
        point = _point(pincode, latitude, longitude)
        return point is not None and (
            metres_between(self.latitude, self.longitude, *point) <= self.delivery_radius
        )

    def fee_for(self, items_total: int) -> int:
        """The delivery fee, in paise, on goods of `items_total` paise."""
        if self.free_delivery_from is not None and items_total >= self.free_delivery_from:
            return 0
        return self.delivery_fee

    @property
    def address(self) -> str:
        return f"{self.line1}, {self.locality}, {self.city} {self.pincode}"


class StaffQuerySet(models.QuerySet["StaffMember"]):
    def role_in(self, store_id: UUID, person_id: UUID) -> str | None:
        """What the person is in the store: owner, manager or helper; None for a stranger."""
        return (
            self.filter(store_id=store_id, person_id=person_id)
            .values_list("role", flat=True)
            .first()
        )


class StaffMember(models.Model):
    """What a person may do in a store: owner everything, manager no money, helper only orders."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        MANAGER = "manager", _("manager")
        HELPER = "helper", _("helper")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="staff")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs")
    role = models.CharField(max_length=8, choices=Role)

    objects = StaffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "person"], name="staff_one_role_per_store")
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.role})"


class DeliverySlotQuerySet(models.QuerySet["DeliverySlot"]):
    def active(self) -> Self:
        """Slots that customers may choose."""
        return self.filter(active=True)


class DeliverySlot(models.Model):
    """A span of a weekday in which the shop brings or hands over at most `capacity` orders.

    `weekday` counts from Monday, 0. Nobody can take it later than `cut_off` minutes before its start.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"))
    capacity = models.PositiveSmallIntegerField(_("orders at most"))
    cut_off = models.PositiveSmallIntegerField(_("minutes of notice"), default=60)
    active = models.BooleanField(default=True)

    objects = DeliverySlotQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "starts"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "weekday", "starts"],
                condition=Q(active=True),
                name="slot_once_per_start",
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6, starts__lt=F("ends"), capacity__gt=0),
                name="slot_makes_sense",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts:%H:%M}-{self.ends:%H:%M}"


class SlotDay(models.Model):
    """How many orders have taken a slot on one day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    slot = models.ForeignKey(DeliverySlot, models.CASCADE, related_name="days")
    day = models.DateField()
    taken = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "slot", "day"], name="slot_day_once"),
            models.CheckConstraint(condition=Q(taken__gte=0), name="slot_day_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.taken}"
