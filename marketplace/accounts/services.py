"""Every write about people: signing in by a one-time code, who they are, where they live."""

import re
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.accounts.codes import CODE_LIFETIME, is_right
from marketplace.accounts.erasing import hold_person
from marketplace.accounts.errors import (
    AccountClosed,
    CodeExpired,
    InvalidPhone,
    TooManyCodes,
    UnknownAddress,
    WrongCode,
)
from marketplace.accounts.limits import check_limits, lock_phone, origin
from marketplace.accounts.models import Address, Identity, Person, SignInChallenge
from marketplace.accounts.phones import normalise_phone
from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.errors import InvalidInput
from marketplace.core.locks import busy_when_locked
from marketplace.core.measures import digits_in

__all__ = [
    "AccountClosed",
    "CodeExpired",
    "InvalidPhone",
    "TooManyCodes",
    "UnknownAddress",
    "WrongCode",
    "add_address",
    "change_address",
    "check_code",
    "confirm_sign_in",
    "normalise_phone",
    "register_person",
    "remove_address",
    "set_language",
    "set_name",
    "start_sign_in",
    "use_code",
]

PINCODE = re.compile(r"[1-9][0-9]{5}")


def start_sign_in(*, phone: str, ip: str | None, language: str = "hi") -> SignInChallenge:
    """Send a code to this number, whoever holds it; known or not makes no difference here.

    Raises InvalidPhone, TooManyCodes (params["retry_after"] in seconds), Busy.
    """
    number = normalise_phone(phone)
    address = origin(ip)
    with busy_when_locked(), transaction.atomic():
        moment = now()
        check_limits(phone=number, address=address, at=moment)
        challenge = SignInChallenge.objects.create(
            phone=number,
            address=address,
            language=_language(language),
            created_at=moment,
            expires_at=moment + CODE_LIFETIME,
        )
        outbox.publish("sign_in.code_asked", {"challenge_id": str(challenge.pk)})
    return challenge


def confirm_sign_in(*, challenge_id: UUID, code: str) -> Person:
    """The person who holds the challenge's phone; made now if the number is new.

    Each call uses up one of the challenge's tries, right or wrong. Raises CodeExpired, WrongCode,
    AccountClosed (only to somebody who has proved to hold the number), Busy.
    """
    check_code(challenge_id=challenge_id, code=code)
    with busy_when_locked(), transaction.atomic():
        challenge = use_code(challenge_id=challenge_id)
        person = _person_with(challenge.phone, language=challenge.language)
    if not person.is_active:
        raise AccountClosed
    return person


def check_code(*, challenge_id: UUID, code: str) -> None:
    """Use up one of the challenge's tries. Raises CodeExpired, WrongCode. Not inside a transaction."""
    challenges = SignInChallenge.objects.open().filter(pk=challenge_id)
    # Counted and committed before the code is looked at, so that tries made at once all count.
    if not challenges.update(attempts=F("attempts") + 1):
        raise CodeExpired
    if not is_right(challenge_id, digits_in(code)):
        raise WrongCode


def use_code(*, challenge_id: UUID) -> SignInChallenge:
    """The challenge that was just answered, which answers nothing more. Raises CodeExpired."""
    used = SignInChallenge.objects.filter(pk=challenge_id, confirmed_at=None)
    if not used.update(confirmed_at=now()):
        raise CodeExpired
    return SignInChallenge.objects.get(pk=challenge_id)


def register_person(*, phone: str, name: str = "", language: str = "hi") -> Person:
    """The person with this number, made if new: for staff who know whose number it is.

    An existing person keeps their language, and their name unless they had none. Raises
    InvalidPhone, InvalidInput, Busy.
    """
    number = normalise_phone(phone)
    with busy_when_locked(), transaction.atomic():
        person = _person_with(number, language=_language(language))
        if name and not person.name:
            person.name = _text(name, field="name", longest=120)
            person.save(update_fields=["name"])
    return person


def set_language(*, person_id: UUID, language: str) -> None:
    """The language that pages and messages use from now on. Raises InvalidInput."""
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(field="language", why=_("we do not speak it yet"))
    Person.objects.filter(pk=person_id, erased_at=None).update(language=language)


def set_name(*, person_id: UUID, name: str) -> None:
    """What the person wants to be called. Raises InvalidInput."""
    text = _text(name, field="name", longest=120)
    Person.objects.filter(pk=person_id, erased_at=None).update(name=text)


def set_staff(*, person_id: UUID, is_staff: bool) -> None:
    """Let the person into the staff admin, or no longer."""
    Person.objects.filter(pk=person_id, erased_at=None).update(is_staff=is_staff)


def set_active(*, person_id: UUID, is_active: bool) -> None:
    """Close the account, or open it again; a closed one is signed out at its next request. One that
    was erased stays so."""
    Person.objects.filter(pk=person_id, erased_at=None).update(is_active=is_active)


def add_address(
    *,
    person_id: UUID,
    recipient: str,
    line1: str,
    pincode: str,
    line2: str = "",
    landmark: str = "",
    label: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> Address:
    """Keep an address of this person. Raises InvalidInput naming the field, AccountClosed, Busy."""
    address = Address(person_id=person_id)
    _fill(address, recipient, line1, pincode, line2, landmark, label, latitude, longitude)
    with busy_when_locked(), transaction.atomic():
        hold_person(person_id)
        address.save(force_insert=True)
    return address


def change_address(
    *,
    person_id: UUID,
    address_id: UUID,
    recipient: str,
    line1: str,
    pincode: str,
    line2: str = "",
    landmark: str = "",
    label: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> Address:
    """Replace everything an address says; orders made with it keep what they copied.

    Raises UnknownAddress (also for another person's), InvalidInput.
    """
    with transaction.atomic():
        address = (
            Address.objects.kept_by(person_id)
            .select_for_update(of=("self",), no_key=True)
            .filter(pk=address_id)
            .first()
        )
        if address is None:
            raise UnknownAddress
        _fill(address, recipient, line1, pincode, line2, landmark, label, latitude, longitude)
        address.save()
    return address


def remove_address(*, person_id: UUID, address_id: UUID) -> None:
    """Show the address no more. Raises UnknownAddress (also for another person's)."""
    kept = Address.objects.kept_by(person_id).filter(pk=address_id)
    if not kept.update(removed_at=now()):
        raise UnknownAddress


def _person_with(phone: str, *, language: str) -> Person:
    lock_phone(phone)
    person = Person.objects.with_phone(phone)
    if person is None:
        person = Person.objects.create(language=language)
        Identity.objects.create(
            person=person, kind=Identity.Kind.PHONE, value=phone, verified_at=now()
        )
    return person


def _fill(
    address: Address,
    recipient: str,
    line1: str,
    pincode: str,
    line2: str,
    landmark: str,
    label: str,
    latitude: float | None,
    longitude: float | None,
) -> None:
    address.recipient = _text(recipient, field="recipient", longest=120)
    address.line1 = _text(line1, field="line1", longest=160)
    address.line2 = _text(line2, field="line2", longest=160, required=False)
    address.landmark = _text(landmark, field="landmark", longest=160, required=False)
    address.label = _text(label, field="label", longest=40, required=False)
    address.pincode = digits_in(pincode)
    if not PINCODE.fullmatch(address.pincode):
        raise InvalidInput(field="pincode", why=_("six digits, please, such as 110024"))
    if (latitude is None) != (longitude is None):
        raise InvalidInput(field="latitude", why=_("a point needs both numbers"))
    if latitude is not None and not -90 <= latitude <= 90:
        raise InvalidInput(field="latitude", why=_("it is not on earth"))
    if longitude is not None and not -180 <= longitude <= 180:
        raise InvalidInput(field="longitude", why=_("it is not on earth"))
    address.latitude, address.longitude = latitude, longitude


def _text(raw: str, *, field: str, longest: int, required: bool = True) -> str:
    text = " ".join(raw.split())
    if required and not text:
        raise InvalidInput(field=field, why=_("please fill this in"))
    if len(text) > longest:
        raise InvalidInput(
            field=field, why=_("at most %(longest)d characters") % {"longest": longest}
        )
    return text


def _language(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else "hi"
