from datetime import date
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import business_date, now
from marketplace.core.ids import uuid7
from stores.inventory.models.listings import Listing
from stores.shops.models import Store


class BatchQuerySet(models.QuerySet["Batch"]):
    def of_store(self, store_id: UUID) -> Self:
        """One shop's batches."""
        return self.filter(store_id=store_id)

    def in_stock(self) -> Self:
        """Batches of which something is left."""
        return self.filter(on_hand__gt=0)

    def good_on(self, day: date) -> Self:
        """Batches of which something may still be sold on this day."""
        return self.in_stock().filter(Q(expires_on=None) | Q(expires_on__gte=day))

    def first_to_expire(self) -> Self:
        """In the order in which they are packed (FEFO); what bears no date goes last."""
        return self.order_by(F("expires_on").asc(nulls_last=True), "id")

    def expiring_by(self, day: date) -> Self:
        """Batches with something left whose last good day is `day` or earlier."""
        return self.in_stock().filter(expires_on__lte=day)


class Batch(models.Model):
    """Goods of one listing that came together: one batch number, one expiry, one printed MRP.

    `on_hand` base units are part of the listing's; what a listing has beyond its batches came in
    without a batch and bears no date. `expires_on` is the last day on which it may be sold.
    `expired` says that the listing counts what is left of it as expired, and sells none of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="batches")
    code = models.CharField(_("batch number"), max_length=40, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    mrp = models.BigIntegerField(_("MRP"), null=True, blank=True)
    on_hand = models.BigIntegerField(default=0)
    expired = models.BooleanField(default=False)
    received_at = models.DateTimeField(default=now)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "listing", "code", "expires_on", "mrp"],
                nulls_distinct=False,
                name="batch_once",
            ),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="batch_not_negative"),
            models.CheckConstraint(
                condition=Q(expired=False) | Q(expires_on__isnull=False),
                name="batch_expires_by_its_date",
            ),
        ]
        indexes = [
            # what expires next: on a listing at packing, and in the expiring-soon list
            models.Index(
                F("store"),
                F("expires_on"),
                condition=Q(on_hand__gt=0),
                name="batch_expiring",
            ),
            models.Index(
                F("listing"),
                F("expires_on"),
                condition=Q(on_hand__gt=0),
                name="batch_of_listing",
            ),
        ]

    def __str__(self) -> str:
        return self.code or str(self.expires_on or self.pk)

    def past(self, today: date) -> bool:
        """Whether its last good day is over."""
        return self.expires_on is not None and self.expires_on < today

    def too_old_to_deliver(self, today: date) -> bool:
        """Whether so little of its life is left that a marketplace may not deliver it any more: under
        45 days and under 30 % (FSSAI advisory to e-commerce food businesses, November 2024).

        Of its whole life only what was left when it came in is known, so this errs on the late
        side.
        """
        if self.expires_on is None:
            return False
        left = (self.expires_on - today).days
        life = (self.expires_on - business_date(self.received_at)).days
        return left < 45 and left * 100 < life * 30
