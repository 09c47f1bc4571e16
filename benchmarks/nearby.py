"""Which shops deliver here: the cost with 100,000 stores over the cost with 1,000.

`python -m benchmarks.nearby` prints one JSON object; it starts a throwaway PostgreSQL of its own.
"""

import json
import os
import statistics
import time

import django
import psycopg

from marketplace.local.postgres import APP, OWNER
from tests.servers import Servers, running_servers

DATABASE = "bench_nearby"
QUERIES = 400
SIZES = (1_000, 100_000)

# Each store stands near a real pincode, reaches 1-4 km, and lists its own pincode. The density of
# stores around a place stays the same as their number grows, as when a marketplace spreads: 1,000
# stores are seven in each of the first 150 pincodes, 100,000 are seven in nearly every pincode.
FILL = """
INSERT INTO shops_store (id, slug, status, name, name_hi, legal_name, phone, line1, locality, city,
    state, pincode, latitude, longitude, accepting_orders, hours, holidays, offers_delivery,
    offers_pickup, delivery_radius, delivery_pincodes, minimum_order, delivery_fee, tax_status,
    gstin, pan, fssai, payout_vpa, commission_bps, created_at)
SELECT gen_random_uuid(), 'store-' || n, 'active', 'Store ' || n, '', 'Store', '+919810000000', '',
    '', '', '', code, latitude + (random() - 0.5) / 50, longitude + (random() - 0.5) / 50, true,
    '{}', '{}', true, true, 1000 + (random() * 3000)::int, ARRAY[code], 0, 0, 'unregistered', '',
    '', '', 'store@bank', 300, now()
FROM generate_series(%(first)s::int, %(last)s::int) AS n
JOIN (SELECT *, row_number() OVER (ORDER BY code) - 1 AS at FROM shops_pincode WHERE measurable) p
    ON p.at = n / 7
"""


def main() -> None:
    with running_servers() as servers:
        servers.clone(DATABASE)
        os.environ["DATABASE_URL"] = servers.postgres.url(APP, DATABASE)
        os.environ["REDIS_URL"] = servers.valkey.url(0)
        os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
        django.setup()
        try:
            print(json.dumps(measure(servers)))
        finally:
            servers.drop(DATABASE)


def measure(servers: Servers) -> dict[str, object]:
    medians, found, stores = [], [], 0
    for size in SIZES:
        with psycopg.connect(servers.postgres.url(OWNER, DATABASE), autocommit=True) as connection:
            connection.execute(FILL, {"first": stores, "last": size - 1})
            connection.execute("VACUUM ANALYZE shops_store")
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
        shops = list(Store.objects.delivering_to(pincode=code).order_by("distance")[:24])
        if number >= 0:
            taken.append((time.perf_counter() - start) * 1000)
            found += len(shops)
    return statistics.median(taken), found / QUERIES


if __name__ == "__main__":
    main()
