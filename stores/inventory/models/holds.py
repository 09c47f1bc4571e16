from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from stores.inventory.models.listings import Listing
from stores.shops.models import Store


class HoldQuerySet(models.QuerySet["Hold"]):
    def open(self) -> Self:
        """Holds that still keep stock from others."""
        return self.filter(state=Hold.State.OPEN)


class Hold(models.Model):
    """Stock set aside for one order line until it is packed (taken) or given up (released)."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        TAKEN = "taken", _("taken")
        RELEASED = "released", _("released")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="holds")
    reference = models.UUIDField()
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(default=now)
    closed_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            # also the way from an order to its holds
            models.UniqueConstraint(
                fields=["store", "reference", "listing"],
                condition=Q(state="open"),
                name="hold_open_once_per_order",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="hold_quantity_positive"),
        ]
        indexes = [
            # the newest open holds of a listing, to release when a count leaves too little
            models.Index(
                F("listing"), F("id").desc(), condition=Q(state="open"), name="hold_newest_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.listing_id}"
