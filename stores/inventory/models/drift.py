from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from stores.inventory.models.listings import Listing
from stores.shops.models import Store


class StockDriftQuerySet(models.QuerySet["StockDrift"]):
    def open(self) -> Self:
        """Drift that is still there, or that nobody has looked into."""
        return self.filter(cleared_at=None)


class StockDrift(models.Model):
    """A stock figure that is not what its history adds up to: a fault to be found, never hidden."""

    class Figure(models.TextChoices):
        HELD = "held", _("set aside")
        ON_HAND = "on_hand", _("on the shelf")
        BATCHES = "batches", _("in batches")
        EXPIRED = "expired", _("expired")
        ORPHANS = "orphans", _("set aside for nothing")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="+")
    figure = models.CharField(max_length=8, choices=Figure)
    stored = models.BigIntegerField()
    computed = models.BigIntegerField()
    found_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    cleared_at = models.DateTimeField(null=True)

    objects = StockDriftQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock drift")
        verbose_name_plural = _("stock drift")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "listing", "figure"],
                condition=Q(cleared_at=None),
                name="drift_open_once_per_figure",
            ),
        ]
        indexes = [
            # what is wrong now
            models.Index(F("found_at"), condition=Q(cleared_at=None), name="drift_open"),
        ]

    def __str__(self) -> str:
        return f"{self.figure}: {self.stored} stored, {self.computed} by its history"
