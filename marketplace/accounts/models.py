from typing import Any, ClassVar, Self
from uuid import UUID

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import codes
from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from marketplace.core.languages import offered

# What stands where a customer's name stood.
ERASED = _("customer who erased their details")


class PersonManager(BaseUserManager["Person"]):
    def with_phone(self, phone: str) -> "Person | None":
        """The person who has verified this E.164 number, if any."""
        return self.filter(
            identities__kind=Identity.Kind.PHONE,
            identities__value=phone,
            identities__verified_at__isnull=False,
        ).first()

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(pk=UUID(str(username)))


class Person(AbstractBaseUser, PermissionsMixin):
    """Anybody who signs in: customer, shop staff, platform staff. There are no passwords."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=offered, default="hi")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("platform staff"), default=False)
    joined_at = models.DateTimeField(default=now)
    # the row stays for the money that names it, and says nothing any more
    erased_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(name="", is_active=False, is_staff=False, is_superuser=False, last_login=None),
                name="person_erased_says_nothing",
            )
        ]

    def __str__(self) -> str:
        return self.name or (str(ERASED) if self.erased_at else str(self.pk))

    def clean(self) -> None:
        """Django would normalise the user name here, but ours is the id."""

    def get_username(self) -> str:
        return str(self.pk)

    def get_full_name(self) -> str:
        return str(self)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.password:
            self.set_unusable_password()
        super().save(*args, **kwargs)


class Identity(models.Model):
    """A way to reach and recognise a person. Only a verified one belongs to anybody."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("email")
        WHATSAPP = "whatsapp", _("WhatsApp")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=254)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(verified_at__isnull=False),
                name="identity_verified_once",
            ),
            models.UniqueConstraint(
                fields=["person", "kind", "value"], name="identity_once_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class SessionManager(BaseSessionManager["Session"]):
    def get_queryset(self) -> models.QuerySet["Session"]:
        return super().get_queryset().select_related("person")


class Session(AbstractBaseSession):
    """What a browser's cookie stands for, with who signed in there: one statement reads both."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="sessions", null=True)

    objects: ClassVar[SessionManager] = SessionManager()

    @classmethod
    def get_session_store_class(cls) -> Any:
        from marketplace.accounts.sessions import SessionStore

        return SessionStore


class SignInChallengeQuerySet(models.QuerySet["SignInChallenge"]):
    def open(self) -> Self:
        """Challenges that the right code would still answer."""
        return self.filter(
            confirmed_at=None, expires_at__gt=now(), attempts__lt=codes.MOST_ATTEMPTS
        )


class SignInChallenge(models.Model):
    """A request to prove that one holds a phone. The code is derived from the id, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    phone = models.CharField(max_length=16)
    address = models.GenericIPAddressField(null=True)
    language = models.CharField(max_length=5, choices=offered, default="hi")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    objects = SignInChallengeQuerySet.as_manager()

    class Meta:
        indexes = [
            # rate limits: how many codes this phone, this address asked for lately
            models.Index(F("phone"), F("created_at").desc(), name="challenge_by_phone"),
            models.Index(F("address"), F("created_at").desc(), name="challenge_by_address"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AddressQuerySet(models.QuerySet["Address"]):
    def kept_by(self, person_id: UUID) -> Self:
        """Those that the person has not removed, the newest first."""
        return self.filter(person_id=person_id, removed_at=None).order_by("-id")


class Address(models.Model):
    """Where a person wants things brought. Orders copy it; they never point here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="addresses")
    label = models.CharField(_("label"), max_length=40, blank=True)
    recipient = models.CharField(_("name of the recipient"), max_length=120)
    line1 = models.CharField(_("house, floor, street"), max_length=160)
    line2 = models.CharField(_("area"), max_length=160, blank=True)
    landmark = models.CharField(_("landmark"), max_length=160, blank=True)
    pincode = models.CharField(_("pincode"), max_length=6)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    removed_at = models.DateTimeField(null=True)

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("addresses")
        constraints = [
            models.CheckConstraint(
                condition=Q(pincode__regex=r"^[1-9][0-9]{5}$"), name="address_pincode_valid"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line1}, {self.pincode}"
