"""Products by what was asked, best first."""

from uuid import UUID

from django.db import connection

from stores.catalogue.search.asking import Asked, ask, widen
from stores.catalogue.search.terms import AISLE

# A value behind a SELECT looks the same to the planner whatever it is: so the plan is made once for
# all, not again for each search at the cost of running it.
_FOUND = """
    FROM unnest((SELECT %s::int[]), (SELECT %s::text[]), (SELECT %s::int[])) AS asked (n, term, quality)
    JOIN catalogue_productterm AS found ON found.term = asked.term
"""
_FITS = "max(asked.quality * found.weight)::bigint AS score"
_BY_WORD = (
    f"SELECT found.product_id, asked.n, {_FITS}, max(asked.quality) AS quality"
    f" {_FOUND} {{}} GROUP BY 1, 2"
)
# What stands below nought is no word (asking.py).
_WORDS = "count(*) FILTER (WHERE n >= 0)"
_SCORED = (
    f"SELECT product_id, {_WORDS} AS words, sum(score)::bigint AS score, max(quality) AS surest"
    f" FROM ({_BY_WORD}) AS by_word GROUP BY product_id HAVING {_WORDS} {{}}"
)
_IN_ITS_NAMES = f"WHERE found.weight > {AISLE}"
# For each product how many of the words it has, how well (of each word what fits it best), and how
# sure the surest of them is.
SCORED = _SCORED.format("", "> 0")
# The same of those that have all of them, this many, in their own names: not by the aisle that they
# stand in. Most searches are one word, which needs no adding up.
HAVING_ALL = _SCORED.format(_IN_ITS_NAMES, "= (SELECT %s::int)")
HAVING_ONE = f"SELECT found.product_id, {_FITS} {_FOUND} {_IN_ITS_NAMES} GROUP BY 1"

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
