"""Which column is which: shops name them as their billing software or their spreadsheet does."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from stores.inventory.importing.problems import Unreadable

# For each field, the headings it goes by, best first; compared without capitals, punctuation and
# the word for rupees.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": (
        *("name", "product", "product name", "item", "item name", "title", "particulars"),
        *("description", "उत्पाद", "नाम", "सामान", "वस्तु"),
    ),
    "name_hi": ("name hi", "hindi name", "name in hindi", "हिंदी नाम", "हिन्दी नाम"),
    "brand": ("brand", "brand name", "company", "manufacturer", "ब्रांड", "ब्रैंड", "कंपनी"),
    "mrp": ("mrp", "market price", "maximum retail price", "list price", "एमआरपी"),
    "price": (
        *("sale price", "selling price", "price", "sp", "rate", "our price", "offer price"),
        *("दाम", "मूल्य", "भाव", "रेट", "कीमत"),
    ),
    "stock": (
        *("stock", "on hand", "qty", "quantity", "in stock", "stock qty", "closing stock"),
        *("balance", "available", "स्टॉक", "मात्रा"),
    ),
    "ean": ("ean", "barcode", "bar code", "ean code", "ean13", "ean 13", "upc", "gtin", "बारकोड"),
    "hsn": ("hsn", "hsn code", "hsn sac", "एचएसएन"),
    "category": ("category", "department", "group", "aisle", "श्रेणी"),
    "sub_category": ("sub category", "subcategory", "sub group"),
    "pack": (
        *("pack", "pack size", "size", "net weight", "net quantity", "net qty", "weight"),
        *("content", "packing", "पैक", "वज़न", "वजन"),
    ),
    "country": (
        *("country of origin", "country", "origin", "made in", "मूल देश", "उत्पत्ति का देश", "देश"),
    ),
    "unit": ("unit", "uom", "units", "इकाई"),
    # What these say follows from other things: the GST rate from the HSN, the error from the row.
    "ignored": ("gst", "gst rate", "tax", "tax rate", "error", "index", "sr no", "s no"),
}
_RUPEES = {"rs", "inr", "rupees", "₹", "रु", "रुपये"}


def find_columns(header: Sequence[str]) -> dict[str, int]:
    """The position of each field that the header names.

    Raises Unreadable when the name, or both price and MRP, are missing.
    """
    headings = [_plain(heading) for heading in header]
    found: dict[str, int] = {}
    for field, synonyms in SYNONYMS.items():
        for synonym in synonyms:
            if synonym in headings:
                found[field] = headings.index(synonym)
                break
    if "name" not in found:
        raise Unreadable(
            _("No column holds the product's name. Call it “name”; the file has: %(columns)s."),
            columns=_listed(header),
        )
    if "price" not in found and "mrp" not in found:
        raise Unreadable(
            _("No column holds the price. Call it “price”; the file has: %(columns)s."),
            columns=_listed(header),
        )
    return found


def known_headings(header: Sequence[str]) -> int:
    """How many headings are known; the right delimiter is the one that gives the most."""
    names = {name for synonyms in SYNONYMS.values() for name in synonyms}
    return sum(_plain(heading) in names for heading in header)


def is_error_column(heading: str) -> bool:
    return _plain(heading) == "error"


def _plain(heading: str) -> str:
    # combining vowel signs are not \w, hence the block of Devanagari
    words = re.findall(r"[\w₹\u0900-\u097f]+", heading.replace("_", " ").casefold())
    return " ".join(word for word in words if word not in _RUPEES)


def _listed(header: Sequence[str]) -> str:
    return ", ".join(heading.strip() for heading in header if heading.strip())[:120]
