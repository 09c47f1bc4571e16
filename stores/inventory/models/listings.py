from datetime import date
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from marketplace.core import money
from marketplace.core.clock import business_date, now
from marketplace.core.ids import uuid7
from marketplace.core.quantity import Unit
from stores.catalogue.countries import HOME
from stores.catalogue.models import Category, GstRate, Product
from stores.catalogue.search.asking import ask, widen
from stores.catalogue.search.finding import HAVING_MOST, parameters
from stores.inventory.pricing import compare_price, unit_price_beside, unit_price_words
from stores.shops.models import Store

# Counted listings at or below their reorder level.
RUNNING_LOW = Q(
    policy="counted",
    reorder_level__isnull=False,
    on_hand__lte=F("held") + F("expired") + F("reorder_level"),
)
# Nothing is left to sell.
SOLD_OUT = Q(policy="on_shelf", on_shelf=False) | Q(
    policy="counted", on_hand__lte=F("held") + F("expired")
)


class ListingQuerySet(models.QuerySet["Listing"]):
    def of_store(self, store_id: UUID) -> Self:
        """One shop's listings; every read and lock starts here."""
        return self.filter(store_id=store_id)

    def shown(self) -> Self:
        """Listings a customer may see, in stock or not."""
        return self.filter(shown=True)

    def sellable(self) -> Self:
        """Listings a customer can put in a cart now: shown, and with stock neither held by others
        nor expired. Goods that expired overnight and are not yet set aside are not for sale."""
        return self.shown().filter(
            Q(policy=Listing.Policy.ON_SHELF, on_shelf=True)
            | Q(policy=Listing.Policy.COUNTED, on_hand__gt=F("held") + F("expired"))
            & (Q(next_expiry=None) | Q(next_expiry__gte=business_date()))
        )

    def running_low(self) -> Self:
        """Counted listings at or below their reorder level."""
        return self.filter(RUNNING_LOW)

    def sold_out(self) -> Self:
        """Listings of which nothing is left to sell, shown or not."""
        return self.filter(SOLD_OUT)

    def from_country(self, code: str) -> Self:
        """Listings of goods that come from one country, India or another."""
        return self.filter(imported_from="" if code == HOME else code)

    def in_category(self, category: Category) -> Self:
        """Listings in an aisle or any aisle below it."""
        return self.filter(
            Q(category=category)
            | Q(category__parent=category)
            | Q(category__parent__parent=category)
        )

    def matching(self, text: str) -> Self:
        """Listings of products that have most of these words, in any spelling; all of them without words."""
        asked = widen(ask(text))
        if not asked.words:
            return self
        return self.filter(product_id__in=RawSQL(f"({HAVING_MOST})", parameters(asked)))

    def after(self, rank: int, listing_id: UUID) -> Self:
        """The listings that follow this one in the shop window."""
        return self.filter(Q(rank__lt=rank) | Q(rank=rank, id__gt=listing_id), rank__lte=rank)

    def with_tax(self, on: date) -> Self:
        """Annotate `gst_bps`, the GST rate in force on a day; None where no rate is known."""
        rate = (
            GstRate.objects.in_force(on)
            .filter(hsn=OuterRef("product__hsn"), packed=OuterRef("product__packed"))
            .values("bps")[:1]
        )
        return self.annotate(gst_bps=Subquery(rate))

    def past_their_date(self) -> Self:
        """Listings of which something expired before today and is not yet set aside."""
        return self.filter(next_expiry__lt=business_date())

    def in_key_order(self) -> Self:
        """Lock these rows in the one order that every service uses, so that none waits in a circle."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Listing(models.Model):
    """What one shop sells: a product at one printed MRP. Several MRPs are several listings.

    `price` paise buy `per` base units (1 piece, or 1000 g); `on_hand` and `held` are base units.
    Of `on_hand`, `expired` may not be sold any more; `next_expiry` is the last good day of the
    batch that expires first of the rest.
    """

    class Policy(models.TextChoices):
        COUNTED = "counted", _("counted")
        ON_SHELF = "on_shelf", _("there or not there")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # found by the indexes below, which begin with it
    store = models.ForeignKey(Store, models.CASCADE, related_name="listings", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="listings")
    # the product's aisle, copied so that a shop's aisle is one index
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    price = models.BigIntegerField(_("price"))
    per = models.PositiveIntegerField(default=1)
    mrp = models.BigIntegerField(_("MRP"), null=True, blank=True)
    step = models.PositiveIntegerField(default=1)
    minimum = models.PositiveIntegerField(default=1)
    policy = models.CharField(max_length=8, choices=Policy, default=Policy.COUNTED)
    on_hand = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    on_shelf = models.BooleanField(default=False)
    expired = models.BigIntegerField(default=0)
    next_expiry = models.DateField(null=True, editable=False)
    # whether the shop is asked for batch and expiry when goods come in
    keeps_batches = models.BooleanField(_("keeps batches"), default=False)
    reorder_level = models.PositiveIntegerField(null=True, blank=True)
    low_stock_told_at = models.DateTimeField(null=True, editable=False)
    shown = models.BooleanField(_("shown"), default=True)
    # the shop window's order: higher comes first
    rank = models.IntegerField(default=0)
    # the country of goods that come from another, copied like the aisle; empty for India's own
    imported_from = models.CharField(max_length=2, blank=True, default="", editable=False)
    # the shop's own photograph (inventory/pictures.py); empty where the aisle's drawing stands for it
    picture = models.CharField(max_length=16, blank=True, default="", editable=False)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    # only on rows read through with_tax() or lock_listings()
    gst_bps: int | None

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product", "mrp"],
                nulls_distinct=False,
                name="listing_once_per_mrp",
            ),
            models.CheckConstraint(condition=Q(price__gt=0), name="listing_price_positive"),
            models.CheckConstraint(
                condition=Q(mrp=None) | Q(price__lte=F("mrp")), name="listing_price_at_most_mrp"
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="listing_held_not_negative"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0), name="listing_on_hand_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(expired__gte=0), name="listing_expired_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(policy="on_shelf") | Q(on_hand__gte=F("held") + F("expired")),
                name="listing_never_oversold",
            ),
            models.CheckConstraint(
                condition=Q(per__gt=0, step__gt=0, minimum__gt=0), name="listing_steps_positive"
            ),
        ]
        indexes = [
            # a shop's window and its pages
            models.Index(
                F("store"),
                F("rank").desc(),
                F("id"),
                condition=Q(shown=True),
                name="listing_window",
            ),
            # the shop's own shelf, hidden listings too; whatever else is asked of one shop
            models.Index(F("store"), F("rank").desc(), F("id"), name="listing_shelf"),
            # one aisle of a shop
            models.Index(
                F("store"),
                F("category"),
                F("rank").desc(),
                F("id"),
                condition=Q(shown=True),
                name="listing_aisle",
            ),
            # imported goods by country, of which a shop has few; and which countries there are
            models.Index(
                F("store"),
                F("imported_from"),
                F("rank").desc(),
                F("id"),
                condition=Q(shown=True) & ~Q(imported_from=""),
                name="listing_imported",
            ),
            # what passes its date: the sweep, and a shop's count of it
            models.Index(
                F("next_expiry"),
                condition=Q(next_expiry__isnull=False),
                name="listing_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} @ {money.rupees(self.price)}"

    @property
    def available(self) -> int | None:
        """Base units that can be sold now; None when the shop does not count and has some."""
        if self.policy == self.Policy.ON_SHELF:
            return None if self.on_shelf else 0
        if self.has_expired_since(business_date()):
            return 0
        return max(self.on_hand - self.held - self.expired, 0)

    def has_expired_since(self, today: date) -> bool:
        """Whether a batch has passed its date that is not yet counted as expired."""
        return self.next_expiry is not None and self.next_expiry < today

    @property
    def by_weight(self) -> bool:
        """Whether it is sold loose, so that what goes into the bag is weighed and billed so."""
        return not self.product.packed and self.product.base_unit != Unit.PIECE

    @property
    def can_be_bought(self) -> bool:
        available = self.available
        return self.shown and (available is None or available >= self.minimum)

    @property
    def least(self) -> int:
        """The smallest quantity to buy: `minimum`, or more steps where that would cost nothing."""
        half_a_paisa = -(-self.per // (2 * self.price))
        return max(self.minimum, -(-half_a_paisa // self.step) * self.step)

    def amount_for(self, quantity: int) -> int:
        """Paise for this many base units at today's price."""
        return money.charge(price=self.price, per=self.per, quantity=quantity)

    @property
    def unit_price(self) -> tuple[int, int, str]:
        """(paise, quantity, unit) to compare by: see `compare_price`."""
        product = self.product
        content, unit = (
            (product.pack_quantity, product.pack_unit)
            if product.packed and product.pack_quantity
            else (self.per, product.base_unit)
        )
        return compare_price(price=self.price, content=content, unit=unit)

    @property
    def unit_price_words(self) -> str:
        """`₹96/kg`: the price to compare by, in words."""
        return unit_price_words(*self.unit_price)

    @property
    def unit_price_beside(self) -> str:
        """The same, where the price itself does not say it, else nothing."""
        product = self.product
        return unit_price_beside(
            price=self.price,
            per=self.per,
            unit=product.base_unit,
            content=product.pack_quantity if product.packed else None,
            content_unit=product.pack_unit,
        )
