"""The bank's books. Amounts are paise; statuses and types are the words its HTTP API speaks."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from payments.bank.upi import DECLINES, IST, PIN_TRIES


def timestamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")


class Account(models.Model):
    """A UPI ID and its money. Every rupee came from the `mint`, so all balances add up to zero."""

    class Kind(models.TextChoices):
        PAYER = "payer"
        MERCHANT = "merchant"
        OTHER = "other"
        INTERNAL = "internal"

    vpa = models.CharField(max_length=255, primary_key=True)
    name = models.CharField(max_length=99)
    kind = models.CharField(max_length=8, choices=Kind)
    balance = models.BigIntegerField(default=0)
    pin = models.CharField(max_length=4, blank=True)
    wrong_pins = models.PositiveSmallIntegerField(default=0)
    pin_locked_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(balance__gte=0) | Q(kind="internal"),
                name="account_never_overdrawn",
            ),
        ]

    def pin_locked(self) -> bool:
        return self.pin_locked_until is not None and timezone.now() < self.pin_locked_until

    def note_wrong_pin(self) -> None:
        """Count a wrong PIN; the third in a row locks the PIN for ten minutes."""
        self.wrong_pins += 1
        if self.wrong_pins >= PIN_TRIES:
            self.wrong_pins = 0
            self.pin_locked_until = timezone.now() + timedelta(minutes=10)
        self.save(update_fields=["wrong_pins", "pin_locked_until"])


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
            models.Index(  # the courier looking for payments to finish
                fields=["due_at"], name="payment_due", condition=Q(due_at__isnull=False)
            ),
        ]

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
            "payee_vpa": self.payee_id,
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

    kind = models.CharField(max_length=16, choices=Kind)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="+")
    credit = models.ForeignKey(Account, models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    payment = models.ForeignKey(Payment, models.PROTECT, null=True)
    refund = models.ForeignKey(Refund, models.PROTECT, null=True)
    payout = models.ForeignKey(Payout, models.PROTECT, null=True)
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


class WebhookEvent(models.Model):
    """A fact the merchant should hear about; `body` is kept byte for byte as it is signed."""

    event_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    type = models.CharField(max_length=20)
    subject = models.CharField(max_length=64, help_text="payment_id, refund_id or payout_id")
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="event_newest"),  # the bank's desk
            models.Index(fields=["subject"], name="event_by_subject"),  # webhook_before_response
        ]


class WebhookDelivery(models.Model):
    """One sending of an event, tried again until it is answered 2xx or a day has passed.

    A `flaw` makes it a forgery: sent once, never tried again.
    """

    class Flaw(models.TextChoices):
        NONE = ""
        BAD_SIGNATURE = "bad_signature"
        ALTERED_BODY = "altered_body"
        OLD_SECRET = "old_secret"
        STALE_TIMESTAMP = "stale_timestamp"

    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    flaw = models.CharField(max_length=16, choices=Flaw, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(  # the courier looking for what to send
                fields=["due_at"],
                name="delivery_due",
                condition=Q(done_at__isnull=True, gave_up_at__isnull=True),
            ),
        ]


class Switch(models.Model):
    """What the bank will do with its next `remaining` matching operations."""

    outcome = models.CharField(max_length=32)
    operation = models.CharField(max_length=16, blank=True, help_text="'' = any it applies to")
    match = models.CharField(
        max_length=64, blank=True, help_text="tr, refund_id or payout_id; '' = any"
    )
    remaining = models.PositiveIntegerField(default=1)
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(  # every operation asks for its switches
                fields=["created_at"],
                name="switch_waiting",
                condition=Q(remaining__gt=0),
            ),
        ]


class FaultPlan(models.Model):
    """A replayable mix of faults: the same seed gives the same operation the same fault. One row."""

    seed = models.CharField(max_length=64)
    rate = models.FloatField(default=0)
    kinds = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_fault_plan"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="fault_rate_share"),
        ]


class Fault(models.Model):
    """A fault that was done, for the record; a planned one strikes an operation once."""

    operation = models.CharField(max_length=16)
    operation_id = models.CharField(max_length=80)
    outcome = models.CharField(max_length=32)
    planned = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "operation_id", "outcome"],
                condition=Q(planned=True),
                name="planned_fault_strikes_once",
            ),
        ]
