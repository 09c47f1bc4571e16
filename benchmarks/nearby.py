"""Which shops deliver here: the cost with 100,000 stores over the cost with 1,000.

`python -m benchmarks.nearby` prints one JSON object; it starts a durable PostgreSQL of its own. The
question alone, by the product's own QuerySet; benchmarks/pages.py asks for the page.
"""

import json
import os
import statistics
import time

import django

from benchmarks.durable import durable_server, manage
from benchmarks.neighbourhood import spread_stores
from marketplace.local.postgres import OWNER

DATABASE = "bench_nearby"
QUERIES = 400
SIZES = (1_000, 100_000)


def main() -> None:
    with durable_server() as (server, _folder):
        server.create_database(DATABASE)
        manage(server, DATABASE, OWNER, "migrate", "--no-input", "--verbosity=0")
        os.environ["DATABASE_URL"] = server.url(OWNER, DATABASE)
        os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
        django.setup()
        print(json.dumps(measure()))


def measure() -> dict[str, object]:
    from django.db import connection

    from tests.factories import make_store

    like = make_store(status="onboarding")
    medians, found, stores = [], [], 0
    for size in SIZES:
        with connection.cursor() as cursor:
            spread_stores(cursor, first=stores, last=size - 1, like=like)
            cursor.execute("VACUUM ANALYZE shops_store")
        stores = size
        milliseconds, shops = _ask()
        medians.append(milliseconds)
        found.append(shops)
    return {
        "benchmark": "nearby",
        "stores": SIZES,
        "median_ms": [round(each, 3) for each in medians],
        "stores_found_per_query": [round(each, 1) for each in found],
        "ratio": round(medians[1] / medians[0], 2),
        "target": "<= 2",
    }


def _ask() -> tuple[float, float]:
    from stores.shops.models import Pincode, Store

    places = list(
        Pincode.objects.filter(measurable=True)
        .order_by("code")[:140]
        .values_list("code", flat=True)
    )
    taken, found = [], 0
    for number in range(-50, QUERIES):
        code = places[number * 11 % len(places)]
        start = time.perf_counter()
        shops = list(Store.objects.delivering_to(pincode=code)[:24])
        if number >= 0:
            taken.append((time.perf_counter() - start) * 1000)
            found += len(shops)
    return statistics.median(taken), found / QUERIES


if __name__ == "__main__":
    main()
