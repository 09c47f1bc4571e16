"""Imported goods by country, in a shop or among what was found, read as plain rows as in window.py.

They are few, and an index holds nothing else: the filter costs less than the page that it narrows.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from stores.catalogue.search.asking import ask, widen
from stores.catalogue.search.finding import SCORED, parameters
from stores.inventory.finding import Found
from stores.inventory.models import Listing
from stores.inventory.window import FIELDS, Shown


def read_imported(
    *,
    store_id: UUID,
    origins: Sequence[str],
    most: int,
    skip: int = 0,
    aisle: Sequence[UUID] | None = None,
) -> list[Shown]:
    """Up to `most` of what a shop shows from these countries, after `skip` of them: country by country
    as they are named, in the shop's own order within each."""
    params: list[Any] = [store_id, list(origins)]
    if aisle is not None:
        params.append(list(aisle))
    with connection.cursor() as cursor:
        cursor.execute(_statement(aisle is not None, most), [*params, list(origins), skip])
        return [Shown._make(row) for row in cursor.fetchall()]


def find_imported(
    text: str, *, store_ids: Sequence[UUID], origins: Sequence[str], most: int, skip: int = 0
) -> Found:
    """What fits best among the goods that these shops show from these countries, after `skip` of them:
    country by country as they are named, best first within each; only what has as many of the words
    as any of them."""
    asked = widen(ask(text))
    if not asked.words:
        return Found([])
    params = [*parameters(asked), list(store_ids), list(origins), list(origins), skip]
    with connection.cursor() as cursor:
        cursor.execute(_found_statement(most), params)
        rows = [(store_id, Shown._make(row)) for store_id, *row in cursor.fetchall()]
    return Found(rows, asked.instead)


@cache
def _found_statement(most: int) -> str:
    shown, _ = Listing.objects.values_list("store_id", *FIELDS).query.sql_with_params()
    listing = '"inventory_listing"'
    return (
        f"WITH scored AS MATERIALIZED ({SCORED}), fitting AS ("
        " SELECT listing.id, scored.words, scored.score"
        " FROM inventory_listing AS listing JOIN scored ON scored.product_id = listing.product_id"
        " WHERE listing.store_id = ANY(%s) AND listing.shown"
        " AND listing.imported_from <> '' AND listing.imported_from = ANY(%s))"
        f" {shown} JOIN fitting ON fitting.id = {listing}.id"
        " WHERE fitting.words = (SELECT max(words) FROM fitting)"
        f" ORDER BY array_position(%s, {listing}.imported_from::text), fitting.score DESC,"
        f" {listing}.rank DESC, {listing}.id OFFSET %s LIMIT {most}"
    )


@cache
def _statement(in_aisle: bool, most: int) -> str:
    columns, _ = Listing.objects.values_list(*FIELDS).query.sql_with_params()
    listing = '"inventory_listing"'
    return (
        f"{columns} WHERE {listing}.store_id = %s AND {listing}.shown"
        # said twice, for the index that holds nothing else
        f" AND {listing}.imported_from <> '' AND {listing}.imported_from = ANY(%s)"
        + f" AND {listing}.category_id = ANY(%s)"
        * in_aisle
        + f" ORDER BY array_position(%s, {listing}.imported_from::text),"
        f" {listing}.rank DESC, {listing}.id OFFSET %s LIMIT {most}"
    )
