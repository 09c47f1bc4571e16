from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from stores.shops.models import Store


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def unfinished(self) -> Self:
        """Imports that have not come to an end, well or badly."""
        return self.filter(state__in=[ImportRun.State.WAITING, ImportRun.State.RUNNING])

    def latest_of(self, store_id: UUID) -> Self:
        """A shop's imports, newest first."""
        return self.filter(store_id=store_id).order_by("-id")


class ImportRun(models.Model):
    """One uploaded price list: its progress, and what became of its rows."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="imports")
    actor = models.CharField(max_length=60)
    file_name = models.CharField(max_length=200)
    file = models.FileField(upload_to="imports/")
    errors = models.FileField(upload_to="imports/", blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        indexes = [
            # the shop's latest imports
            models.Index(F("store"), F("id").desc(), name="import_latest"),
        ]

    def __str__(self) -> str:
        return self.file_name
