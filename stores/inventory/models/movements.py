from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from stores.inventory.models.batches import Batch
from stores.inventory.models.listings import Listing
from stores.shops.models import Store


class StockMovement(models.Model):
    """Why a listing's stock is what it is: append-only; `on_hand` is the sum of the deltas."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("received")
        COUNT = "count", _("counted")
        SALE = "sale", _("sold")
        COUNTER_SALE = "counter_sale", _("sold over the counter")
        RETURN = "return", _("returned")
        DAMAGE = "damage", _("damaged or expired")
        CORRECTION = "correction", _("corrected")

    SOLD = (Kind.SALE, Kind.COUNTER_SALE, Kind.RETURN)
    BY_HAND = (Kind.RECEIPT, Kind.COUNT, Kind.DAMAGE)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="movements")
    # the batch it came into or went out of, where the listing keeps them
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="movements")
    kind = models.CharField(max_length=12, choices=Kind)
    delta = models.BigIntegerField()
    after = models.BigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=60)
    reference = models.UUIDField(null=True)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(after__gte=0), name="movement_after_not_negative"),
        ]
        indexes = [
            # a listing's history, newest first
            models.Index(F("listing"), F("id").desc(), name="movement_history"),
            # what was sold of a listing in the last fortnight
            models.Index(
                F("listing"),
                F("at"),
                condition=Q(kind__in=["sale", "counter_sale", "return"]),
                name="movement_sold",
            ),
            # the batches that an order's goods came from
            models.Index(
                F("reference"), condition=Q(batch__isnull=False), name="movement_of_reference"
            ),
            # whether a delivery, a loss or a count was written down already
            models.Index(
                F("listing"),
                F("reference"),
                condition=Q(kind__in=["receipt", "count", "damage"], reference__isnull=False),
                name="movement_by_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delta:+}"


class PriceChange(models.Model):
    """What a listing cost before and after: append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="price_changes")
    before = models.BigIntegerField(null=True)
    after = models.BigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            # a listing's price history, newest first
            models.Index(F("listing"), F("id").desc(), name="price_history"),
        ]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"
