"""Everything that changes what can be sold. Shops never edit a shared product."""

import csv
from datetime import date
from pathlib import Path
from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from marketplace.core import outbox
from marketplace.core.errors import DomainError, InvalidInput
from stores.catalogue.barcodes import ean13
from stores.catalogue.countries import countries
from stores.catalogue.models import DEEPEST, Brand, Category, GstRate, Product
from stores.catalogue.search.indexing import index_products

# A product stands in another aisle, or comes from another country: its listings follow.
MOVED = "product.moved"
UNIQUE_VIOLATION = "23505"
AISLES = Path(__file__).resolve().parent / "data" / "aisles.csv"


class UnknownProduct(DomainError):
    """There is no such product, or it is private to another shop."""

    code = "unknown_product"
    message = _("There is no such product.")
    status = 404


class SharedProduct(DomainError):
    """Only platform staff edit what every shop lists."""

    code = "shared_product"
    message = _("This product is shared by all shops; only Nukkad can change it.")
    status = 403


class ProductExists(DomainError):
    code = "product_exists"
    message = _("This product is already there.")


class ProductFields(TypedDict, total=False):
    """What is known of a product; see the model for units."""

    category: Category
    brand: Brand | None
    name: str
    name_hi: str
    other_names: list[str]
    packed: bool
    base_unit: str
    pack_quantity: int | None
    pack_unit: str
    ean: str
    hsn: str
    veg: str
    country_of_origin: str


@transaction.atomic
def add_category(
    *,
    slug: str,
    name: str,
    name_hi: str = "",
    parent: Category | None = None,
    icon: str = "",
    position: int = 0,
) -> Category:
    """Add an aisle, or a part of one. Raises InvalidInput below the third level."""
    level = parent.level + 1 if parent else 1
    if level > DEEPEST:
        raise InvalidInput(field="parent", why=_("Categories are at most three levels deep."))
    category = Category(
        slug=slug,
        name=name,
        name_hi=name_hi,
        parent=parent,
        icon=icon or slug,
        level=level,
        position=position,
    )
    _check(category)
    category.save(force_insert=True)
    return category


@transaction.atomic
def change_category(
    *, category_id: UUID, name: str, name_hi: str, icon: str, position: int
) -> Category:
    """Rename an aisle, or let it stand elsewhere among its neighbours; its place in the tree stays.

    Raises InvalidInput.
    """
    category = Category.objects.select_for_update(of=("self",), no_key=True).get(pk=category_id)
    category.name, category.name_hi = name, name_hi
    category.icon, category.position = icon, position
    _check(category)
    category.save(update_fields=["name", "name_hi", "icon", "position"])
    return category


@transaction.atomic
def lay_out_aisles() -> dict[str, Category]:
    """The aisles of a kirana by slug (data/aisles.csv), those missing added; repeating it is free."""
    with AISLES.open(encoding="utf-8", newline="") as file:
        rows = list(enumerate(csv.DictReader(file)))
    known = {category.slug: category for category in Category.objects.all()}
    for level, at_level in (
        (1, [row for row in rows if not row[1]["parent"]]),
        (2, [row for row in rows if row[1]["parent"]]),
    ):
        missing = [
            Category(
                slug=row["slug"],
                name=row["name"],
                name_hi=row["name_hi"],
                parent=known.get(row["parent"]),
                icon=row["icon"],
                level=level,
                position=position,
            )
            for position, row in at_level
            if row["slug"] not in known
        ]
        if missing:
            # two shops' first imports may lay them out at the same moment
            Category.objects.bulk_create(missing, ignore_conflicts=True)
            known = {category.slug: category for category in Category.objects.all()}
    return known


def name_brand(*, name: str, name_hi: str = "") -> Brand:
    """The brand of this name, whatever its capitals; added if nobody has named it before."""
    name = " ".join(name.split())
    known = Brand.objects.filter(name__iexact=name).first()
    if known:
        return known
    brand, _created = Brand.objects.get_or_create(name=name, defaults={"name_hi": name_hi})
    return brand


@transaction.atomic
def rename_brand(*, brand_id: UUID, name: str, name_hi: str) -> Brand:
    """Correct a brand's names, also where its products are searched. Raises InvalidInput."""
    brand = Brand.objects.select_for_update(of=("self",), no_key=True).get(pk=brand_id)
    brand.name, brand.name_hi = " ".join(name.split()), " ".join(name_hi.split())
    _check(brand)
    brand.save(update_fields=["name", "name_hi"])
    products = list(Product.objects.filter(brand=brand).order_by("pk").select_related("brand"))
    for product in products:
        product.search_text = search_text(product)
    Product.objects.bulk_update(products, ["search_text"], batch_size=500)
    index_products([product.pk for product in products])
    return brand


def add_gst_rate(
    *, hsn: str, packed: bool, bps: int, valid_from: date, notification: str
) -> GstRate:
    """Let a rate apply to a heading from a day on; earlier days keep theirs. Raises InvalidInput."""
    rate = GstRate(
        hsn=hsn, packed=packed, bps=bps, valid_from=valid_from, notification=notification
    )
    _check(rate)
    rate.save(force_insert=True)
    return rate


@transaction.atomic
def add_product(*, store_id: UUID | None, **fields: Unpack[ProductFields]) -> Product:
    """Add a product private to a shop, or with `store_id=None` (platform staff) one for all shops.

    Raises InvalidInput naming the field, ProductExists.
    """
    product = Product(store_id=store_id)
    _fill(product, fields)
    _save(product)
    return product


@transaction.atomic
def change_product(
    *, product_id: UUID, store_id: UUID | None, **fields: Unpack[ProductFields]
) -> Product:
    """Change a shop's own product, or with `store_id=None` (platform staff) any.

    Its listings follow to another aisle or country by a worker. Raises UnknownProduct, SharedProduct,
    InvalidInput, ProductExists.
    """
    product = _locked(product_id)
    if store_id is not None and product.store_id is None:
        raise SharedProduct
    if store_id is not None and product.store_id != store_id:
        raise UnknownProduct
    stood = (product.category_id, product.country_of_origin)
    _fill(product, fields)
    _save(product)
    if stood != (product.category_id, product.country_of_origin):
        outbox.publish(MOVED, {"product": str(product.pk)}, store_id=store_id)
    return product


@transaction.atomic
def mark_merged(*, product_id: UUID, into_id: UUID) -> Product:
    """Let a shop's private product go into a shared one, which learns its names; returns the shared one.

    Its listings are moved by `stores.inventory.services.merge_product`, which calls this. Raises
    UnknownProduct, and InvalidInput unless a private product goes into a shared one.
    """
    locked = {
        product.pk: product
        for product in Product.objects.filter(pk__in=[product_id, into_id])
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    if len(locked) != 2:
        raise UnknownProduct
    private, shared = locked[product_id], locked[into_id]
    if private.store_id is None or shared.store_id is not None or shared.merged_into_id:
        raise InvalidInput(
            field="merged_into", why=_("A shop's own product goes into a shared one.")
        )
    private.merged_into = shared
    private.save(update_fields=["merged_into"])
    known = {shared.name, shared.name_hi, *shared.other_names}
    new = [name for name in (private.name, private.name_hi, *private.other_names) if name]
    shared.other_names += [name[:120] for name in dict.fromkeys(new) if name not in known]
    shared.search_text = search_text(shared)
    shared.save(update_fields=["other_names", "search_text"])
    index_products([shared.pk])
    return shared


def search_text(product: Product) -> str:
    """Everything a customer may call the product, lower-cased: names, spellings, brand, barcode."""
    brand = [product.brand.name, product.brand.name_hi] if product.brand else []
    words = [product.name, product.name_hi, *product.other_names, *brand, product.ean]
    return " ".join(dict.fromkeys(word.lower() for word in words if word))


def _locked(product_id: UUID) -> Product:
    product = (
        Product.objects.filter(pk=product_id, merged_into=None)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if product is None:
        raise UnknownProduct
    return product


def _fill(product: Product, fields: ProductFields) -> None:
    for name, value in fields.items():
        setattr(product, name, value)
    product.name = " ".join(product.name.split())
    if product.packed:
        product.base_unit = "pc"
    if product.ean:
        ean = ean13(product.ean)
        if ean is None:
            raise InvalidInput(
                field="ean", why=_("This is not a barcode: its digits do not add up.")
            )
        product.ean = ean
    if product.country_of_origin not in countries():
        raise InvalidInput(field="country_of_origin", why=_("There is no such country."))
    if (product.pack_quantity is None) != (product.pack_unit == ""):
        raise InvalidInput(field="pack_quantity", why=_("A pack has a quantity and its unit."))
    product.search_text = search_text(product)
    try:
        # the rest is given as rows, or guarded by the database: no look-ups for each product
        product.clean_fields(exclude={"store", "merged_into", "category", "brand"})
    except ValidationError as error:
        raise _first(error) from error


def _save(product: Product) -> None:
    try:
        with transaction.atomic():
            product.save()
            index_products([product.pk])
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) == UNIQUE_VIOLATION:
            raise ProductExists from error
        raise


def _check(row: Category | Brand | GstRate) -> None:
    """Raise InvalidInput for the first field that cannot be right."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise _first(error) from error


def _first(error: ValidationError) -> InvalidInput:
    field, problems = next(iter(error.message_dict.items()))
    return InvalidInput(field=field, why=problems[0])
