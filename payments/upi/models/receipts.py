"""Money that really came."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from payments.upi.models.attempts import PaymentAttempt


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
    # none for money that answers no request of ours
    attempt = models.ForeignKey(PaymentAttempt, models.PROTECT, related_name="receipts", null=True)
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
