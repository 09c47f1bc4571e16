"""What the shops sell: products.csv, a row for each name with its packs and loose prices in rupees.

`packs` is `500g:55/52|1kg:105/99` (MRP/price) for packets, `kg:140` or `pc:6` for loose goods.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from marketplace.core.quantity import Unit
from stores.catalogue.barcodes import check_digit
from stores.catalogue.countries import HOME
from stores.catalogue.models import Product
from stores.catalogue.packs import Pack, parse_pack, parse_unit
from stores.catalogue.services import add_product, lay_out_aisles, name_brand

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as it is sold: `pack` for packets, else `loose` is its unit; money in paise."""

    aisle: str
    brand: str
    name: str
    row: dict[str, str]
    pack: Pack | None
    loose: Unit | None
    size: str
    mrp: int | None
    price: int


def read_offers() -> Iterator[Offer]:
    for row in _rows("products.csv"):
        for each in row["packs"].split("|"):
            size, _colon, prices = each.partition(":")
            mrp, _slash, price = prices.rpartition("/")
            unit = None if mrp else parse_unit(size)
            yield Offer(
                aisle=row["aisle"],
                brand=row["brand"],
                name=row["name"],
                row=row,
                pack=parse_pack(size) if mrp else None,
                loose=unit[0] if unit else None,
                size=size,
                mrp=_paise(mrp) if mrp else None,
                price=_paise(price),
            )


@transaction.atomic
def stock_the_catalogue(offers: list[Offer]) -> int:
    """Add the shared products that are missing; returns how many."""
    aisles = lay_out_aisles()
    known = set(Product.objects.shared().values_list("name", "pack_quantity", "packed"))
    brands = {
        row["name"]: name_brand(name=row["name"], name_hi=row["name_hi"])
        for row in _rows("brands.csv")
    }
    added = 0
    for n, offer in enumerate(offers, start=1):
        if (
            offer.name,
            offer.pack.quantity if offer.pack else None,
            offer.pack is not None,
        ) in known:
            continue
        add_product(
            store_id=None,
            category=aisles[offer.aisle],
            brand=brands[offer.brand] if offer.brand else None,
            name=offer.name,
            name_hi=offer.row["name_hi"],
            other_names=[name.strip() for name in offer.row["also"].split(";") if name.strip()],
            packed=offer.pack is not None,
            base_unit=offer.loose or Unit.PIECE,
            pack_quantity=offer.pack.quantity if offer.pack else None,
            pack_unit=offer.pack.unit if offer.pack else "",
            ean=_barcode(n) if offer.pack else "",
            hsn=offer.row["hsn"],
            veg=offer.row["veg"],
            # said only of what is imported
            country_of_origin=offer.row["country"] or HOME,
        )
        added += 1
    return added


def _barcode(n: int) -> str:
    """An EAN-13 to scan: prefix 20 is for use inside a shop, so no maker's real number is claimed."""
    digits = f"20{n:010}"
    return digits + check_digit(digits)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _paise(rupees: str) -> int:
    return int(Decimal(rupees) * 100)
