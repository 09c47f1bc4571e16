"""What each shop is paid, when and why. Amounts are paise in the shop's favour."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from payments.ledger.models import Leg


class SettlementQuerySet(models.QuerySet["Settlement"]):
    def of_store(self, store_id: UUID) -> Self:
        """A shop's settlements, newest first."""
        return self.filter(store_id=store_id).order_by("-id")

    def locked(self) -> Self:
        """Held until the transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)


class Settlement(models.Model):
    """All that a shop had earned by the end of `business_date`, swept into one payout of `net` paise."""

    class State(models.TextChoices):
        READY = "ready", _("to be paid")
        SENT = "sent", _("sent to the bank")
        CONFIRMED = "confirmed", _("paid")
        FAILED = "failed", _("could not be paid")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    business_date = models.DateField()
    seq = models.PositiveSmallIntegerField()
    # settle:<store>:<date>:<seq>, the name of its posting and of its payout at the bank
    key = models.CharField(max_length=64)
    net = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State, default=State.READY)
    utr = models.CharField(max_length=30, blank=True)
    created_at = models.DateTimeField(default=now)
    paid_at = models.DateTimeField(null=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "business_date", "seq"], name="settlement_once_per_day_and_seq"
            ),
            models.UniqueConstraint(fields=["store_id", "key"], name="settlement_once_per_key"),
            # a shop in debt to us carries its debt forward
            models.CheckConstraint(condition=Q(net__gt=0), name="settlement_pays_money"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(paid_at__isnull=False),
                name="settlement_confirmed_at_a_time",
            ),
        ]
        indexes = [
            # the shop's Settlements screen and the API's list
            models.Index(F("store_id"), F("id").desc(), name="settlement_of_store"),
        ]

    def __str__(self) -> str:
        return self.key


class SettlementItem(models.Model):
    """A payable leg of the ledger that a settlement took: no leg is taken twice. Append-only."""

    leg = models.OneToOneField(
        Leg, models.PROTECT, primary_key=True, related_name="settled", db_constraint=False
    )
    store_id = models.UUIDField()
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="items")
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("settled leg")
        verbose_name_plural = _("settled legs")
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="settlement_item_moves_money")
        ]

    def __str__(self) -> str:
        return str(self.amount)


class PayoutQuerySet(models.QuerySet["Payout"]):
    def to_ask(self, at: datetime) -> Self:
        """Payouts to be sent, or asked about, by now."""
        return self.filter(ask_at__lte=at).order_by("ask_at")


class Payout(models.Model):
    """One sending of a settlement's money to the shop's UPI id.

    Silence of the bank is answered by asking, never by another payout: only after a definite
    failure, and a wait in which the bank may still correct itself, does the next `n` follow.
    """

    class State(models.TextChoices):
        READY = "ready", _("to be sent")
        SENT = "sent", _("at the bank")
        CONFIRMED = "confirmed", _("paid")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="payouts")
    n = models.PositiveSmallIntegerField(default=1)
    payout_id = models.CharField(max_length=64)
    vpa = models.CharField(max_length=255, blank=True)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State, default=State.READY)
    code = models.CharField(max_length=20, blank=True)
    utr = models.CharField(max_length=30, blank=True)
    ask_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    # the bank's times: money left us, and came to its end
    sent_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.UniqueConstraint(fields=["payout_id"], name="payout_once_per_bank_id"),
            models.UniqueConstraint(fields=["settlement", "n"], name="payout_numbered"),
            # no new payout while the last one may still be paid
            models.UniqueConstraint(
                fields=["settlement"],
                condition=Q(state__in=["ready", "sent"]),
                name="payout_one_under_way",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_moves_money"),
        ]
        indexes = [
            # the poll
            models.Index(F("ask_at"), condition=Q(ask_at__isnull=False), name="payout_to_ask"),
            # reconciliation of one day
            models.Index(F("sent_at"), name="payout_by_time"),
        ]

    def __str__(self) -> str:
        return self.payout_id


class BankHolidayQuerySet(models.QuerySet["BankHoliday"]):
    def between(self, first: date, last: date) -> set[date]:
        """The holidays from `first` to `last`."""
        return set(self.filter(day__range=(first, last)).values_list("day", flat=True))


class BankHoliday(models.Model):
    """A day on which nobody is paid out; what was due then is paid on the next working day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)

    objects = BankHolidayQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank holiday")
        verbose_name_plural = _("bank holidays")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
