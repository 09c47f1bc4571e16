"""Product cards, made cheap: one query's plain rows, every word prepared before the template runs.

Rendering is most of a list page's cost, so the template loops over finished strings.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from marketplace.core.money import rupees
from marketplace.core.quantity import Unit, show_quantity
from stores.inventory.models import Listing, ListingQuerySet
from stores.inventory.pricing import compare_price

PAGE = 24

UNIT_NAMES = {
    ("g", 1): gettext_noop("g"),
    ("g", 1000): gettext_noop("kg"),
    ("ml", 1): gettext_noop("ml"),
    ("ml", 1000): gettext_noop("l"),
    ("pc", 1): gettext_noop("pc"),
}

FIELDS = (
    "id",
    "rank",
    "price",
    "per",
    "mrp",
    "minimum",
    "step",
    "policy",
    "on_hand",
    "held",
    "on_shelf",
    "product__name",
    "product__name_hi",
    "product__packed",
    "product__base_unit",
    "product__pack_quantity",
    "product__pack_unit",
    "product__veg",
    "product__brand__name",
    "category__icon",
    "store__slug",
)


class Card(NamedTuple):
    """One listing as a customer sees it; `wanted` is what is in the cart, in words, or empty."""

    id: UUID
    url: str
    name: str
    brand: str
    pack: str
    icon: str
    veg: str
    price: str
    mrp: str
    unit_price: str
    sold_out: bool
    wanted: str
    at_most: bool
    shop: str


class Page(NamedTuple):
    cards: list[Card]
    next: str


def unit_price_words(paise: int, base: int, unit: str) -> str:
    """`₹96/kg`, `₹0.12/g`, `₹5/pc`."""
    return f"{rupees(paise)}/{_(UNIT_NAMES[unit, base])}"


def available(row: Mapping[str, Any]) -> int | None:
    """`Listing.available` of a plain row."""
    if row["policy"] == Listing.Policy.ON_SHELF:
        return None if row["on_shelf"] else 0
    return max(row["on_hand"] - row["held"], 0)


def make_card(row: Mapping[str, Any], *, wanted: int, hindi: bool, shop: str = "") -> Card:
    price, per = row["price"], row["per"]
    brand = row["product__brand__name"] or ""
    unit = row["product__base_unit"]
    packed, content = row["product__packed"], row["product__pack_quantity"]
    left = available(row)
    if packed:
        pack = show_quantity(content, row["product__pack_unit"]) if content else ""
        words = rupees(price)
        compared = (
            unit_price_words(
                *compare_price(price=price, content=content, unit=row["product__pack_unit"])
            )
            if content
            else ""
        )
    else:
        pack = _("loose") if unit != Unit.PIECE else ""
        words = (
            unit_price_words(price, per, unit)
            if per in (1, 1000)
            else f"{rupees(price)} / {show_quantity(per, unit)}"
        )
        compared = (
            ""
            if per in (1, 1000)
            else unit_price_words(*compare_price(price=price, content=per, unit=unit))
        )
    return Card(
        id=row["id"],
        url=f"/shops/{row['store__slug']}/p/{row['id']}/",
        name=(hindi and row["product__name_hi"]) or row["product__name"],
        brand="" if row["product__name"].lower().startswith(brand.lower()) else brand,
        pack=pack,
        icon=row["category__icon"] or "other",
        veg=row["product__veg"],
        price=words,
        mrp=rupees(row["mrp"]) if row["mrp"] and row["mrp"] > price else "",
        unit_price=compared,
        sold_out=left is not None and left < row["minimum"] and not wanted,
        wanted=show_wanted(wanted, unit, packed=packed) if wanted else "",
        at_most=left is not None and wanted + row["step"] > left,
        shop=shop,
    )


def show_wanted(quantity: int, unit: str, *, packed: bool) -> str:
    """A count of packets is a bare number; loose goods are said by weight."""
    return str(quantity) if packed or unit == Unit.PIECE else show_quantity(quantity, unit)


def make_cards(
    rows: Iterable[Mapping[str, Any]],
    *,
    wanted: Mapping[UUID, int],
    shops: Mapping[str, str] | None = None,
) -> list[Card]:
    hindi = (get_language() or "").startswith("hi")
    return [
        make_card(
            row,
            wanted=wanted.get(row["id"], 0),
            hindi=hindi,
            shop=shops[row["store__slug"]] if shops else "",
        )
        for row in rows
    ]


def window_page(listings: ListingQuerySet, *, after: str, wanted: Mapping[UUID, int]) -> Page:
    """One page of a shop's window, in the shop's own order; `after` is the cursor of the last."""
    listings = listings.order_by("-rank", "id")
    cursor = _read_cursor(after)
    if cursor:
        listings = listings.after(*cursor)
    rows = list(listings.values(*FIELDS)[: PAGE + 1])
    more = ""
    if len(rows) > PAGE:
        last = rows[PAGE - 1]
        more = f"{last['rank']}.{last['id'].hex}"
    return Page(make_cards(rows[:PAGE], wanted=wanted), more)


def _read_cursor(raw: str) -> tuple[int, UUID] | None:
    rank, _dot, listing = raw.partition(".")
    try:
        return int(rank), UUID(listing)
    except ValueError:
        return None
