"""Payments that a customer's bank wants back. Amounts are paise."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from payments.upi.models import Receipt


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def of_store(self, store_id: UUID) -> Self:
        """A shop's disputes, newest first."""
        return self.filter(store_id=store_id).order_by("-id")

    def to_answer(self, at: datetime) -> Self:
        """Those that the shop can still contest, the most urgent first."""
        return self.filter(state=Dispute.State.OPEN, answer="", respond_by__gt=at).order_by(
            "respond_by"
        )

    def to_send(self) -> Self:
        """Answers that the bank has not taken yet."""
        return self.filter(state=Dispute.State.OPEN).exclude(answer="")

    def locked(self) -> Self:
        """Held until the transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)


class Dispute(models.Model):
    """A chargeback: `amount` of a receipt is held back from the shop until the bank has decided; of a
    receipt that counted towards nothing, from what goes back to the payer.

    The shop contests it with evidence, or accepts it, before `respond_by`; a deadline missed is a
    dispute lost. It only moves forward: the bank's words come in any order.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to be answered")
        CONTESTED = "contested", _("contested, the bank decides")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    class Answer(models.TextChoices):
        CONTEST = "contest", _("contested")
        ACCEPT = "accept", _("accepted")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="disputes")
    # the bank's name for it
    dispute_id = models.CharField(max_length=64)
    amount = models.BigIntegerField()
    # in the words of the payer's bank
    reason = models.CharField(max_length=100)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    respond_by = models.DateTimeField()
    answer = models.CharField(max_length=7, choices=Answer, blank=True)
    evidence = models.TextField(blank=True)
    answered_by = models.CharField(max_length=50, blank=True)
    answered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["dispute_id"], name="dispute_once_per_bank_id"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_about_money"),
            models.CheckConstraint(
                condition=Q(state__in=["won", "lost"], decided_at__isnull=False)
                | Q(state__in=["open", "contested"], decided_at=None),
                name="dispute_decided_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="dispute_answered_at_a_time",
            ),
        ]
        indexes = [
            # the shop's Disputes screen
            models.Index(F("store_id"), F("id").desc(), name="dispute_of_store"),
            # what the bank has still to be told
            models.Index(F("id"), condition=Q(state="open"), name="dispute_open"),
            # reconciliation of one day
            models.Index(F("decided_at"), name="dispute_by_time"),
        ]

    def __str__(self) -> str:
        return self.dispute_id

    @property
    def can_be_answered(self) -> bool:
        return self.state == self.State.OPEN and not self.answer and now() < self.respond_by
