from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from marketplace.core.clock import now
from marketplace.core.ids import uuid7


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    def waiting(self) -> Self:
        """Entries whose consumer has not yet done its work and has not been given up."""
        return self.filter(done_at=None, dead_at=None)

    def due(self, at: datetime) -> Self:
        """Waiting entries that may be handed to a worker at this instant: due, and not out on lease."""
        return self.waiting().filter(due_at__lte=at)

    def dead(self) -> Self:
        """Entries given up after many failures; staff may have them tried again."""
        return self.filter(dead_at__isnull=False)


class OutboxEntry(models.Model):
    """One event owed to one consumer, written in the transaction of the fact it tells.

    `due_at` is both the delay and the lease: handing the entry to a worker moves it into the
    future, so a worker or broker that dies gets the entry again by doing nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField(null=True)
    event = models.CharField(max_length=60)
    consumer = models.CharField(max_length=60)
    payload = models.JSONField()
    due_at = models.DateTimeField(default=now)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outbox entries"
        indexes = [
            # the relay: what is due, oldest first
            models.Index(
                F("due_at"), condition=Q(done_at=None, dead_at=None), name="outbox_waiting"
            ),
            # the purge of finished entries
            models.Index(F("done_at"), condition=~Q(done_at=None), name="outbox_done"),
        ]

    def __str__(self) -> str:
        return f"{self.event} -> {self.consumer}"
