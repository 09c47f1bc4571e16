"""Payments that their payers contest."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.bank.models.operations import Payment
from payments.bank.upi import timestamp


class Dispute(models.Model):
    """A payer's bank wants money of a successful payment back: a chargeback.

    The merchant contests it with evidence before `respond_by`, or loses it then. Meanwhile the
    disputed part of the payment cannot be refunded.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CONTESTED = "CONTESTED"
        WON = "WON"
        LOST = "LOST"

    dispute_id = models.CharField(max_length=35, primary_key=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=100)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    evidence = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    respond_by = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    # by which the courier brings it to an end
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="dispute_newest"),  # GET /v1/disputes
            models.Index(  # the courier looking for missed deadlines
                fields=["due_at"], name="dispute_due", condition=Q(due_at__isnull=False)
            ),
        ]

    @property
    def over(self) -> bool:
        return self.status in (self.Status.WON, self.Status.LOST)

    def as_json(self) -> dict[str, Any]:
        return {
            "dispute_id": self.dispute_id,
            "payment_id": self.payment_id,
            "amount": self.amount,
            "reason": self.reason,
            "status": self.status,
            "created_at": timestamp(self.created_at),
            "respond_by": timestamp(self.respond_by),
            "completed_at": timestamp(self.completed_at),
        }
