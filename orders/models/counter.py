from datetime import date, datetime, time, timedelta
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import INDIA, now
from marketplace.core.ids import uuid7
from marketplace.core.quantity import Unit
from stores.inventory.models import Listing
from stores.shops.models import Store


class CounterSaleQuerySet(models.QuerySet["CounterSale"]):
    def of_store(self, store_id: UUID) -> Self:
        """One shop's counter sales."""
        return self.filter(store_id=store_id)

    def of_day(self, day: date) -> Self:
        """Sales of one business day, newest first."""
        start = datetime.combine(day, time(), INDIA)
        return self.filter(at__gte=start, at__lt=start + timedelta(days=1)).order_by("-at", "-id")

    def with_bill(self) -> Self:
        """Each with the number of its bill as `bill`; None for a sale from before there were bills."""
        return self.annotate(bill=F("documents__serial"))

    def takings(self) -> dict[str, int]:
        """How many sales these are, and the paise that they came to: all, and by how it was paid."""
        sums = {
            by.value: Sum("total", filter=Q(paid_by=by), default=0) for by in CounterSale.PaidBy
        }
        return self.aggregate(n=Count("pk"), taken=Sum("total", default=0), **sums)


class CounterSale(models.Model):
    """Goods sold over the shop's own counter: stock moves, Nukkad's money does not. Append-only.

    Paise; `rounding` brings a cash bill to the rupee.
    """

    class PaidBy(models.TextChoices):
        CASH = "cash", _("cash")
        UPI = "upi", _("the shop's own UPI")
        KHATA = "khata", _("on khata")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    actor = models.CharField(max_length=60)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    paid_by = models.CharField(max_length=5, choices=PaidBy)
    # whose, of a sale on khata
    khata_id = models.UUIDField(null=True)
    items_total = models.BigIntegerField()
    rounding = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    at = models.DateTimeField(default=now)

    objects = CounterSaleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "actor", "idempotency_key"], name="counter_sale_once_per_key"
            ),
            models.CheckConstraint(
                condition=Q(total=F("items_total") + F("rounding"), total__gte=0),
                name="counter_sale_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(paid_by="khata", khata_id__isnull=False)
                | (~Q(paid_by="khata") & Q(khata_id=None)),
                name="counter_sale_on_somebodys_khata",
            ),
        ]
        indexes = [
            # the day's sales and takings
            models.Index(F("store"), F("at").desc(), name="counter_sale_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class CounterSaleLine(models.Model):
    """A product as it was sold over the counter: `price` paise bought `per` base units. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    sale = models.ForeignKey(CounterSale, models.PROTECT, related_name="lines")
    n = models.PositiveSmallIntegerField()
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="+")
    name = models.CharField(max_length=240)
    name_hi = models.CharField(max_length=240, blank=True)
    unit = models.CharField(max_length=2, choices=Unit)
    quantity = models.PositiveIntegerField()
    price = models.BigIntegerField()
    per = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    hsn = models.CharField(max_length=8, blank=True)
    gst_bps = models.PositiveIntegerField(default=0)
    taxable = models.BigIntegerField()
    cgst = models.BigIntegerField()
    sgst = models.BigIntegerField()

    class Meta:
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "n"], name="counter_sale_line_number_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="counter_sale_line_not_empty"),
            models.CheckConstraint(
                condition=Q(amount=F("taxable") + F("cgst") + F("sgst"), cgst=F("sgst")),
                name="counter_sale_line_tax_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return self.name
