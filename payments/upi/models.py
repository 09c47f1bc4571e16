"""What customers were asked to pay, what the bank said, what came in and what went back.

Amounts are paise. An attempt is a request to pay; a receipt is money that really came, and several
can stand on one attempt.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from payments.ledger.models import Account


class Purpose(models.TextChoices):
    """What a payment is for. Each has a payee, registered by the app that owns the reference."""

    ORDER = "order", _("order")


class PaymentAttemptQuerySet(models.QuerySet["PaymentAttempt"]):
    def of(self, store_id: UUID, purpose: str, reference: UUID) -> Self:
        """Every request to pay for one thing, newest first."""
        return self.filter(store_id=store_id, purpose=purpose, reference=reference).order_by("-id")

    def to_ask(self, at: datetime) -> Self:
        """Attempts about which the bank should be asked by now, longest waiting first."""
        return self.filter(ask_at__lte=at).order_by("ask_at")

    def locked(self) -> Self:
        """Held until the transaction ends; the payee is locked before."""
        return self.select_for_update(of=("self",), no_key=True)


class PaymentAttempt(models.Model):
    """A request to pay `amount` paise for `reference`; its id, in hex, is the `tr` of the link.

    It only moves forward, except that a failed or expired one may still succeed: a payer may try
    twice, and a bank may change its mind days later.
    """

    class State(models.TextChoices):
        CREATED = "created", _("waiting for the customer")
        PENDING = "pending", _("being paid")
        DEEMED = "deemed", _("debited, not yet received")
        SUCCESS = "success", _("paid")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        REVERSED = "reversed", _("returned to the payer by the bank")
        LATE_SUCCESS = "late_success", _("paid after it had failed or expired")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    purpose = models.CharField(max_length=20)
    reference = models.UUIDField()
    amount = models.BigIntegerField()
    note = models.CharField(max_length=50, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.CREATED)
    # the bank's reply code of the last word, such as ZM for a wrong PIN
    code = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    # when to ask the bank next, and how often it has been asked; null when nothing is left to ask
    ask_at = models.DateTimeField(null=True)
    asked = models.PositiveSmallIntegerField(default=0)

    objects = PaymentAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="upi_attempt_asks_for_money"),
        ]
        indexes = [
            # every request to pay for one order
            models.Index(
                F("store_id"), F("purpose"), F("reference"), name="upi_attempt_of_reference"
            ),
            # the poll
            models.Index(F("ask_at"), condition=Q(ask_at__isnull=False), name="upi_attempt_to_ask"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.reference} {self.state}"

    @property
    def tr(self) -> str:
        """The transaction reference by which the bank knows this attempt."""
        return self.id.hex

    @property
    def paid(self) -> bool:
        return self.state in (self.State.SUCCESS, self.State.LATE_SUCCESS)


class BankEventQuerySet(models.QuerySet["BankEvent"]):
    def waiting(self) -> Self:
        """Words of the bank that are recorded but not yet acted upon, oldest first."""
        return self.filter(applied_at=None).order_by("received_at")


class BankEvent(models.Model):
    """A word of the bank as it came, by webhook, poll or file; acted upon once."""

    class Source(models.TextChoices):
        WEBHOOK = "webhook", _("webhook")
        POLL = "poll", _("asked")
        FILE = "file", _("reconciliation file")

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("waiting")
        APPLIED = "applied", _("acted upon")
        KNOWN = "known", _("nothing new")
        ORPHAN = "orphan", _("belongs to nothing of ours")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField(null=True)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    source = models.CharField(max_length=8, choices=Source)
    kind = models.CharField(max_length=40)
    body = models.TextField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.WAITING)
    received_at = models.DateTimeField(default=now)
    applied_at = models.DateTimeField(null=True)

    objects = BankEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank event")
        verbose_name_plural = _("bank events")
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="upi_event_once"),
            models.CheckConstraint(
                condition=Q(outcome="waiting", applied_at=None)
                | (~Q(outcome="waiting") & Q(applied_at__isnull=False)),
                name="upi_event_waits_or_is_applied",
            ),
        ]
        indexes = [
            # the sweep of what a webhook could record but not apply
            models.Index(F("received_at"), condition=Q(applied_at=None), name="upi_event_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def applied_to(self, *, store_id: UUID, purpose: str, reference: UUID) -> Self:
        """Money that counts towards one thing, oldest first."""
        return self.filter(
            store_id=store_id,
            outcome=Receipt.Outcome.APPLIED,
            attempt__purpose=purpose,
            attempt__reference=reference,
        ).order_by("id")

    def unapplied(self) -> Self:
        """Money that came and neither counts towards anything nor has gone back."""
        return self.filter(outcome=Receipt.Outcome.UNAPPLIED)


class Receipt(models.Model):
    """One successful payment at the bank. `refunded` counts paise sent back or on their way."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("applied")
        UNAPPLIED = "unapplied", _("not applied")
        RETURNED = "returned", _("sent back")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    attempt = models.ForeignKey(PaymentAttempt, models.PROTECT, related_name="receipts")
    payment_id = models.CharField(max_length=35)
    rrn = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    payer_vpa = models.CharField(max_length=320, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome)
    reason = models.CharField(max_length=100, blank=True)
    refunded = models.BigIntegerField(default=0)
    # the bank's time of the payment, by which its reconciliation file is cut
    completed_at = models.DateTimeField()
    received_at = models.DateTimeField(default=now)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "payment_id"], name="upi_receipt_once_per_payment"
            ),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(outcome="applied"),
                name="upi_receipt_applied_once_per_attempt",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, refunded__gte=0, refunded__lte=F("amount")),
                name="upi_receipt_refunded_at_most_received",
            ),
        ]
        indexes = [
            # reconciliation of one day
            models.Index(F("completed_at"), name="upi_receipt_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.outcome}"

    @property
    def refundable(self) -> int:
        """Paise that can still be sent back."""
        return self.amount - self.refunded


class RefundQuerySet(models.QuerySet["Refund"]):
    def to_ask(self, at: datetime) -> Self:
        """Refunds that the bank should be asked about, or sent again, by now."""
        return self.filter(ask_at__lte=at).order_by("ask_at")

    def locked(self) -> Self:
        """Held until the transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)


class Refund(models.Model):
    """Money on its way back to a payer, out of one receipt.

    A request larger than one receipt is met from several; `n` numbers those parts under their key.
    After a definite failure it is sent again as another `tries`, never after a mere silence.
    """

    class State(models.TextChoices):
        STARTED = "started", _("to be sent")
        PENDING = "pending", _("at the bank")
        DONE = "done", _("paid back")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="refunds")
    purpose = models.CharField(max_length=20)
    reference = models.UUIDField()
    key = models.CharField(max_length=120)
    n = models.PositiveSmallIntegerField(default=1)
    amount = models.BigIntegerField()
    # the ledger account it is paid from, and goes back to if it fails for good
    source = models.CharField(max_length=20, choices=Account)
    reason = models.CharField(max_length=100)
    state = models.CharField(max_length=8, choices=State, default=State.STARTED)
    tries = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=20, blank=True)
    rrn = models.CharField(max_length=20, blank=True)
    ask_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    completed_at = models.DateTimeField(null=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "key", "n"], name="upi_refund_once_per_key"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="upi_refund_moves_money"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(completed_at__isnull=False),
                name="upi_refund_done_at_a_time",
            ),
        ]
        indexes = [
            # what was sent back for one order
            models.Index(
                F("store_id"), F("purpose"), F("reference"), name="upi_refund_of_reference"
            ),
            # the poll
            models.Index(F("ask_at"), condition=Q(ask_at__isnull=False), name="upi_refund_to_ask"),
            # reconciliation of one day
            models.Index(F("completed_at"), name="upi_refund_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"

    @property
    def bank_id(self) -> str:
        """The refund's id at the bank: another one only after a definite failure."""
        return self.id.hex if self.tries == 1 else f"{self.id.hex}-{self.tries}"


class Difference(models.Model):
    """A line on which the bank's file of a day and our books do not agree. Paise, as each has it."""

    class Kind(models.TextChoices):
        NOT_OURS = "not_ours", _("in the bank's file, not in our books")
        NOT_AT_BANK = "not_at_bank", _("in our books, not in the bank's file")
        AMOUNT = "amount", _("amounts differ")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField()
    kind = models.CharField(max_length=11, choices=Kind)
    # payment, refund or payout, as the bank's file calls it
    movement = models.CharField(max_length=20)
    # the bank's payment_id, refund_id or payout_id
    bank_reference = models.CharField(max_length=64)
    store_id = models.UUIDField(null=True)
    ours = models.BigIntegerField(null=True)
    theirs = models.BigIntegerField(null=True)
    found_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("difference with the bank")
        verbose_name_plural = _("differences with the bank")
        ordering = ["-day", "movement", "bank_reference"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "kind", "movement", "bank_reference"], name="upi_difference_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="not_ours", ours=None, theirs__isnull=False)
                | Q(kind="not_at_bank", ours__isnull=False, theirs=None)
                | Q(kind="amount", ours__isnull=False, theirs__isnull=False),
                name="upi_difference_says_who_has_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.movement} {self.bank_reference}"
