"""Everything that changes a shop. Money in paise, distances in metres, rates in basis points."""

from datetime import date
from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.erasing import hold_person
from marketplace.core.errors import DomainError, InvalidInput, NotAllowed
from stores.shops.models import StaffMember, Store

Hours = dict[str, list[list[str]]]


class UnknownStore(DomainError):
    """There is no such store, or the asker may not know of it."""

    code = "unknown_store"
    message = _("There is no such shop.")
    status = 404


class LastOwner(DomainError):
    """A store always has an owner."""

    code = "last_owner"
    message = _("A shop needs at least one owner.")


class StoreFields(TypedDict, total=False):
    """What is known of a shop; see the model for units."""

    name: str
    name_hi: str
    legal_name: str
    phone: str
    line1: str
    locality: str
    city: str
    state: str
    pincode: str
    latitude: float
    longitude: float
    hours: Hours
    offers_delivery: bool
    offers_pickup: bool
    delivery_radius: int
    delivery_pincodes: list[str]
    minimum_order: int
    delivery_fee: int
    free_delivery_from: int | None
    accept_minutes: int
    return_days: int
    tax_status: str
    gstin: str
    pan: str
    fssai: str
    payout_vpa: str
    commission_bps: int


@transaction.atomic
def open_store(*, owner_id: UUID, slug: str = "", **fields: Unpack[StoreFields]) -> Store:
    """Enter a new shop with its owner; it sells once staff approve it.

    Raises InvalidInput naming the field, AccountClosed.
    """
    store = Store(slug=slug, **fields)
    store.slug = slug or _free_slug(store)
    _check(store)
    hold_person(owner_id)
    store.save(force_insert=True)
    StaffMember.objects.create(store=store, person_id=owner_id, role=StaffMember.Role.OWNER)
    return store


@transaction.atomic
def change_store(*, store_id: UUID, **fields: Unpack[StoreFields]) -> Store:
    """Change what is known of a shop; fields not given stay. Raises InvalidInput, UnknownStore."""
    store = _locked(store_id)
    for name, value in fields.items():
        setattr(store, name, value)
    _check(store)
    store.save(update_fields=[*fields, "pan"])
    return store


@transaction.atomic
def approve_store(*, store_id: UUID) -> Store:
    """Let a shop sell, after platform staff have seen its papers; also ends a suspension."""
    return _set_status(store_id, Store.Status.ACTIVE)


@transaction.atomic
def suspend_store(*, store_id: UUID) -> Store:
    """Take a shop off the marketplace: no new orders; those placed are still delivered and settled."""
    return _set_status(store_id, Store.Status.SUSPENDED)


@transaction.atomic
def set_accepting_orders(*, store_id: UUID, accepting: bool) -> Store:
    """Throw the open/closed switch: off takes no new orders, whatever the hours say."""
    store = _locked(store_id)
    store.accepting_orders = accepting
    store.save(update_fields=["accepting_orders"])
    return store


def set_hours(*, store_id: UUID, hours: Hours) -> Store:
    """Set the week's hours: `{"mon": [["07:00", "22:00"]], ...}`; a day left out is closed.

    Raises InvalidInput.
    """
    return change_store(store_id=store_id, hours=hours)


@transaction.atomic
def add_holiday(*, store_id: UUID, day: date) -> Store:
    """Close the shop for one whole day in India; a day already there changes nothing."""
    store = _locked(store_id)
    store.holidays = sorted({*store.holidays, day})
    store.save(update_fields=["holidays"])
    return store


@transaction.atomic
def remove_holiday(*, store_id: UUID, day: date) -> Store:
    """Open on that day after all."""
    store = _locked(store_id)
    store.holidays = [other for other in store.holidays if other != day]
    store.save(update_fields=["holidays"])
    return store


@transaction.atomic
def add_staff(*, store_id: UUID, person_id: UUID, role: str) -> StaffMember:
    """Give a person a role in the store, or another one. Raises LastOwner, InvalidInput, AccountClosed."""
    if role not in StaffMember.Role.values:
        raise InvalidInput(field="role", why=_("It is owner, manager or helper."))
    hold_person(person_id)
    _locked(store_id)
    if role != StaffMember.Role.OWNER:
        _keep_an_owner(store_id, without=person_id)
    member, _created = StaffMember.objects.update_or_create(
        store_id=store_id, person_id=person_id, defaults={"role": role}
    )
    return member


@transaction.atomic
def remove_staff(*, store_id: UUID, person_id: UUID) -> None:
    """The person no longer works in the store; a stranger changes nothing. Raises LastOwner."""
    _locked(store_id)
    _keep_an_owner(store_id, without=person_id)
    StaffMember.objects.filter(store_id=store_id, person_id=person_id).delete()


def require_role(*, store_id: UUID, person_id: UUID, roles: set[str]) -> str:
    """The person's role in the store, when it is one of `roles`.

    Raises UnknownStore for a stranger, who learns nothing, and NotAllowed for other staff.
    """
    role = StaffMember.objects.role_in(store_id, person_id)
    if role is None:
        raise UnknownStore
    if role not in roles:
        raise NotAllowed
    return role


def _locked(store_id: UUID) -> Store:
    store = Store.objects.filter(pk=store_id).select_for_update(of=("self",), no_key=True).first()
    if store is None:
        raise UnknownStore
    return store


def _set_status(store_id: UUID, status: str) -> Store:
    store = _locked(store_id)
    store.status = status
    store.save(update_fields=["status"])
    return store


def _keep_an_owner(store_id: UUID, *, without: UUID) -> None:
    owners = set(
        StaffMember.objects.filter(store_id=store_id, role=StaffMember.Role.OWNER).values_list(
            "person_id", flat=True
        )
    )
    if owners == {without}:
        raise LastOwner


def _free_slug(store: Store) -> str:
    wanted = slugify(f"{store.name} {store.locality}")[:70] or "shop"
    taken = set(Store.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number = 1
    slug = wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _check(store: Store) -> None:
    """Raise InvalidInput for the first field that cannot be right; a GSTIN brings its PAN along."""
    if store.gstin and not store.pan:
        store.pan = store.gstin[2:12]
    if store.tax_status != Store.TaxStatus.UNREGISTERED and not store.gstin:
        raise InvalidInput(field="gstin", why=_("A registered shop has a GSTIN."))
    if store.gstin and store.gstin[2:12] != store.pan:
        raise InvalidInput(field="pan", why=_("The GSTIN contains another PAN."))
    try:
        store.full_clean()
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise InvalidInput(field=field, why=problems[0]) from error
