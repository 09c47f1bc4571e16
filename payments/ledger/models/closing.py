"""Closed days: nothing is posted to them any more, so their sums and their digest stand for good.

The database functions of migration 0005 write every row here, and nobody changes one.
"""

from datetime import date, timedelta
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Max, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from marketplace.core.ids import uuid7
from marketplace.core.money import rupees
from payments.ledger.models.accounts import PERSONAL_ACCOUNTS, Account


class ClosingQuerySet(models.QuerySet["Closing"]):
    def last_day(self) -> date | None:
        """The last business date that is closed."""
        found: date | None = self.aggregate(day=Max("day"))["day"]
        return found

    def closed_for(self, age: timedelta) -> Self:
        """Days that were closed so long ago, by the database's clock, which wrote it down."""
        return self.filter(closed_at__lt=Now() - age)


class Closing(models.Model):
    """A business date after which the books are closed, for every store: what is posted later for
    this day or an earlier one counts for the next."""

    day = models.DateField(primary_key=True)
    closed_at = models.DateTimeField()

    objects = ClosingQuerySet.as_manager()

    class Meta:
        verbose_name = _("closing")
        verbose_name_plural = _("closings")

    def __str__(self) -> str:
        return str(self.day)


class Seal(models.Model):
    """The digest of all that a store posted on one closed day, chained to its seal before.

    SHA-256 over the previous digest (nothing for the first) and every row of the day, so that a
    changed, added or lost row of any day shows in every later digest (docs/ledger.md).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    day = models.DateField()
    txn_count = models.PositiveIntegerField()
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [
            models.UniqueConstraint(fields=["store_id", "day"], name="ledger_seal_once"),
            models.CheckConstraint(condition=Q(txn_count__gt=0), name="ledger_seal_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {bytes(self.digest).hex()[:12]}"


class DayBalanceQuerySet(models.QuerySet["DayBalance"]):
    def of_account(self, *, store_id: UUID, account: str) -> Self:
        """What one account of a store stood at, day by day."""
        return self.filter(store_id=store_id, account=account)


class DayBalance(models.Model):
    """One account of a store at the end of a sealed day on which it moved, in paise.

    `debits` and `credits` are the day's sums, both positive; `balance` is all that was ever posted
    up to then, a credit negative.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    day = models.DateField()
    account = models.CharField(max_length=20, choices=Account)
    party_id = models.UUIDField(null=True)
    debits = models.BigIntegerField()
    credits = models.BigIntegerField()
    balance = models.BigIntegerField()

    objects = DayBalanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("day's balance")
        verbose_name_plural = _("days' balances")
        constraints = [
            # also: the last balance of an account up to a day
            models.UniqueConstraint(
                fields=["store_id", "account", "party_id", "day"],
                nulls_distinct=False,
                name="ledger_day_balance_once",
            ),
            models.CheckConstraint(
                condition=Q(debits__gte=0, credits__gte=0) & (Q(debits__gt=0) | Q(credits__gt=0)),
                name="ledger_day_balance_moved",
            ),
            models.CheckConstraint(
                condition=Q(account__in=PERSONAL_ACCOUNTS, party_id__isnull=False)
                | (~Q(account__in=PERSONAL_ACCOUNTS) & Q(party_id=None)),
                name="ledger_day_balance_names_party",
            ),
        ]
        indexes = [
            # the whole platform's movements of the days since its last balance
            models.Index(
                fields=["day", "account"],
                include=["debits", "credits"],
                name="ledger_day_balance_by_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.account} {rupees(self.balance)}"


class PlatformBalance(models.Model):
    """An account summed over all stores at the end of a day; `balance` in paise, a credit negative."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField()
    account = models.CharField(max_length=20, choices=Account)
    balance = models.BigIntegerField()

    class Meta:
        verbose_name = _("platform balance")
        verbose_name_plural = _("platform balances")
        constraints = [
            models.UniqueConstraint(fields=["day", "account"], name="ledger_platform_balance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.account} {rupees(self.balance)}"
