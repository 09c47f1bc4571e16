"""One row of the file, understood or with every reason why not."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.core.money import rupees
from marketplace.core.quantity import Unit
from stores.catalogue.barcodes import ean13
from stores.catalogue.countries import find_country
from stores.catalogue.packs import Pack, parse_pack, parse_unit, without_pack
from stores.inventory.importing.problems import Problem
from stores.inventory.importing.reading import Sheet

LONGEST_NAME = 240
LONGEST_BRAND = 80
HIGHEST_PRICE = 1_000_000_000
HIGHEST_STOCK = 1_000_000_000
# plain digits, or digits grouped as 1,25,000 or 125,000: "41,50" is neither
_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})?(?:\.\d*)?")
_MONEY_WORDS = re.compile(r"^(?:₹|rs\.?|inr|रु\.?)\s*|\s*(?:/-|₹|rs\.?|inr)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row that can go in. Money in paise; `stock` in pieces, kilograms or litres as written."""

    number: int
    cells: list[str]
    name: str
    name_hi: str
    brand: str
    pack: Pack | None
    # the base unit of goods that are weighed out; None for packets and pieces
    loose: Unit | None
    price: int
    mrp: int | None
    stock: Decimal | None
    ean: str
    hsn: str
    categories: tuple[str, ...]
    # the code of the country it comes from; empty where the file does not say
    country: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that must be mended first."""

    number: int
    cells: list[str]
    problems: list[Problem]


def understand(sheet: Sheet, number: int, cells: list[str]) -> Line | BadLine:
    """Read one row; every problem is named, not only the first."""
    problems: list[Problem] = []

    def cell(field: str) -> str:
        position = sheet.columns.get(field)
        if position is None or position >= len(cells):
            return ""
        return " ".join(cells[position].split())

    def problem(message: str | Promise, **params: object) -> None:
        problems.append(Problem(message, params))

    if any(each.strip() for each in cells[len(sheet.header) :]):
        problem(_("The row has more cells than the file has columns."))

    name, brand = cell("name"), cell("brand")
    if not name:
        problem(_("The name is missing."))
    if len(name) > LONGEST_NAME or len(cell("name_hi")) > LONGEST_NAME:
        problem(_("The name is longer than %(most)s letters."), most=LONGEST_NAME)
    if len(brand) > LONGEST_BRAND:
        problem(_("The brand is longer than %(most)s letters."), most=LONGEST_BRAND)

    mrp = _money(cell("mrp"), sheet.header[sheet.columns.get("mrp", 0)], problems)
    price = _money(cell("price"), sheet.header[sheet.columns.get("price", 0)], problems)
    if price is None and not problems:
        price = mrp
    if price is None and not cell("price") and not cell("mrp"):
        problem(_("The price is missing."))
    if price is not None and mrp is not None and price > mrp:
        problem(
            _("The price %(price)s is above the MRP of %(mrp)s."),
            price=rupees(price),
            mrp=rupees(mrp),
        )

    stock = None
    if cell("stock"):
        stock = _decimal(cell("stock"))
        if stock is None or stock < 0 or stock > HIGHEST_STOCK:
            problem(_("“%(cell)s” is not a count of stock."), cell=cell("stock")[:40])

    ean = ""
    if cell("ean"):
        ean = ean13(cell("ean").removesuffix(".0")) or ""
        if not ean:
            problem(
                _("“%(cell)s” is not a barcode: its digits do not add up."), cell=cell("ean")[:40]
            )
    hsn = cell("hsn")
    if hsn:
        # spreadsheets drop the zero that chapters 1 to 9 begin with
        hsn = hsn.zfill(len(hsn) + len(hsn) % 2)
        if not (hsn.isascii() and hsn.isdigit() and len(hsn) in (4, 6, 8)):
            problem(_("“%(cell)s” is not an HSN code of 4, 6 or 8 digits."), cell=hsn[:40])

    country = find_country(cell("country")) if cell("country") else ""
    if country is None:
        problem(_("“%(cell)s” is not a country."), cell=cell("country")[:40])

    if problems or price is None or country is None:
        return BadLine(number, cells, problems)
    pack, loose, name = _content(name, cell("pack"), cell("unit"))
    return Line(
        number=number,
        cells=cells,
        name=name,
        name_hi=cell("name_hi"),
        brand=brand,
        pack=pack,
        loose=loose,
        price=price,
        mrp=mrp,
        stock=stock,
        ean=ean,
        hsn=hsn,
        categories=tuple(filter(None, (cell("sub_category"), cell("category")))),
        country=country,
    )


def _content(name: str, size: str, unit: str) -> tuple[Pack | None, Unit | None, str]:
    """The pack, or the unit it is weighed in, and the name without a pack at its end.

    A size column decides; a bare unit ("kg") means loose goods unless the name states a pack.
    """
    if size and (pack := parse_pack(size) or parse_pack(f"{size} {unit}")):
        return pack, None, without_pack(name) if parse_pack(name) == pack else name
    pack = parse_pack(name)
    if pack:
        return pack, None, without_pack(name)
    bare = parse_unit(size) or parse_unit(unit)
    if bare and bare[0] != Unit.PIECE:
        return None, bare[0], name
    return None, None, name


def _money(cell: str, heading: str, problems: list[Problem]) -> int | None:
    """Paise, exactly; None for an empty cell, or for a bad one after naming the problem."""
    if not cell:
        return None
    amount = _decimal(_MONEY_WORDS.sub("", cell))
    if amount is None:
        params = {"column": heading.strip(), "cell": cell[:40]}
        problems.append(Problem(_("%(column)s: “%(cell)s” is not a number."), params))
        return None
    paise = amount * 100
    if paise != paise.to_integral_value():
        params = {"column": heading.strip(), "cell": cell[:40]}
        problems.append(Problem(_("%(column)s: “%(cell)s” has parts of a paisa."), params))
        return None
    if not 0 < paise <= HIGHEST_PRICE:
        params = {"column": heading.strip(), "cell": cell[:40]}
        problems.append(Problem(_("%(column)s: “%(cell)s” cannot be a price."), params))
        return None
    return int(paise)


def _decimal(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text) or not any(character.isdigit() for character in text):
        return None
    return Decimal(text.replace(",", ""))
