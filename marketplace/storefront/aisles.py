"""A shop's aisles: the categories in which it shows anything."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from marketplace.core.clock import now
from stores.inventory.window import read_aisles

# Seconds. A shop's first goods in an aisle stand in its window at once, and lead there a little later.
KEPT = 120


class Tile(NamedTuple):
    """A category as a shop shows it; `stocked` when the shop shows anything right in it, `origins` the
    countries of the imported goods among that."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    name_hi: str
    icon: str
    stocked: bool
    origins: Sequence[str]


class Tiles(NamedTuple):
    """Every category there is, those in or below which a shop shows anything, and the top ones of these."""

    every: Sequence[Tile]
    stocked: Sequence[Tile]
    top: Sequence[Tile]


class Aisle(NamedTuple):
    """A category, the stocked ones right below it, the one above, every category in it, and the countries
    of the imported goods in them."""

    here: Tile
    below: Sequence[Tile]
    above: Tile | None
    whole: Sequence[UUID]
    origins: Sequence[str]


def top_aisles(store_id: UUID) -> Sequence[Tile]:
    """What stands at the head of a shop's window."""
    return _read_tiles(store_id, _period()).top


def stocked_aisles(store_id: UUID) -> Sequence[Tile]:
    """Every category in which, or below which, the shop shows anything."""
    return _read_tiles(store_id, _period()).stocked


def find_aisle(store_id: UUID, slug: str) -> Aisle | None:
    tiles = _read_tiles(store_id, _period()).every
    here = next((tile for tile in tiles if tile.slug == slug), None)
    if here is None:
        return None
    children = [tile for tile in tiles if tile.parent_id == here.id]
    child_ids = {tile.id for tile in children}
    grandchildren = [tile for tile in tiles if tile.parent_id in child_ids]
    return Aisle(
        here,
        [tile for tile in children if _has_any(tile, tiles)],
        next((tile for tile in tiles if tile.id == here.parent_id), None),
        [tile.id for tile in (here, *children, *grandchildren)],
        _origins([here, *children, *grandchildren]),
    )


def origins_of(store_id: UUID) -> Sequence[str]:
    """The countries of the imported goods that a shop shows."""
    return _origins(_read_tiles(store_id, _period()).every)


def _origins(tiles: Sequence[Tile]) -> Sequence[str]:
    return sorted({code for tile in tiles for code in tile.origins})


def _period() -> int:
    """What a shop's aisles are kept under: they hardly change, and to read them is a tenth of a page."""
    return int(now().timestamp()) // KEPT


@lru_cache(maxsize=1_000)
def _read_tiles(store_id: UUID, _period: int) -> Tiles:
    tiles = [Tile._make((*row, tuple(origins))) for *row, origins in read_aisles(store_id)]
    stocked = [tile for tile in tiles if _has_any(tile, tiles)]
    return Tiles(tiles, stocked, [tile for tile in stocked if tile.parent_id is None])


def _has_any(tile: Tile, tiles: Sequence[Tile]) -> bool:
    """Whether the shop shows anything in a category or below it (three levels at most)."""
    return tile.stocked or any(
        _has_any(child, tiles) for child in tiles if child.parent_id == tile.id
    )
