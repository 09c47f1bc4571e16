"""What payers and the merchant have the bank do."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from payments.bank.models.accounts import Account, Alias
from payments.bank.upi import DECLINES, timestamp


class Scheduled(models.Model):
    """An operation that may finish later: at `due_at` its outcome becomes `then` ("00" or a code)."""

    due_at = models.DateTimeField(null=True)
    then = models.CharField(max_length=3, blank=True)

    class Meta:
        abstract = True


class PaymentQuerySet(models.QuerySet["Payment"]):
    def to_merchant_with(self, tr: str) -> Self:
        """What happened to one payment request of the merchant, oldest first."""
        return self.filter(tr=tr, payee__kind=Account.Kind.MERCHANT).order_by("created_at")

    def to_aliases_since(self, moment: datetime) -> Self:
        """What was paid to UPI IDs of the merchant's own making, without a request of the merchant,
        and ended then or later; oldest first."""
        return self.filter(alias__isnull=False, completed_at__gte=moment).order_by("completed_at")


class Payment(Scheduled):
    """One attempt of one payer to pay; two payers may pay on the same `tr`, as on a shared QR."""

    class Status(models.TextChoices):
        SUCCESS = "SUCCESS"
        FAILED = "FAILED"
        PENDING = "PENDING"
        DEEMED = "DEEMED"

    payment_id = models.CharField(max_length=35, primary_key=True)
    tr = models.CharField(max_length=35, blank=True)
    payer = models.ForeignKey(Account, models.PROTECT, related_name="+")
    payee = models.ForeignKey(Account, models.PROTECT, related_name="+")
    # under which of the payee's UPI IDs it was paid, when not under the account's own
    alias = models.ForeignKey(Alias, models.PROTECT, related_name="+", null=True)
    asked = models.BigIntegerField(help_text="Paise the link asked for.")
    amount = models.BigIntegerField(help_text="Paise that move.")
    refunded = models.BigIntegerField(default=0)
    note = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=8, choices=Status)
    code = models.CharField(max_length=3)
    rrn = models.CharField(max_length=12, unique=True)
    uri = models.TextField(blank=True, help_text="The link, to try again with.")
    return_url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")),
                name="payment_refunded_within_amount",
            ),
        ]
        indexes = [
            models.Index(fields=["tr"], name="payment_by_tr"),  # GET /v1/payments?tr=
            models.Index(fields=["-created_at"], name="payment_newest"),  # the bank's desk
            models.Index(  # GET /v1/payments?since=
                fields=["completed_at"],
                name="payment_to_alias",
                condition=Q(alias__isnull=False),
            ),
            models.Index(  # the courier looking for payments to finish
                fields=["due_at"], name="payment_due", condition=Q(due_at__isnull=False)
            ),
        ]

    @property
    def payee_vpa(self) -> str:
        """The UPI ID that was paid."""
        return self.alias_id or self.payee_id

    @property
    def payee_name(self) -> str:
        return self.alias.name if self.alias else self.payee.name

    def reason(self) -> str:
        return DECLINES.get(self.code, "")

    def as_json(self) -> dict[str, Any]:
        return {
            "payment_id": self.payment_id,
            "tr": self.tr,
            "amount": self.amount,
            "status": self.status,
            "code": self.code,
            "rrn": self.rrn,
            "payer_vpa": self.payer_id,
            "payee_vpa": self.payee_vpa,
            "note": self.note,
            "created_at": timestamp(self.created_at),
            "completed_at": timestamp(self.completed_at),
        }


class Refund(Scheduled):
    """Money back to the payer of a successful payment; `refund_id` is the merchant's."""

    class Status(models.TextChoices):
        SUCCESS = "SUCCESS"
        PENDING = "PENDING"
        FAILED = "FAILED"

    refund_id = models.CharField(max_length=64, primary_key=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    note = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=8, choices=Status)
    code = models.CharField(max_length=3)
    rrn = models.CharField(max_length=12, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="refund_newest"),  # the bank's desk
            models.Index(  # the courier looking for refunds to finish
                fields=["due_at"], name="refund_due", condition=Q(due_at__isnull=False)
            ),
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "refund_id": self.refund_id,
            "payment_id": self.payment_id,
            "amount": self.amount,
            "status": self.status,
            "code": self.code,
            "rrn": self.rrn,
            "note": self.note,
            "created_at": timestamp(self.created_at),
            "completed_at": timestamp(self.completed_at),
        }


class Payout(Scheduled):
    """Money the merchant sends to a shop's UPI ID; `payout_id` is the merchant's."""

    class Status(models.TextChoices):
        SENT = "SENT"
        SUCCESS = "SUCCESS"
        FAILED = "FAILED"

    payout_id = models.CharField(max_length=64, primary_key=True)
    vpa = models.CharField(max_length=320, help_text="As the merchant wrote it, right or wrong.")
    amount = models.BigIntegerField()
    note = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=8, choices=Status)
    code = models.CharField(max_length=3)
    utr = models.CharField(max_length=22, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="payout_newest"),  # the bank's desk
            models.Index(  # the courier looking for payouts to finish
                fields=["due_at"], name="payout_due", condition=Q(due_at__isnull=False)
            ),
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "payout_id": self.payout_id,
            "vpa": self.vpa,
            "amount": self.amount,
            "status": self.status,
            "code": self.code,
            "utr": self.utr,
            "note": self.note,
            "created_at": timestamp(self.created_at),
            "completed_at": timestamp(self.completed_at),
        }
