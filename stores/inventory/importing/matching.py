"""Which product a row means: by barcode, else by brand, name and pack; else a new private one."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from stores.catalogue.consumers import announce_products
from stores.catalogue.countries import HOME
from stores.catalogue.models import Brand, Category, Product
from stores.catalogue.services import AISLES, lay_out_aisles, search_text
from stores.inventory.importing.bulk import copy_in
from stores.inventory.importing.lines import Line

# (brand, name, pack quantity, pack unit), without capitals
Identity = tuple[str, str, int | None, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What a listing needs to know of its product."""

    product_id: UUID
    category_id: UUID
    base_unit: str
    imported_from: str


def identity(line: Line) -> Identity:
    quantity, unit = (line.pack.quantity, line.pack.unit.value) if line.pack else (None, "")
    return line.brand.casefold(), line.name.casefold(), quantity, unit


class Aisles:
    """Where a row's category belongs among the shared ones; goods of no known aisle go to Other."""

    def __init__(self) -> None:
        by_slug = lay_out_aisles()
        self._other = by_slug["other"]
        self._by_name: dict[str, Category] = {}
        with AISLES.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name in row["also"].split(";"):
                    self._by_name[_plain(name)] = by_slug[row["slug"]]
        for category in by_slug.values():
            for name in (category.slug, category.name, category.name_hi):
                self._by_name[_plain(name)] = category
        self._by_name.pop("", None)

    def of(self, line: Line) -> Category:
        for name in line.categories:
            if known := self._by_name.get(_plain(name)):
                return known
        return self._other


class Brands:
    """Brands by name without capitals; those that nobody has named before are added."""

    def __init__(self) -> None:
        self._by_name = {brand.name.casefold(): brand for brand in Brand.objects.order_by("-pk")}

    def learn(self, names: Iterable[str]) -> None:
        new = {name.casefold(): name for name in names if name}
        missing = [name for plain, name in new.items() if plain not in self._by_name]
        if not missing:
            return
        # sorted, since two imports that add the same brands wait for one another
        Brand.objects.bulk_create(
            [Brand(name=name) for name in sorted(missing)], ignore_conflicts=True
        )
        for brand in Brand.objects.filter(name__in=missing):
            self._by_name[brand.name.casefold()] = brand

    def of(self, line: Line) -> Brand | None:
        return self._by_name[line.brand.casefold()] if line.brand else None


def find_products(*, store_id: UUID, lines: Sequence[Line]) -> dict[str | Identity, Known]:
    """The products that these rows mean, under their barcode and under their identity.

    Shared products come before the shop's own, and one that was merged stands for the shared one.
    """
    sql = """
        SELECT coalesce(target.id, p.id), coalesce(target.category_id, p.category_id),
               coalesce(target.base_unit, p.base_unit),
               nullif(coalesce(target.country_of_origin, p.country_of_origin), 'IN'),
               p.ean, coalesce(b.name, ''), p.name, p.pack_quantity, p.pack_unit
          FROM catalogue_product p
          LEFT JOIN catalogue_product target ON target.id = p.merged_into_id
          LEFT JOIN catalogue_brand b ON b.id = p.brand_id
         WHERE (lower(p.name) IN (SELECT lower(n) FROM unnest(%(names)s::text[]) n)
                OR p.ean = ANY(%(eans)s::text[]) AND p.ean <> '')
           AND (p.store_id = %(store)s OR p.store_id IS NULL AND p.merged_into_id IS NULL)
         ORDER BY p.store_id NULLS LAST, p.id DESC
    """
    names = list({line.name for line in lines})
    eans = list({line.ean for line in lines if line.ean})
    found: dict[str | Identity, Known] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, {"names": names, "eans": eans, "store": store_id})
        for product_id, category_id, base_unit, country, ean, *names_and_pack in cursor:
            brand, name, quantity, unit = names_and_pack
            known = Known(product_id, category_id, base_unit, country or "")
            if ean:
                found[ean] = known
            found[brand.casefold(), name.casefold(), quantity, unit] = known
    return found


def add_private_products(
    *,
    store_id: UUID,
    lines: Sequence[Line],
    found: dict[str | Identity, Known],
    brands: Brands,
    aisles: Aisles,
) -> None:
    """Add a product of the shop's own for each row that `found` has none for, and enter it there."""
    new = []
    for line in lines:
        known = found.get(line.ean) if line.ean else None
        known = known or found.get(identity(line))
        if known is None:
            product = _private_product(store_id, line, brands.of(line), aisles.of(line))
            new.append(product)
            known = Known(product.pk, product.category_id, product.base_unit, product.imported_from)
        if line.ean:
            found.setdefault(line.ean, known)
        found.setdefault(identity(line), known)
    copy_in(new)
    announce_products([product.pk for product in new], store_id=store_id)


def _private_product(
    store_id: UUID, line: Line, brand: Brand | None, category: Category
) -> Product:
    product = Product(
        store_id=store_id,
        category=category,
        brand=brand,
        name=line.name,
        name_hi=line.name_hi,
        ean=line.ean,
        hsn=line.hsn,
        country_of_origin=line.country or HOME,
    )
    if line.pack:
        product.pack_quantity, product.pack_unit = line.pack.quantity, line.pack.unit
    if line.loose:
        product.packed, product.base_unit = False, line.loose
    product.search_text = search_text(product)
    return product


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace(",", " ").split())
