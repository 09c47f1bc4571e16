from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from orders.models.lines import OrderLine
from orders.models.orders import Order
from stores.shops.models import Store


class ReturnQuerySet(models.QuerySet["Return"]):
    def of_store(self, store_id: UUID) -> Self:
        """One shop's returns."""
        return self.filter(store_id=store_id)

    def open(self) -> Self:
        """What the shop has still to decide."""
        return self.filter(state=Return.State.ASKED)

    def taken(self) -> Self:
        """Goods that are back with the shop."""
        return self.filter(state=Return.State.TAKEN)


class Return(models.Model):
    """Delivered goods that the customer gives back: asked for, then taken back by the shop or not.

    `amount` paise go back to the customer when the shop takes the goods.
    """

    # the shop's fault: with all goods back, the delivery was for nothing and its fee goes back too
    FAULTS = ("damaged", "expired", "wrong_item")
    # nobody else can be sold this
    UNSALEABLE = ("damaged", "expired")

    class Reason(models.TextChoices):
        DAMAGED = "damaged", _("damaged or leaking")
        EXPIRED = "expired", _("expired or spoilt")
        WRONG_ITEM = "wrong_item", _("not what was ordered")
        POOR_QUALITY = "poor_quality", _("poor quality")
        NOT_NEEDED = "not_needed", _("no longer needed")

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        TAKEN = "taken", _("taken back")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="returns")
    state = models.CharField(max_length=9, choices=State, default=State.ASKED)
    reason = models.CharField(max_length=12, choices=Reason)
    note = models.CharField(max_length=300, blank=True)
    answer = models.CharField(max_length=300, blank=True)
    amount = models.BigIntegerField(default=0)
    asked_by = models.CharField(max_length=60)
    decided_by = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "order"], condition=Q(state="asked"), name="return_one_open"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="return_amount_not_negative"),
        ]
        indexes = [
            # the returns of an order
            models.Index(F("order"), name="return_of_order"),
            # what a shop has to decide
            models.Index(F("store"), F("id"), condition=Q(state="asked"), name="return_open"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.state})"

    @property
    def can_be_restocked(self) -> bool:
        """Whether what comes back may go onto the shelf again."""
        return self.reason not in self.UNSALEABLE


class ReturnLine(models.Model):
    """`quantity` base units of one line; `restock` says whether they can be sold again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    goods_return = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    amount = models.BigIntegerField(default=0)
    restock = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["goods_return", "line"], name="return_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, amount__gte=0), name="return_line_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"
