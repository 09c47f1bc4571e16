from datetime import date
from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from marketplace.core.quantity import Unit, show_quantity
from stores.catalogue.countries import HOME
from stores.shops.models import Store

DEEPEST = 3


class Category(models.Model):
    """An aisle; at most three levels deep."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_hi = models.CharField(_("name in Hindi"), max_length=80, blank=True)
    icon = models.SlugField(max_length=40, blank=True)
    level = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__range=(1, DEEPEST)), name="category_at_most_three_levels"
            ),
            models.CheckConstraint(
                condition=Q(level=1, parent=None) | Q(level__gt=1, parent__isnull=False),
                name="category_root_is_level_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    name_hi = models.CharField(_("name in Hindi"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.name


class GstRateQuerySet(models.QuerySet["GstRate"]):
    def in_force(self, on: date) -> Self:
        """Rates that have begun by this day, the latest of each first."""
        return self.filter(valid_from__lte=on).order_by("-valid_from")


class GstRate(models.Model):
    """GST on a heading from a day on; many headings differ between pre-packed and loose goods.

    Source: the CBIC rate notifications, named in `notification`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hsn = models.CharField(max_length=8)
    packed = models.BooleanField()
    bps = models.PositiveIntegerField()
    valid_from = models.DateField()
    notification = models.CharField(max_length=80, blank=True)

    objects = GstRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("GST rate")
        constraints = [
            # also the look-up of the rate in force on a day
            models.UniqueConstraint(
                fields=["hsn", "packed", "valid_from"], name="gst_rate_one_per_day"
            ),
            models.CheckConstraint(condition=Q(bps__lte=10_000), name="gst_rate_at_most_all"),
        ]

    def __str__(self) -> str:
        return f"{self.hsn} {self.bps / 100:g} %"


class ProductQuerySet(models.QuerySet["Product"]):
    def shared(self) -> Self:
        """Products every shop may list; only platform staff edit them."""
        return self.filter(store=None, merged_into=None)

    def visible_to(self, store_id: UUID) -> Self:
        """Products this shop may list: the shared ones and its own."""
        return self.filter(Q(store=None) | Q(store_id=store_id), merged_into=None)


class Product(models.Model):
    """What can be sold: shared by all shops, or private to the one that brought it in.

    A packed product is sold by the piece and holds `pack_quantity` of `pack_unit`; a loose one is
    weighed or measured out in its base unit.
    """

    class Veg(models.TextChoices):
        VEG = "veg", _("vegetarian")
        NON_VEG = "non_veg", _("non-vegetarian")
        NOT_FOOD = "", _("not food")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, blank=True, related_name="private_products"
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True)
    name = models.CharField(_("name"), max_length=240)
    name_hi = models.CharField(_("name in Hindi"), max_length=240, blank=True)
    other_names = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    packed = models.BooleanField(_("packed"), default=True)
    base_unit = models.CharField(max_length=2, choices=Unit, default=Unit.PIECE)
    pack_quantity = models.PositiveIntegerField(null=True, blank=True)
    pack_unit = models.CharField(max_length=2, choices=Unit, blank=True)
    ean = models.CharField(_("barcode (EAN-13)"), max_length=13, blank=True)
    hsn = models.CharField(_("HSN"), max_length=8, blank=True)
    veg = models.CharField(max_length=8, choices=Veg, blank=True)
    country_of_origin = models.CharField(_("country of origin"), max_length=2, default=HOME)
    # lower-cased names, spellings and brand, kept by services.search_text()
    search_text = models.TextField(editable=False)
    created_at = models.DateTimeField(default=now)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(
                condition=Q(packed=True, base_unit=Unit.PIECE)
                | Q(packed=False, base_unit__in=[Unit.GRAM, Unit.MILLILITRE, Unit.PIECE]),
                name="product_packed_is_sold_by_piece",
            ),
            models.CheckConstraint(
                condition=Q(pack_quantity=None, pack_unit="")
                | Q(pack_quantity__isnull=False, pack_quantity__gt=0) & ~Q(pack_unit=""),
                name="product_pack_has_quantity_and_unit",
            ),
            models.CheckConstraint(
                condition=Q(ean="") | Q(ean__regex=r"^[0-9]{13}$"), name="product_ean_13_digits"
            ),
            # what an import row without a barcode is recognised by
            models.UniqueConstraint(
                fields=["store", "brand", "name", "pack_quantity", "pack_unit"],
                condition=Q(merged_into=None),
                nulls_distinct=False,
                name="product_identity",
            ),
            models.UniqueConstraint(
                fields=["ean"],
                condition=Q(store=None, merged_into=None) & ~Q(ean=""),
                name="product_shared_ean_once",
            ),
            models.UniqueConstraint(
                fields=["store", "ean"],
                condition=Q(store__isnull=False, merged_into=None) & ~Q(ean=""),
                name="product_private_ean_once",
            ),
        ]
        indexes = [
            # search: part of a name, in any spelling
            GinIndex(fields=["search_text"], name="product_search", opclasses=["gin_trgm_ops"]),
            # import: a row without a barcode, by its name in any capitals
            models.Index(Lower("name"), name="product_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pack}".strip()

    @property
    def imported_from(self) -> str:
        """The country it comes from, if that is another than India; what its listings copy."""
        return "" if self.country_of_origin == HOME else self.country_of_origin

    @property
    def pack(self) -> str:
        """The content of one pack in words: `500 g`; empty for loose goods."""
        if self.pack_quantity is None:
            return ""
        return show_quantity(self.pack_quantity, self.pack_unit)


class Term(models.Model):
    """A word by its sound that some product is found by (stores.catalogue.search)."""

    term = models.TextField(primary_key=True)
    # as somebody wrote it, to be offered to whoever typed something like it
    written = models.CharField(max_length=60)

    class Meta:
        indexes = [
            # search: what begins like this
            models.Index(fields=["term"], name="term_prefix", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.term


class TermSlip(models.Model):
    """A term with one letter left out, or whole: two words that share a slip are a slip apart."""

    id = models.BigAutoField(primary_key=True)
    slip = models.TextField()
    term = models.ForeignKey(Term, models.CASCADE, related_name="slips", db_index=False)

    class Meta:
        constraints = [
            # also the look-up of what may have been meant
            models.UniqueConstraint(fields=["slip", "term"], name="term_slip_once"),
        ]

    def __str__(self) -> str:
        return f"{self.slip} for {self.term_id}"


class ProductTerm(models.Model):
    """By what a product is found, and how much that says: 1 to 100."""

    id = models.BigAutoField(primary_key=True)
    term = models.TextField()
    product = models.ForeignKey(Product, models.CASCADE, related_name="terms")
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            # also the search itself, from the index alone
            models.UniqueConstraint(
                fields=["term", "product"], include=["weight"], name="product_term_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.term} {self.weight}"
