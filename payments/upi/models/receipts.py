"""Money that really came."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from payments.upi.models.attempts import PaymentAttempt
from payments.upi.models.shop_qrs import ShopQr


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

    def by_shop_qr(self, store_id: UUID) -> Self:
        """What came by the QR on a shop's counter, newest first."""
        return self.filter(store_id=store_id, shop_qr__isnull=False).order_by("-id")

    def to_decide(self) -> Self:
        """What came by a shop's QR and its owner has not said what it was for."""
        return self.unapplied().filter(shop_qr__isnull=False)

    def locked(self) -> Self:
        """Held until the transaction ends; its refund is locked before."""
        return self.select_for_update(of=("self",), no_key=True)


class Receipt(models.Model):
    """One successful payment at the bank. `refunded` counts paise sent back, on their way or made good,
    `disputed` those that the payer contests at their bank, `lost` those had back that way."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("applied")
        UNAPPLIED = "unapplied", _("not applied")
        RETURNED = "returned", _("sent back")
        KEPT = "kept", _("for the shop")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    # none for money that answers no request of ours
    attempt = models.ForeignKey(PaymentAttempt, models.PROTECT, related_name="receipts", null=True)
    # of money that came by the QR on the shop's counter
    shop_qr = models.ForeignKey(ShopQr, models.PROTECT, null=True, db_index=False)
    payment_id = models.CharField(max_length=35)
    rrn = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    payer_vpa = models.CharField(max_length=320, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome)
    reason = models.CharField(max_length=100, blank=True)
    refunded = models.BigIntegerField(default=0)
    disputed = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
    # when it was said to be the shop's, and by whom
    kept_at = models.DateTimeField(null=True)
    kept_by = models.CharField(max_length=60, blank=True)
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
            models.CheckConstraint(
                condition=Q(disputed__gte=0, lost__gte=0),
                name="upi_receipt_disputed_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome="kept", shop_qr__isnull=False, kept_at__isnull=False, refunded=0
                )
                | (~Q(outcome="kept") & Q(kept_at=None)),
                name="upi_receipt_kept_whole_of_a_shop_qr",
            ),
        ]
        indexes = [
            # reconciliation of one day
            models.Index(F("completed_at"), name="upi_receipt_by_time"),
            # the shop's page of its counter QR
            models.Index(
                F("store_id"),
                F("id").desc(),
                condition=Q(shop_qr__isnull=False),
                name="upi_receipt_by_shop_qr",
            ),
            # what no owner has decided about
            models.Index(
                F("received_at"),
                condition=Q(outcome="unapplied", shop_qr__isnull=False),
                name="upi_receipt_to_decide",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.outcome}"

    @property
    def refundable(self) -> int:
        """Paise that can still be sent back; what is the shop's cannot."""
        return 0 if self.outcome == self.Outcome.KEPT else self.amount - self.refunded
