"""Business facts in money, and their legs: history that only `ledger_post` writes."""

from datetime import date
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from marketplace.core.ids import uuid7
from marketplace.core.money import rupees
from payments.ledger.models.accounts import PERSONAL_ACCOUNTS, Account, Kind


class TxnQuerySet(models.QuerySet["Txn"]):
    def of_day(self, day: date, store_id: UUID | None = None) -> Self:
        """What was posted on a business date, by one store or by all, in the order of posting."""
        found = self.filter(business_date=day)
        return (found.filter(store_id=store_id) if store_id else found).order_by("posted_at", "id")

    def about(self, *, store_id: UUID, reference: UUID) -> Self:
        """Every posting about one order, attempt or payout of a store, oldest first."""
        return self.filter(store_id=store_id, reference=reference).order_by("posted_at", "id")


class Txn(models.Model):
    """One business fact in money: at least two legs that sum to zero."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    idempotency_key = models.CharField(max_length=200)
    # SHA-256 of what is posted, by which a repeated request is told from a reused key
    request_hash = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=30, choices=Kind)
    business_date = models.DateField()
    effective_at = models.DateTimeField()
    posted_at = models.DateTimeField()
    reference = models.UUIDField(null=True)
    reverses = models.UUIDField(null=True)
    leg_count = models.PositiveSmallIntegerField()

    objects = TxnQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "idempotency_key"], name="ledger_txn_once_per_key"
            ),
            models.UniqueConstraint(
                fields=["store_id", "reverses"],
                condition=Q(reverses__isnull=False),
                name="ledger_txn_reversed_once",
            ),
            models.CheckConstraint(condition=~Q(idempotency_key=""), name="ledger_txn_has_key"),
            models.CheckConstraint(
                condition=Q(kind=Kind.REVERSAL, reverses__isnull=False)
                | (~Q(kind=Kind.REVERSAL) & Q(reverses=None)),
                name="ledger_txn_reversal_names_original",
            ),
            models.CheckConstraint(condition=Q(leg_count__gte=2), name="ledger_txn_has_legs"),
        ]
        indexes = [
            # every posting about one order, for its statement and the staff admin
            models.Index(
                F("store_id"),
                F("reference"),
                condition=Q(reference__isnull=False),
                name="ledger_txn_about",
            ),
            # the days and shops to be sealed; a day's journal
            models.Index(fields=["business_date", "store_id"], name="ledger_txn_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.idempotency_key}"


class LegQuerySet(models.QuerySet["Leg"]):
    def of_account(self, *, store_id: UUID, account: str) -> Self:
        """What was debited and credited to one account of a store."""
        return self.filter(store_id=store_id, account=account)

    def balance(self) -> int:
        """The sum of these legs in paise; negative is a credit."""
        return int(self.aggregate(total=Sum("amount"))["total"] or 0)


class Leg(models.Model):
    """A debit (positive paise) or credit (negative) of one account, line `n` of its transaction."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    # No foreign key in the database: `ledger_leg_complete` checks a whole transaction's legs in
    # one statement, and a key without store_id could not be distributed by store.
    txn = models.ForeignKey(
        Txn, models.PROTECT, related_name="legs", db_constraint=False, db_index=False
    )
    n = models.PositiveSmallIntegerField()
    # its transaction's, repeated so that an account is read by day from one index
    business_date = models.DateField()
    account = models.CharField(max_length=20, choices=Account)
    party_id = models.UUIDField(null=True)
    amount = models.BigIntegerField()

    objects = LegQuerySet.as_manager()

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["store_id", "txn", "n"], name="ledger_leg_line_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_leg_moves_money"),
            models.CheckConstraint(
                condition=Q(account__in=Account.values), name="ledger_leg_account_known"
            ),
            models.CheckConstraint(
                condition=Q(account__in=PERSONAL_ACCOUNTS, party_id__isnull=False)
                | (~Q(account__in=PERSONAL_ACCOUNTS) & Q(party_id=None)),
                name="ledger_leg_names_party_of_khata",
            ),
        ]
        indexes = [
            # an account since its last sealed day, from the index alone; its statement
            models.Index(
                fields=["store_id", "account", "business_date"],
                include=["party_id", "amount"],
                name="ledger_leg_of_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {rupees(self.amount)}"
