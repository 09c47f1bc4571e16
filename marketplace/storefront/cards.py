"""Product cards, made cheap: one query's plain rows, every word prepared before the template runs.

Rendering is most of a list page's cost, so the template loops over finished strings.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.core.clock import business_date
from marketplace.core.money import rupees
from marketplace.core.quantity import Unit, show_quantity
from marketplace.core.requests import whole_number
from marketplace.storefront.addresses import product_path
from marketplace.storefront.drawings import drawing_of
from stores.inventory.finding import find_in_stores
from stores.inventory.pricing import unit_price_beside, unit_price_words
from stores.inventory.window import Shown, read_window
from stores.shops.models import Store

PAGE = 24
# Nobody reads on so far in what was found.
MOST_SKIPPED = 480


class Card(NamedTuple):
    """One listing as a customer sees it; `wanted` is what is in the cart, in words, or empty."""

    id: UUID
    url: str
    name: str
    brand: str
    pack: str
    drawing: str
    picture: str
    veg: str
    price: str
    mrp: str
    unit_price: str
    sold_out: bool
    wanted: str
    at_most: bool
    shop: str
    imported_from: str


class Page(NamedTuple):
    cards: list[Card]
    next: str
    instead: str = ""
    guessed: bool = False


# What stands in front of a window is asked for again and again. The key is everything that a card
# says, price and stock as they were read just now, so nothing ever has to be thrown away.
@lru_cache(maxsize=10_000)
def _make_card(
    row: Shown, slug: str, wanted: int, today: date, shop: str, language: str | None
) -> Card:
    hindi = in_hindi()
    price = row.price
    brand = row.brand or ""
    left = row.available(today)
    content = row.content if row.packed else None
    if row.packed:
        pack = show_quantity(content, row.content_unit) if content else ""
        words = rupees(price)
    else:
        pack = _("loose") if row.unit != Unit.PIECE else ""
        words = (
            unit_price_words(price, row.per, row.unit)
            if row.per in (1, 1000)
            else f"{rupees(price)} / {show_quantity(row.per, row.unit)}"
        )
    return Card(
        id=row.id,
        url=product_path(slug, row.id, row.name),
        name=(hindi and row.name_hi) or row.name,
        brand="" if row.name.lower().startswith(brand.lower()) else brand,
        pack=pack,
        drawing=drawing_of(row.name, row.icon or "other"),
        picture=f"/pictures/{row.id}/{row.picture}" if row.picture else "",
        veg=row.veg,
        price=words,
        mrp=rupees(row.mrp) if row.mrp and row.mrp > price else "",
        unit_price=unit_price_beside(
            price=price,
            per=row.per,
            unit=row.unit,
            content=content,
            content_unit=row.content_unit,
        ),
        sold_out=left is not None and left < row.minimum and not wanted,
        wanted=show_wanted(wanted, row.unit, packed=row.packed) if wanted else "",
        at_most=left is not None and wanted + row.step > left,
        shop=shop,
        imported_from=row.imported_from,
    )


def show_wanted(quantity: int, unit: str, *, packed: bool) -> str:
    """A count of packets is a bare number; loose goods are said by weight."""
    return str(quantity) if packed or unit == Unit.PIECE else show_quantity(quantity, unit)


def make_cards(
    rows: Iterable[Shown], *, slug: str, wanted: Mapping[UUID, int], shop: str = ""
) -> list[Card]:
    """Cards of one shop's listings; `wanted` base units of each are in the basket."""
    today, language = business_date(), get_language()
    return [_make_card(row, slug, wanted.get(row.id, 0), today, shop, language) for row in rows]


def in_hindi() -> bool:
    return (get_language() or "").startswith("hi")


def window_page(
    store: Store,
    *,
    after: str,
    wanted: Mapping[UUID, int],
    aisle: Sequence[UUID] | None = None,
) -> Page:
    """One page of a shop's window, in the shop's own order; `after` is the cursor of the last."""
    rows = read_window(store_id=store.pk, most=PAGE + 1, aisle=aisle, after=_read_cursor(after))
    more = ""
    if len(rows) > PAGE:
        last = rows[PAGE - 1]
        more = f"{last.rank}.{last.id.hex}"
    return Page(make_cards(rows[:PAGE], slug=store.slug, wanted=wanted), more)


def found_page(store: Store, text: str, *, after: str, wanted: Mapping[UUID, int]) -> Page:
    """One page of what a shop has of what was asked, best first; `after` is how many came before."""
    skip = read_skip(after)
    found = find_in_stores(text, store_ids=[store.pk], most=PAGE + 1, skip=skip)
    rows = [row for _store, row in found.rows]
    cards = make_cards(rows[:PAGE], slug=store.slug, wanted=wanted)
    return Page(cards, next_skip(len(rows), skip), found.instead, found.guessed)


def read_skip(after: str) -> int:
    """How many of what was found came before."""
    return min(whole_number(after) or 0, MOST_SKIPPED)


def next_skip(found: int, skip: int) -> str:
    """What the next page passes over, of whom one more than a page were looked for; empty for the last."""
    return str(skip + PAGE) if found > PAGE and skip < MOST_SKIPPED else ""


def _read_cursor(raw: str) -> tuple[int, UUID] | None:
    rank, _dot, listing = raw.partition(".")
    try:
        return int(rank), UUID(listing)
    except ValueError:
        return None
