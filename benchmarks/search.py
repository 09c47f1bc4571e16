"""How well goods are found: of what people type, how much is among the first five, and how high up.

`python -m benchmarks.search` prints one JSON object; it starts a durable PostgreSQL of its own. Asked are
queries.csv, frozen before there was a search, of the demo catalogue without the spellings that it
knows; and, where ../shared/data is, every name of names_hi.csv but the first English and Hindi one,
which are the product's, among all its rows: right is any row that lists what was typed. Several rows
are one thing under other names; `kirana_alone` asks among the rows of the kirana apps only. The speed
of search is measured by benchmarks/pages.py.
"""

import csv
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import django

from benchmarks.durable import durable_server, manage
from marketplace.local.postgres import OWNER

HERE = Path(__file__).parent
NAMES = HERE.parent.parent / "shared" / "data" / "names_hi.csv"
DEMO = HERE.parent / "marketplace" / "local" / "demo" / "products.csv"
KIRANA = "kirana-app"
SPELLED = ("also_en", "hindi_devanagari", "hinglish")
REGIONAL = ("regional_roman", "regional_script")
FIRST, LOOKED_AT = 5, 200

# What was typed, and the products that are right.
Pairs = list[tuple[str, set[UUID]]]


def main() -> None:
    report: dict[str, Any] = {"benchmark": "search", "target": "recall@5 >= 0.95"}
    with durable_server() as (server, _folder):
        for name, measure in (("own", of_the_demo), ("names", of_the_names)):
            database = f"bench_search_{name}"
            server.create_database(database)
            manage(server, database, OWNER, "migrate", "--no-input", "--verbosity=0")
            os.environ["DATABASE_URL"] = server.url(OWNER, database)
            os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
            django.setup()
            from django.db import connections

            connections.close_all()
            connections.settings["default"]["NAME"] = database
            report[name] = measure()
    print(json.dumps(report))


def of_the_demo() -> dict[str, Any]:
    from stores.catalogue.services import name_brand

    for row in _rows(DEMO):
        brand = name_brand(name=row["brand"]) if row["brand"] else None
        _add(row["name"], row["name_hi"], brand=brand)
    names = _index()
    return score(
        [
            (
                row["query"],
                {
                    pk
                    for pk, name in names.items()
                    if any(r in name for r in row["right"].split("|"))
                },
            )
            for row in _rows(HERE / "queries.csv")
        ]
    )


def of_the_names() -> dict[str, Any]:
    if not NAMES.exists():
        return {"skipped": f"{NAMES} is not here"}
    rows = list(_rows(NAMES))
    products = [_add(row["term_en"], _split(row["hindi_devanagari"])[:1]) for row in rows]
    _index()
    called: dict[str, set[UUID]] = defaultdict(set)
    for row, product in zip(rows, products, strict=True):
        for column in (*SPELLED, *REGIONAL):
            for name in _split(row[column]):
                called[name.casefold()].add(product)

    of_kirana = {
        product for row, product in zip(rows, products, strict=True) if KIRANA in row["quality"]
    }

    def asked(kirana: bool, columns: Iterable[str]) -> Pairs:
        typed = {
            name
            for row in rows
            if (KIRANA in row["quality"]) is kirana
            for column in columns
            for name in _split(row[column])
        }
        return [(name, called[name.casefold()]) for name in sorted(typed)]

    return {
        "kirana": score(asked(True, SPELLED)),
        "kirana_alone": score(asked(True, SPELLED), among=of_kirana),
        "others": score(asked(False, SPELLED)),
        "others_regional": score(asked(False, REGIONAL)),
    }


def score(pairs: Pairs, *, among: set[UUID] | None = None) -> dict[str, Any]:
    """Recall among the first five, mean reciprocal rank, and the median of milliseconds that it took;
    `among` these products alone, as in a shop that has no others."""
    from stores.catalogue.search.finding import find_products

    ranks, took = [], []
    for typed, right in pairs:
        began = time.perf_counter()
        found = find_products(typed, most=LOOKED_AT)
        took.append(time.perf_counter() - began)
        found = [product for product in found if among is None or product in among]
        ranks.append(next((n for n, product in enumerate(found, 1) if product in right), 0))
    asked = max(len(pairs), 1)
    return {
        "asked": len(pairs),
        "recall_at_5": round(sum(0 < rank <= FIRST for rank in ranks) / asked, 3),
        "mean_reciprocal_rank": round(sum(1 / rank for rank in ranks if rank) / asked, 3),
        "median_ms": round(statistics.median(took) * 1000, 2) if took else None,
    }


def _add(name: str, name_hi: str | list[str], **more: Any) -> UUID:
    from stores.catalogue.models import Category, Product

    aisle, _made = Category.objects.get_or_create(slug="all", defaults={"name": "All"})
    hindi = name_hi if isinstance(name_hi, str) else "".join(name_hi)
    product = Product.objects.create(
        category=aisle,
        name=name[:240],
        name_hi=hindi[:240],
        pack_quantity=_next(),
        pack_unit="g",
        **more,
    )
    return UUID(str(product.pk))


def _next() -> int:
    """Another pack for each: some names stand there twice."""
    from stores.catalogue.models import Product

    return 10_000_000 + Product.objects.count()


def _index() -> dict[UUID, str]:
    from django.db import connection

    from stores.catalogue.models import Product
    from stores.catalogue.search.indexing import index_everything

    index_everything()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return dict(Product.objects.values_list("pk", "name"))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(";") if name.strip()]


if __name__ == "__main__":
    main()
