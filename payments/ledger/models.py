"""Double entry per store. Amounts are signed paise: a debit is positive, a credit negative.

Rows of `Txn` and `Leg` are history: only the database function `ledger_post` writes them.
"""

from datetime import date
from typing import Self
from uuid import UUID

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Sum, Value
from django.utils.translation import gettext_lazy as _

from marketplace.core.ids import uuid7
from marketplace.core.money import rupees


class Account(models.TextChoices):
    """The accounts that every store has; what is ours in the deal stands here too, per store."""

    PSP_CLEARING = "psp_clearing", _("money at the payment provider")
    UNAPPLIED_RECEIPTS = "unapplied_receipts", _("receipts not yet applied")
    CUSTOMER_DEPOSIT = "customer_deposit", _("customers' deposits")
    PAYABLE = "payable", _("owed to the shop")
    COMMISSION = "commission", _("commission")
    GST_ON_COMMISSION = "gst_on_commission", _("GST on commission")
    TCS_PAYABLE = "tcs_payable", _("TCS collected")
    TDS_PAYABLE = "tds_payable", _("TDS withheld")
    DELIVERY_FEE = "delivery_fee", _("delivery fees")
    PROMO_EXPENSE = "promo_expense", _("promotions paid by the platform")
    REFUND_IN_TRANSIT = "refund_in_transit", _("refunds on their way")
    DISPUTE_HOLD = "dispute_hold", _("held for disputes")
    PAYOUT_IN_TRANSIT = "payout_in_transit", _("payouts on their way")
    BANK = "bank", _("bank")
    ROUNDING = "rounding", _("rounding of cash bills")
    CASH_WITH_STORE = "cash_with_store", _("cash held by the shop")
    KHATA = "khata", _("khata: owed to the shop by a customer")
    KHATA_CONTRA = "khata_contra", _("khata, contra")

    @property
    def is_debit(self) -> bool:
        """Whether the account normally stands in debit: assets and expenses do."""
        return self in _DEBIT_ACCOUNTS


_DEBIT_ACCOUNTS = frozenset(
    {
        Account.PSP_CLEARING,
        Account.PROMO_EXPENSE,
        Account.BANK,
        Account.CASH_WITH_STORE,
        Account.KHATA,
    }
)
# These are kept per customer: each of their legs names whose.
PERSONAL_ACCOUNTS = (Account.KHATA, Account.KHATA_CONTRA)


class Kind(models.TextChoices):
    """The business facts that are posted."""

    CAPTURE = "capture", _("payment received")
    DELIVERY = "delivery", _("order delivered")
    CASH_DELIVERY = "cash_delivery", _("cash order delivered")
    GOODS_RETURNED = "goods_returned", _("goods returned")
    CASH_GOODS_RETURNED = "cash_goods_returned", _("goods returned, paid back in cash")
    REFUND_STARTED = "refund_started", _("refund started")
    REFUND_DONE = "refund_done", _("refund paid")
    REFUND_FAILED = "refund_failed", _("refund failed")
    LATE_RECEIPT = "late_receipt", _("late or unexpected payment received")
    RECEIPT_APPLIED = "receipt_applied", _("receipt applied to its order")
    SETTLEMENT = "settlement", _("settlement")
    PAYOUT_CONFIRMED = "payout_confirmed", _("payout confirmed")
    PAYOUT_FAILED = "payout_failed", _("payout failed")
    PSP_SETTLEMENT = "psp_settlement", _("provider paid into the bank")
    REVERSAL = "reversal", _("reversal")


class TxnQuerySet(models.QuerySet["Txn"]):
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
            # the balance of an account, from the index alone
            models.Index(
                fields=["store_id", "account"], include=["amount"], name="ledger_leg_balance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {rupees(self.amount)}"


class BalanceQuerySet(models.QuerySet["Balance"]):
    def payable(self, store_id: UUID) -> int:
        """Paise that a shop is owed (negative) or owes (positive)."""
        rows = self.filter(store_id=store_id, account=Account.PAYABLE)
        return int(rows.aggregate(total=Sum("amount"))["total"] or 0)


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


class RateQuerySet(models.QuerySet["Rate"]):
    def in_force(self, day: date) -> Self:
        """The rates that hold on a business date, at most one of each name."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Rate(models.Model):
    """A rate set by law, in basis points, in force from `valid_from` up to but not on `valid_to`."""

    class Name(models.TextChoices):
        GST_ON_COMMISSION = "gst_on_commission", _("GST on commission")
        TDS = "tds", _("TDS, PAN known")
        TDS_WITHOUT_PAN = "tds_without_pan", _("TDS, no PAN")
        TCS = "tcs", _("TCS, shop registered for GST")
        TCS_UNREGISTERED = "tcs_unregistered", _("TCS, shop not registered for GST")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=30, choices=Name)
    bps = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    section = models.CharField(max_length=120)
    source = models.CharField(max_length=240)

    objects = RateQuerySet.as_manager()

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering = ["name", "-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(bps__lte=10_000), name="ledger_rate_at_most_all"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="ledger_rate_ends_after_it_starts",
            ),
            ExclusionConstraint(
                name="ledger_rate_one_at_a_time",
                expressions=[
                    ("name", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            Value("[)"),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.bps} bps"
