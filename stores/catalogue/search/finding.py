"""Products by what was asked, best first."""

from uuid import UUID

from django.db import connection

from stores.catalogue.search.asking import Asked, ask, widen
from stores.catalogue.search.terms import AISLE

# A value behind a SELECT looks the same to the planner whatever it is: so the plan is made once for
# all, not again for each search at the cost of running it.
_SCORED = """
    SELECT product_id, count(*) AS words, sum(score) AS score FROM (
        SELECT found.product_id, asked.n, max(asked.quality * found.weight) AS score
        FROM unnest((SELECT %s::int[]), (SELECT %s::text[]), (SELECT %s::int[])) AS asked (n, term, quality)
        JOIN catalogue_productterm AS found ON found.term = asked.term {}
        GROUP BY 1, 2
    ) AS by_word GROUP BY product_id
"""
# For each product how many of the words it has, and how well: of each word what fits it best.
SCORED = _SCORED.format("")
# The same by what its own names say: not by the aisle that it stands in.
SCORED_BY_NAME = _SCORED.format(f"AND found.weight > {AISLE}")

# Those that have as many of the words as any has.
HAVING_MOST = f"""
    WITH scored AS MATERIALIZED ({SCORED})
    SELECT product_id FROM scored WHERE words = (SELECT max(words) FROM scored)
"""


def parameters(asked: Asked) -> list[list[int] | list[str]]:
    """Of SCORED."""
    return [list(asked.ns), list(asked.terms), list(asked.qualities)]


def find_products(text: str, *, most: int) -> list[UUID]:
    """The products that have most of the words, and fit them best; none for no words."""
    asked = ask(text)
    if not asked.words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT product_id FROM ({SCORED}) AS scored JOIN catalogue_product AS product"
            " ON product.id = product_id AND product.merged_into_id IS NULL"
            " ORDER BY words DESC, score DESC, length(product.name), product_id"
            f" LIMIT {most}",
            parameters(widen(asked)),
        )
        return [product_id for (product_id,) in cursor.fetchall()]
