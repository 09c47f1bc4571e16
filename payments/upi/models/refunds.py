"""Money that goes back."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from payments.ledger.models import Account
from payments.upi.models.receipts import Receipt


class RefundQuerySet(models.QuerySet["Refund"]):
    def to_ask(self, at: datetime) -> Self:
        """Refunds that the bank should be asked about, or sent again, by now."""
        return self.filter(ask_at__lte=at).order_by("ask_at")

    def unfinished(self) -> Self:
        """Refunds of which something may still become, the failed ones among them."""
        return self.exclude(state__in=Refund.FINAL)

    def locked(self) -> Self:
        """Held until the transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)


class Refund(models.Model):
    """Money on its way back to a payer, out of one receipt.

    A request larger than one receipt is met from several; `n` numbers those parts under their key.
    After a definite failure it is sent again as another `tries`, never after a mere silence. What a
    dispute keeps the bank from sending becomes a part of its own, and `made_good` once the payer has
    had it by that dispute.
    """

    class State(models.TextChoices):
        STARTED = "started", _("to be sent")
        PENDING = "pending", _("at the bank")
        DONE = "done", _("paid back")
        FAILED = "failed", _("failed")
        MADE_GOOD = "made_good", _("paid back by the payer's bank")

    # the payer has the money
    FINAL = (State.DONE, State.MADE_GOOD)

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
    state = models.CharField(max_length=9, choices=State, default=State.STARTED)
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
