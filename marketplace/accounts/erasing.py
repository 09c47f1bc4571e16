"""What becomes of a person who has us forget them: a row that says nothing, for the money that names it."""

from uuid import UUID

from django.contrib.admin.models import LogEntry

from marketplace.accounts.errors import AccountClosed
from marketplace.accounts.limits import lock_phone
from marketplace.accounts.models import ERASED, Address, Identity, Person, Session
from marketplace.core.clock import now


def hold_person(person_id: UUID) -> Person:
    """Keep the person from being erased until the caller's transaction ends. Raises AccountClosed."""
    person = (
        Person.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=person_id, erased_at=None)
        .first()
    )
    if person is None:
        raise AccountClosed
    return person


def lock_to_erase(person_id: UUID) -> tuple[Person, list[str]]:
    """The person and the numbers they have proven to have, kept from everybody: from who signs in,
    orders, or gives them a job. The first lock of an erasure. Raises AccountClosed."""
    for phone in sorted(_phones(person_id)):
        lock_phone(phone)
    person = (
        Person.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=person_id, is_active=True, erased_at=None)
        .first()
    )
    if person is None:
        raise AccountClosed
    return person, _phones(person_id)


def forget_person(person: Person) -> None:
    """Empty the locked row and delete what hangs on it; every session ends with the password that is
    nobody's, and the numbers are free to sign up anew."""
    Address.objects.filter(person=person).delete()
    Identity.objects.filter(person=person).delete()
    Session.objects.filter(person=person).delete()
    person.name, person.last_login = "", None
    person.is_active = False
    person.erased_at = now()
    person.set_unusable_password()
    person.save(update_fields=["name", "last_login", "is_active", "erased_at", "password"])
    # staff who changed something of this person's left the name in their log
    LogEntry.objects.filter(
        content_type__app_label="accounts", content_type__model="person", object_id=str(person.pk)
    ).update(object_repr=str(ERASED))


def _phones(person_id: UUID) -> list[str]:
    proven = Identity.objects.filter(
        person_id=person_id, kind=Identity.Kind.PHONE, verified_at__isnull=False
    )
    return list(proven.order_by("value").values_list("value", flat=True))
