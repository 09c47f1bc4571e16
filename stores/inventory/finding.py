"""What a shop, or the shops of an area, have of what somebody asked for: best first, in any spelling."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from stores.catalogue.search.asking import ALIKE, MISTYPED, SAME, ask, widen
from stores.catalogue.search.finding import HAVING_ALL, HAVING_ONE, SCORED, parameters
from stores.inventory.models import Listing
from stores.inventory.window import FIELDS, Shown

# What is sold out counts for less than what is there, in per cent.
SOLD_OUT_COUNTS = 60
# Where so many surely have all the words, nobody looks for what only may be meant.
ENOUGH = 12
# How sure it is where nothing is called so.
GUESSES = (ALIKE, MISTYPED)
# Of what fits, where only some of it is wanted.
LOOKED_AT = 48
_THERE = (
    "(listing.policy = 'on_shelf' AND listing.on_shelf"
    " OR listing.policy = 'counted' AND listing.on_hand > listing.held + listing.expired)"
)
_NEAR = "near AS (SELECT %s::uuid[] AS stores)"
_IN_THESE_SHOPS = "listing.store_id = ANY ((SELECT stores FROM near)::uuid[]) AND listing.shown"
_SHOWN = (
    "listing.id, listing.rank, array_position((SELECT stores FROM near), listing.store_id) AS place,"
    f" scored.score * CASE WHEN {_THERE} THEN 100 ELSE {SOLD_OUT_COUNTS} END AS score"
)


class Found(NamedTuple):
    """(shop, listing) of what fits best; what was probably meant where a word is unknown; and whether all
    is `guessed`, since nothing is called so."""

    rows: list[tuple[UUID, Shown]]
    instead: str = ""
    guessed: bool = False


def find_in_stores(
    text: str, *, store_ids: Sequence[UUID], most: int, skip: int = 0, unfinished: bool = False
) -> Found:
    """What fits best among what these shops show, after `skip` of them: only what has as many of the
    words as any; of what fits alike, what the first of the shops have comes first. Where enough
    surely have all of the words, nothing else is looked for, unless the text is `unfinished`:
    somebody is still typing it."""
    asked = ask(text)
    if not asked.words:
        return Found([])
    stores = list(store_ids)
    if not unfinished:
        words = [] if asked.one_word else [asked.words]
        params = [stores, *parameters(asked), *words, skip, skip]
        of, _surest, rows = _find(_sure(most, one_word=asked.one_word), params)
        if of >= min(most, ENOUGH):
            return Found(rows)
    asked = widen(asked)
    _of, surest, rows = _find(_wide(most), [stores, *parameters(asked), skip])
    return Found(rows, asked.instead, guessed=bool(rows) and surest in GUESSES)


def find_listings(
    shelf: QuerySet[Listing], text: str, *, store_id: UUID, most: int
) -> list[Listing]:
    """What fits best of a shop's listings that are also on this `shelf`."""
    found = find_in_stores(text, store_ids=[store_id], most=LOOKED_AT)
    there = shelf.in_bulk([row.id for _store, row in found.rows])
    return [there[row.id] for _store, row in found.rows if row.id in there][:most]


def _find(statement: str, params: list[Any]) -> tuple[int, int, list[tuple[UUID, Shown]]]:
    """How many there are at least, how sure the surest is, and these of them."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found = cursor.fetchall()
    rows = [(store_id, Shown._make(row)) for _of, _surest, store_id, *row in found]
    of, surest = found[0][:2] if found else (0, 0)
    return of, surest, rows


@cache
def _sure(most: int, *, one_word: bool) -> str:
    """What has all the words for sure, in its own names. It is looked for in the shops one by one, best
    first, until a page is full of what is there: nothing that fits less well can come before that."""
    return (
        f"WITH {_NEAR}, scored AS MATERIALIZED ("
        f"{HAVING_ONE if one_word else HAVING_ALL} ORDER BY score DESC),"
        f" counted AS (SELECT {_SHOWN}, {SAME} AS surest, count(CASE WHEN {_THERE} THEN 1 END)"
        " OVER (ORDER BY scored.score DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS better"
        # without the OFFSET the planner would look for all of them at once
        " FROM scored CROSS JOIN LATERAL (SELECT * FROM inventory_listing AS listing"
        f" WHERE listing.product_id = scored.product_id AND {_IN_THESE_SHOPS} OFFSET 0) AS listing),"
        f" fitting AS (SELECT * FROM counted WHERE better < (SELECT %s::int) + {most})"
    ) + _best(most)


@cache
def _wide(most: int) -> str:
    """What has as many of the words as any."""
    return (
        f"WITH {_NEAR}, scored AS MATERIALIZED ({SCORED}), had AS (SELECT scored.words, scored.surest, {_SHOWN}"
        " FROM scored JOIN inventory_listing AS listing ON listing.product_id = scored.product_id"
        f" WHERE {_IN_THESE_SHOPS}),"
        " fitting AS (SELECT * FROM had WHERE words = (SELECT max(words) FROM had))"
    ) + _best(most)


def _best(most: int) -> str:
    """The best of `fitting`; the columns and joins are the ORM's own, as in window.py."""
    shown, _ = Listing.objects.values_list("store_id", *FIELDS).query.sql_with_params()
    return (
        ", best AS (SELECT id, score, place, count(*) OVER () AS of, max(surest) OVER () AS surest FROM fitting"
        f" ORDER BY score DESC, place, rank DESC, id OFFSET (SELECT %s::int) LIMIT {most})"
        f" {shown.replace('SELECT ', 'SELECT best.of, best.surest, ', 1)}"
        ' JOIN best ON best.id = "inventory_listing"."id"'
        ' ORDER BY best.score DESC, best.place, "inventory_listing"."rank" DESC,'
        ' "inventory_listing"."id"'
    )
