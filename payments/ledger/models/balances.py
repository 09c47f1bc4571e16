"""What decisions need to know at once: written by `ledger_post` together with the legs."""

from datetime import date
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from marketplace.core.ids import uuid7
from marketplace.core.money import rupees
from payments.ledger.models.accounts import Account
from payments.ledger.models.postings import Leg


class BalanceQuerySet(models.QuerySet["Balance"]):
    def payable(self, store_id: UUID) -> int:
        """Paise that a shop is owed (negative) or owes (positive)."""
        rows = self.filter(store_id=store_id, account=Account.PAYABLE)
        return int(rows.aggregate(total=Sum("amount"))["total"] or 0)

    def stores_with_payable(self) -> list[UUID]:
        """Every store that was ever owed something or owed us."""
        rows = self.filter(account=Account.PAYABLE).order_by("store_id")
        return list(rows.values_list("store_id", flat=True).distinct())


class Balance(models.Model):
    """The running sum of an account's legs, changed by `ledger_post` with the legs themselves.

    Kept for what decisions depend on: the shop's payable (negative is owed to the shop, positive
    is owed by it) and, per customer, khata. A payable is the sum of its slots: a posting that
    finds one held by another takes the next, so a busy shop's orders do not wait for each other's
    commits. An account with a limit has one slot only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    account = models.CharField(max_length=20, choices=Account)
    party_id = models.UUIDField(null=True)
    slot = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField()

    objects = BalanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "account", "party_id", "slot"],
                nulls_distinct=False,
                name="ledger_balance_once",
            ),
            models.CheckConstraint(
                condition=Q(account=Account.PAYABLE, party_id=None, slot__lt=16)
                | Q(account=Account.KHATA, party_id__isnull=False, slot=0),
                name="ledger_balance_of_stored_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {rupees(self.amount)}"


class UnsettledLegQuerySet(models.QuerySet["UnsettledLeg"]):
    def up_to(self, *, store_id: UUID, day: date) -> Self:
        """A store's payable legs of business dates up to `day` that no settlement has taken."""
        return self.filter(store_id=store_id, business_date__lte=day).order_by(
            "business_date", "leg_id"
        )

    def stores_up_to(self, day: date) -> list[UUID]:
        """Stores with something to settle for business dates up to `day`."""
        return list(
            self.filter(business_date__lte=day)
            .order_by("store_id")
            .values_list("store_id", flat=True)
            .distinct()
        )


class UnsettledLeg(models.Model):
    """A payable leg still to be settled: the queue that spares settlement a store's history.

    `ledger_post` adds the row with its leg and removes it with the settlement that takes it, so
    the queue always sums to the payable balance.
    """

    leg = models.OneToOneField(
        Leg, models.PROTECT, primary_key=True, related_name="unsettled", db_constraint=False
    )
    store_id = models.UUIDField()
    business_date = models.DateField()
    amount = models.BigIntegerField()

    objects = UnsettledLegQuerySet.as_manager()

    class Meta:
        verbose_name = _("unsettled leg")
        verbose_name_plural = _("unsettled legs")
        indexes = [
            # what a store's next settlement takes
            models.Index(fields=["store_id", "business_date"], name="ledger_unsettled_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {rupees(self.amount)}"
