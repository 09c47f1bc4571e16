"""What a shop, or the shops of an area, have of what somebody asked for: best first, in any spelling."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from stores.catalogue.search.asking import ask, widen
from stores.catalogue.search.finding import SCORED, SCORED_BY_NAME, parameters
from stores.inventory.models import Listing
from stores.inventory.window import FIELDS, Shown

# What is sold out counts for less than what is there, in per cent.
SOLD_OUT_COUNTS = 60
_THERE = (
    "(listing.policy = 'on_shelf' AND listing.on_shelf"
    " OR listing.policy = 'counted' AND listing.on_hand > listing.held + listing.expired)"
)
# What these shops show of each product that is scored: looked for one by one, best first, so that
# only as many are looked for as are wanted.
_SHOWN = (
    " FROM scored CROSS JOIN LATERAL (SELECT * FROM inventory_listing AS listing"
    " WHERE listing.product_id = scored.product_id AND listing.store_id = ANY ((SELECT %s)::uuid[])"
    " AND listing.shown OFFSET 0) AS listing"
)
_SCORE = f"scored.score * CASE WHEN {_THERE} THEN 100 ELSE {SOLD_OUT_COUNTS} END AS score"


class Found(NamedTuple):
    """(shop, listing) of what fits best, and what was probably meant where a word is unknown."""

    rows: list[tuple[UUID, Shown]]
    instead: str = ""


def find_in_stores(
    text: str, *, store_ids: Sequence[UUID], most: int, skip: int = 0, unfinished: bool = False
) -> Found:
    """What fits best among what these shops show, after `skip` of them: only what has as many of the
    words as any. Where what surely has all of them fills a page, nothing else is looked for, unless
    the text is `unfinished`: somebody is still typing it."""
    asked = ask(text)
    if not asked.words:
        return Found([])
    stores = list(store_ids)
    if not unfinished:
        of, rows = _find(_sure(most), [*parameters(asked), asked.words, stores, skip, stores, skip])
        if of >= most:
            return Found(rows)
    asked = widen(asked)
    _of, rows = _find(_wide(most), [*parameters(asked), stores, skip])
    return Found(rows, asked.instead)


def _find(statement: str, params: list[Any]) -> tuple[int, list[tuple[UUID, Shown]]]:
    """How many there are at least, and these of them."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found = cursor.fetchall()
    rows = [(store_id, Shown._make(row)) for _of, store_id, *row in found]
    return (found[0][0] if found else 0), rows


@cache
def _sure(most: int) -> str:
    """What has all the words for sure, in its own names. Once a page is full of what is there, nothing that fits less
    well than its last can come before it, and need not be looked for in the shops."""
    return (
        f"WITH scored AS MATERIALIZED ({SCORED_BY_NAME} HAVING count(*) = %s ORDER BY score DESC),"
        f" least AS (SELECT scored.score{_SHOWN} WHERE {_THERE}"
        f" ORDER BY scored.score DESC OFFSET (SELECT %s::int) + {most - 1} LIMIT 1),"
        f" fitting AS (SELECT listing.id, listing.rank, {_SCORE}{_SHOWN}"
        " WHERE scored.score >= coalesce((SELECT score FROM least), 0))"
    ) + _best(most)


@cache
def _wide(most: int) -> str:
    """What has as many of the words as any."""
    return (
        f"WITH scored AS MATERIALIZED ({SCORED}),"
        f" had AS (SELECT listing.id, listing.rank, scored.words, {_SCORE}"
        " FROM scored JOIN inventory_listing AS listing ON listing.product_id = scored.product_id"
        " WHERE listing.store_id = ANY ((SELECT %s)::uuid[]) AND listing.shown),"
        " fitting AS (SELECT * FROM had WHERE words = (SELECT max(words) FROM had))"
    ) + _best(most)


def _best(most: int) -> str:
    """The best of `fitting`; the columns and joins are the ORM's own, as in window.py."""
    shown, _ = Listing.objects.values_list("store_id", *FIELDS).query.sql_with_params()
    return (
        ", best AS (SELECT id, score, count(*) OVER () AS of FROM fitting"
        f" ORDER BY score DESC, rank DESC, id OFFSET (SELECT %s::int) LIMIT {most})"
        f" {shown.replace('SELECT ', 'SELECT best.of, ', 1)}"
        ' JOIN best ON best.id = "inventory_listing"."id"'
        ' ORDER BY best.score DESC, "inventory_listing"."rank" DESC, "inventory_listing"."id"'
    )
