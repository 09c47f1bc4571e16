"""What the bank said."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7


class BankEventQuerySet(models.QuerySet["BankEvent"]):
    def waiting(self) -> Self:
        """Words of the bank that are recorded but not yet acted upon, oldest first."""
        return self.filter(applied_at=None).order_by("received_at")


class BankEvent(models.Model):
    """A word of the bank as it came, by webhook, poll or file; acted upon once, and then kept without
    the payer's UPI id."""

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
