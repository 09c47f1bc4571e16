"""Movements of money."""

from datetime import date, datetime, time, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from payments.bank.models.accounts import Account
from payments.bank.models.disputes import Dispute
from payments.bank.models.operations import Payment, Payout, Refund
from payments.bank.upi import IST


class TransferQuerySet(models.QuerySet["Transfer"]):
    def of_merchant_on(self, day: date) -> Self:
        """The merchant's money in and out on one Indian calendar day, in the order it moved."""
        start = datetime.combine(day, time.min, IST)
        merchant = Account.Kind.MERCHANT
        return (
            self.filter(Q(debit__kind=merchant) | Q(credit__kind=merchant))
            .filter(at__gte=start, at__lt=start + timedelta(days=1))
            .exclude(kind=Transfer.Kind.DEPOSIT)
            .order_by("at", "pk")
        )


class Transfer(models.Model):
    """One movement of money; an account's balance is the sum of these."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit"
        PAYMENT = "payment"
        PAYMENT_REVERSAL = "payment_reversal"
        REFUND = "refund"
        PAYOUT = "payout"
        PAYOUT_RETURN = "payout_return"
        CHARGEBACK = "chargeback"

    kind = models.CharField(max_length=16, choices=Kind)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="+")
    credit = models.ForeignKey(Account, models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    payment = models.ForeignKey(Payment, models.PROTECT, null=True)
    refund = models.ForeignKey(Refund, models.PROTECT, null=True)
    payout = models.ForeignKey(Payout, models.PROTECT, null=True)
    dispute = models.ForeignKey(Dispute, models.PROTECT, null=True)
    at = models.DateTimeField(default=timezone.now)

    objects = TransferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="transfer_between_two_accounts"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="transfer_by_time")]  # reconciliation file
