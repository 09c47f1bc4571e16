from typing import Self

from django.db import models
from django.db.models import F, Q

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from orders.models.orders import Order, State
from stores.inventory.models import Listing
from stores.shops.models import Store


class OrderEvent(models.Model):
    """A change of an order: who, when, why. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="events")
    version = models.PositiveIntegerField()
    before = models.CharField(max_length=20, choices=State, blank=True)
    after = models.CharField(max_length=20, choices=State)
    actor = models.CharField(max_length=60)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["version"]
        constraints = [
            # two services that moved the same order at once cannot both be right
            models.UniqueConstraint(fields=["order", "version"], name="order_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"


class OrderFlagQuerySet(models.QuerySet["OrderFlag"]):
    def open(self) -> Self:
        """What the shop has still to look into."""
        return self.filter(cleared_at=None)


class OrderFlag(models.Model):
    """Stock that was held for an order is gone: a count or breakage left too little.

    A row of its own and not a field of the order, so that whoever counts the shelf needs no lock
    on the order.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="flags")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    at = models.DateTimeField(default=now)
    cleared_at = models.DateTimeField(null=True)

    objects = OrderFlagQuerySet.as_manager()

    class Meta:
        indexes = [
            # what is wrong with these orders
            models.Index(F("order"), condition=Q(cleared_at=None), name="order_flag_open"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.listing_id} lost"
