"""What customers were asked to pay. An attempt is a request; several receipts can stand on one."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7


class Purpose(models.TextChoices):
    """What a payment is for. Each has a payee, registered by the app that owns the reference."""

    ORDER = "order", _("order")
    KHATA = "khata", _("khata")


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
    # whose phone was asked for it by a collect request, if one was
    collect_vpa = models.CharField(max_length=320, blank=True)
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
