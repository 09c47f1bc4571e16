"""What a shop, or the shops of an area, have of what somebody asked for: best first, in any spelling."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from django.db import connection

from stores.catalogue.search.asking import Asked
from stores.catalogue.search.finding import SCORED, parameters
from stores.inventory.models import Listing
from stores.inventory.window import FIELDS, Shown

# What is sold out counts for less than what is there, in per cent.
SOLD_OUT_COUNTS = 60


def find_in_stores(
    asked: Asked, *, store_ids: Sequence[UUID], most: int, skip: int = 0
) -> list[tuple[UUID, Shown]]:
    """(shop, listing) of what fits best among what these shops show, after `skip` of them: only what
    has as many of the words as any."""
    if not asked.words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_statement(most), [*parameters(asked), list(store_ids), skip])
        return [(store_id, Shown._make(row)) for store_id, *row in cursor.fetchall()]


@cache
def _statement(most: int) -> str:
    """Its columns and joins are the ORM's own, as in window.py."""
    shown, _ = Listing.objects.values_list("store_id", *FIELDS).query.sql_with_params()
    return (
        f"WITH scored AS MATERIALIZED ({SCORED}), fitting AS ("
        " SELECT listing.id, listing.rank, scored.words, scored.score * CASE"
        " WHEN listing.policy = 'on_shelf' AND listing.on_shelf OR listing.policy = 'counted'"
        f" AND listing.on_hand > listing.held + listing.expired THEN 100 ELSE {SOLD_OUT_COUNTS}"
        " END AS score"
        " FROM scored JOIN inventory_listing AS listing ON listing.product_id = scored.product_id"
        " WHERE listing.store_id = ANY(%s) AND listing.shown"
        "), best AS ("
        " SELECT id, score FROM fitting WHERE words = (SELECT max(words) FROM fitting)"
        f" ORDER BY score DESC, rank DESC, id OFFSET %s LIMIT {most})"
        f' {shown} JOIN best ON best.id = "inventory_listing"."id"'
        ' ORDER BY best.score DESC, "inventory_listing"."rank" DESC, "inventory_listing"."id"'
    )
