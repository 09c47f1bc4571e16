"""Whom a notice reaches, and where its links lead."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from marketplace.accounts.models import Identity, Person
from marketplace.notifications.recipients import Recipient
from orders.models import Order
from payments.khata.models import Khata
from stores.shops.models import StaffMember, Store

Role = StaffMember.Role
ORDER_ROLES = (Role.OWNER, Role.MANAGER, Role.HELPER)


def customer(order: Order) -> Recipient:
    """Whoever the order is for, at the number given with it, in their own language."""
    person = (
        Person.objects.filter(pk=order.person_id, erased_at=None).first()
        if order.person_id is not None
        else None
    )
    return Recipient(
        language=person.language if person else order.language,
        person_id=person.pk if person else None,
        phone=order.contact_phone,
    )


def signed_in(person_id: UUID) -> Recipient:
    """A person at the number that they sign in with, in their own language."""
    person = Person.objects.prefetch_related("identities").get(pk=person_id)
    return Recipient(
        language=person.language,
        person_id=person.pk,
        phone=_verified(person, Identity.Kind.PHONE),
    )


def khata_customer(khata: Khata) -> Recipient:
    """Whose khata it is, at the number that the shop knows; in Hindi until they have told us another."""
    person = Person.objects.with_phone(khata.phone)
    return Recipient(
        language=person.language if person else "hi",
        person_id=person.pk if person else None,
        phone=khata.phone,
    )


def shop_staff(store_id: UUID, roles: Sequence[str]) -> list[Recipient]:
    """The shop's people in these roles who are still active."""
    return [
        Recipient(
            language=member.person.language,
            person_id=member.person_id,
            phone=_verified(member.person, Identity.Kind.PHONE),
        )
        for member in StaffMember.objects.filter(
            store_id=store_id, role__in=roles, person__is_active=True
        )
        .select_related("person")
        .prefetch_related("person__identities")
        .order_by("pk")
    ]


def customer_link(order: Order) -> str:
    return f"{settings.BASE_URL}/orders/{order.pk}/"


def shop_link(store: Store, page: str) -> str:
    return f"{settings.BASE_URL}/dashboard/{store.pk}/{page}"


def _verified(person: Person, kind: Identity.Kind) -> str:
    for identity in person.identities.all():
        if identity.kind == kind and identity.verified_at:
            return str(identity.value)
    return ""
