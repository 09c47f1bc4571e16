from django.db import models
from django.db.models import Q

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from stores.inventory.models import Listing
from stores.shops.models import Store


class Cart(models.Model):
    """What somebody means to buy from one shop: no stock and no price is promised."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    person_id = models.UUIDField(null=True)
    guest = models.UUIDField(null=True)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person_id", "store"],
                condition=Q(person_id__isnull=False),
                name="cart_one_per_person_and_store",
            ),
            models.UniqueConstraint(
                fields=["guest", "store"],
                condition=Q(guest__isnull=False),
                name="cart_one_per_guest_and_store",
            ),
            models.CheckConstraint(
                condition=Q(person_id=None, guest__isnull=False)
                | Q(person_id__isnull=False, guest=None),
                name="cart_belongs_to_person_or_guest",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CartLine(models.Model):
    """Base units of a listing that are wanted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart", "listing"], name="cart_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_line_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.listing_id}"
