"""What customers owe a shop, in its khata. Amounts are paise.

The debt is the shop's own: it stands in the ledger against its contra, and Nukkad never pays it out.
"""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import ERASED, Identity
from marketplace.core.clock import now
from marketplace.core.ids import uuid7


class KhataQuerySet(models.QuerySet["Khata"]):
    def of_store(self, store_id: UUID) -> Self:
        """A shop's khatas by name, closed ones too."""
        return self.filter(store_id=store_id).order_by("name", "id")

    def open(self) -> Self:
        """Khatas on which can still be bought."""
        return self.filter(closed_at=None)

    def of_person(self, person_id: UUID) -> Self:
        """The khatas, in any shop, of the numbers that this person has proven to have."""
        proven = Identity.objects.filter(
            person_id=person_id, kind=Identity.Kind.PHONE, verified_at__isnull=False
        )
        return self.filter(phone__in=proven.values("value")).order_by("id")

    def to_remind(self, at: datetime) -> Self:
        """Khatas whose customers may have to be reminded by now."""
        return self.open().filter(remind_at__lte=at).order_by("remind_at")

    def locked(self) -> Self:
        """Held until the transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)


class Khata(models.Model):
    """A customer whom a shop gives credit up to `limit`; its id is the party on the ledger's legs."""

    # what a shop may choose from
    REMIND_EVERY = (7, 15, 30)
    # nobody is asked for money twice in so short a time
    SELDOM = timedelta(days=3)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=16)
    limit = models.BigIntegerField()
    # days for which something is owed until the customer is reminded by itself, and when next to look
    remind_every = models.PositiveSmallIntegerField(null=True)
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    opened_by = models.CharField(max_length=60)
    opened_at = models.DateTimeField(default=now)
    closed_at = models.DateTimeField(null=True)

    objects = KhataQuerySet.as_manager()

    class Meta:
        verbose_name = _("khata")
        verbose_name_plural = _("khatas")
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "phone"],
                condition=Q(closed_at=None),
                name="khata_open_once_per_phone",
            ),
            models.CheckConstraint(condition=Q(limit__gte=0), name="khata_limit_not_negative"),
        ]
        indexes = [
            # the shop's Khata screen
            models.Index(fields=["store_id", "name"], name="khata_of_store"),
            # a customer's own khatas
            models.Index(fields=["phone"], name="khata_of_phone"),
            # the reminders
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="khata_to_remind",
            ),
        ]

    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """Whose khata it is, as the shop knows them."""
        return self.name if self.phone else str(ERASED)

    @property
    def may_be_reminded(self) -> bool:
        return self.reminded_at is None or self.reminded_at + self.SELDOM <= now()


class EntryQuerySet(models.QuerySet["KhataEntry"]):
    def of(self, khata: Khata) -> Self:
        """What was written in one khata, newest first."""
        return self.filter(store_id=khata.store_id, khata=khata).order_by("-id")


class KhataEntry(models.Model):
    """A line of a khata: positive is owed, negative paid back. Append-only, like its posting."""

    class Kind(models.TextChoices):
        SALE = "sale", _("bought at the counter")
        ORDER = "order", _("ordered")
        RETURN = "return", _("brought back")
        CARRIED = "carried", _("carried over")
        CASH = "cash", _("paid back in cash")
        UPI = "upi", _("paid back by UPI")
        UNDONE = "undone", _("struck out")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    khata = models.ForeignKey(Khata, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=7, choices=Kind)
    amount = models.BigIntegerField()
    # what was owed after it, and the limit when it was written
    after = models.BigIntegerField()
    limit = models.BigIntegerField()
    # names the request, so that it happens once
    key = models.CharField(max_length=120)
    # the sale, order or return that it is about
    reference = models.UUIDField(null=True)
    txn_id = models.UUIDField()
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    note = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField(default=now)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("khata entry")
        verbose_name_plural = _("khata entries")
        constraints = [
            models.UniqueConstraint(fields=["store_id", "key"], name="khata_entry_once_per_key"),
            models.CheckConstraint(condition=~Q(amount=0), name="khata_entry_moves_money"),
            models.CheckConstraint(
                condition=Q(kind="undone", undoes__isnull=False)
                | (~Q(kind="undone") & Q(undoes=None)),
                name="khata_entry_undone_names_it",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["sale", "order", "carried"], amount__gt=0)
                | Q(kind__in=["cash", "upi", "return"], amount__lt=0)
                | Q(kind="undone"),
                name="khata_entry_on_its_side",
            ),
            models.CheckConstraint(condition=Q(after__gte=0), name="khata_entry_not_paid_too_much"),
            # an order met the limit of the day on which it was placed
            models.CheckConstraint(
                condition=Q(after__lte=F("limit")) | ~Q(kind__in=["sale", "carried"]),
                name="khata_entry_within_limit",
            ),
        ]
        indexes = [
            # one khata's page; what is oldest of a shop's debts
            models.Index(F("store_id"), F("khata"), F("id").desc(), name="khata_entry_of_khata"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    @property
    def can_be_undone(self) -> bool:
        """What was written by hand; a sale is made good by paying it."""
        return self.kind in (self.Kind.CARRIED, self.Kind.CASH) and not hasattr(self, "undone_by")


class PromiseQuerySet(models.QuerySet["KhataPromise"]):
    def of(self, khata: Khata) -> Self:
        """What one khata will owe once its orders are delivered."""
        return self.filter(store_id=khata.store_id, khata=khata)


class KhataPromise(models.Model):
    """Credit set aside for an order on its way, `reference`: it becomes an entry with the delivery, and
    goes when the order is called off. Changed only under its order's lock."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    khata = models.ForeignKey(Khata, models.PROTECT, related_name="promises")
    reference = models.UUIDField()
    amount = models.BigIntegerField()

    objects = PromiseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store_id", "reference"], name="khata_promise_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="khata_promise_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"
