"""Orders of five lines a second over the real HTTP API, against the same rows written by pgbench.

`python -m benchmarks.orders` prints one JSON object. The web server is the product's own (Granian,
two workers), PostgreSQL durable. HTTP and pgbench take turns, so that whatever else the machine
does falls on both; ratios are of one round, and the median of the rounds is given.
"""

import http.client
import json
import os
import statistics
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import Random
from uuid import uuid4

import django

from benchmarks.durable import SECONDS, durable_server, manage, transactions_per_second
from marketplace.local.postgres import APP, OWNER, SUPERUSER, Postgres
from marketplace.local.programs import Program, free_port
from tests.servers import ROOT, running

DATABASE = "bench_orders"
CLIENTS = (1, 8, 32)
ROUNDS = 3
STORES, LISTINGS, LINES = 20, 200, 5
PLENTY = 1_000_000_000

# The rows of one cash order: five listings held, one order, five lines, five holds, an event, and
# an outbox entry for each consumer.
SAME_ROWS = """\\set store random(1, {stores})
\\set first random(1, {listings} - {lines})
SELECT uuidv7() AS order_id \\gset
BEGIN;
SELECT id FROM shops_store WHERE id = (lpad(:store::text, 32, '0'))::uuid;
SELECT id FROM inventory_listing WHERE id IN ({ids}) ORDER BY id FOR NO KEY UPDATE;
UPDATE inventory_listing SET held = held + 1 WHERE id IN ({ids});
INSERT INTO inventory_hold (id, store_id, listing_id, reference, quantity, state, created_at)
    VALUES {holds};
INSERT INTO orders_order (id, store_id, code, actor, idempotency_key, request_hash, via, state,
    version, fulfilment, payment_method, contact_name, contact_phone, language, address, pincode,
    note, items_total, delivery_fee, rounding, total, captured, refunded, commission_bps,
    commission_gst_bps, tcs_bps, tds_bps, code_tries, placed_at)
    VALUES ((:order_id)::uuid, (lpad(:store::text, 32, '0'))::uuid,
    substr(md5(random()::text), 1, 9), 'key-x', (:order_id)::uuid::text, repeat('0', 64), 'api', 'confirmed',
    1, 'delivery', 'cash', 'Asha', '+919810012345', 'hi', '4 Hailey Road', '110001', '', 50000, 0,
    0, 50000, 0, 0, 300, 1800, 50, 10, 0, now());
INSERT INTO orders_orderline (id, store_id, order_id, n, listing_id, name, name_hi, pack_unit,
    unit, quantity, price, per, amount, hsn, gst_bps, taxable, cgst, sgst) VALUES {rows};
INSERT INTO orders_orderevent (id, store_id, order_id, version, before, after, actor, reason, at)
    VALUES (uuidv7(), (lpad(:store::text, 32, '0'))::uuid, (:order_id)::uuid, 1, '', 'confirmed',
    'key-x', '', now());
INSERT INTO core_outboxentry (id, store_id, event, consumer, payload, due_at, attempts, last_error,
    created_at) VALUES {entries};
COMMIT;
"""


def main() -> None:
    with durable_server() as (server, folder):
        print(json.dumps(measure(server, folder)))


def measure(server: Postgres, folder: Path) -> dict[str, object]:
    server.create_database(DATABASE)
    manage(server, DATABASE, OWNER, "migrate", "--no-input", "--verbosity=0")
    os.environ["DATABASE_URL"] = server.url(APP, DATABASE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
    django.setup()
    secret = fill()
    with server.connect(DATABASE) as connection:
        connection.execute("ANALYZE")
    script = folder / "orders.sql"
    script.write_text(same_rows())

    port = free_port()
    web = Program(
        "web",
        [
            *(sys.executable, "-m", "granian", "marketplace.wsgi:application"),
            *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", "2", "--blocking-threads", "4", "--log-level", "warning"),
        ],
        {
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.local",
            "DATABASE_URL": server.url(APP, DATABASE),
            "NUKKAD_HOME": str(folder / "web"),
            # no broker: the wake-up is best effort, and orders must not need it
            "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        },
        ROOT,
    )
    ours: dict[int, list[float]] = {n: [] for n in CLIENTS}
    theirs: dict[int, list[float]] = {n: [] for n in CLIENTS}
    slowest: dict[int, list[float]] = {n: [] for n in CLIENTS}
    with running(web, mark=str(folder), logs=folder):
        wait_for(f"http://127.0.0.1:{port}/livez")
        order_for_a_while(port, secret, 8, seconds=2)
        for clients in CLIENTS:
            for _ in range(ROUNDS):
                rate, p99 = order_for_a_while(port, secret, clients, seconds=SECONDS)
                ours[clients].append(rate)
                slowest[clients].append(p99)
                theirs[clients].append(
                    transactions_per_second(
                        server, SUPERUSER, DATABASE, clients, f"--file={script}"
                    )
                )
    return {
        "benchmark": "orders",
        "lines": LINES,
        "orders_per_second": {str(n): round(statistics.median(ours[n])) for n in CLIENTS},
        "p99_milliseconds": {str(n): round(statistics.median(slowest[n])) for n in CLIENTS},
        "same_rows_per_second": {str(n): round(statistics.median(theirs[n])) for n in CLIENTS},
        "ratio": {
            str(n): round(
                statistics.median(a / b for a, b in zip(ours[n], theirs[n], strict=True)), 3
            )
            for n in CLIENTS
        },
        "target": "ratio >= 0.18 and p99 <= 60 ms at 8",
    }


def fill() -> str:
    """Shops and listings under ids that pgbench can compute; returns an API key that sees them."""
    from marketplace.api.services import issue_key
    from stores.inventory.models import Listing
    from stores.shops.models import Store
    from tests.factories import make_product, make_store

    product = make_product()
    stores: list[Store] = [
        make_store(id=store_id(n), slug=f"bench-{n}", delivery_fee=0) for n in range(1, STORES + 1)
    ]
    products = [product, *(make_product() for _ in range(LISTINGS - 1))]
    Listing.objects.bulk_create(
        Listing(
            id=listing_id(n, m),
            store=store,
            product=products[m - 1],
            category_id=product.category_id,
            price=10000,
            mrp=11000,
            on_hand=PLENTY,
        )
        for n, store in enumerate(stores, start=1)
        for m in range(1, LISTINGS + 1)
    )
    return issue_key(name="bench", store_ids=[store.pk for store in stores]).secret


def store_id(n: int) -> str:
    return f"{n:032d}"


def listing_id(store: int, n: int) -> str:
    return f"{store * 1000 + n:032d}"


def same_rows() -> str:
    from marketplace.core.outbox import consumers_of

    listings = [
        f"(lpad((:store * 1000 + :first + {n})::text, 32, '0'))::uuid" for n in range(LINES)
    ]
    store = "(lpad(:store::text, 32, '0'))::uuid"
    holds = ", ".join(
        f"(uuidv7(), {store}, {listing}, (:order_id)::uuid, 1, 'open', now())"
        for listing in listings
    )
    rows = ", ".join(
        f"(uuidv7(), {store}, (:order_id)::uuid, {n}, {listing}, 'Atta', '', 'g', 'pc', 1, 10000, 1,"
        " 10000, '1101', 500, 9524, 238, 238)"
        for n, listing in enumerate(listings, start=1)
    )
    entries = ", ".join(
        f"(uuidv7(), {store}, 'bench', '{name}', '{{}}', now(), 0, '', now())"
        for name in consumers_of("order.confirmed")
    )
    return SAME_ROWS.format(
        stores=STORES,
        listings=LISTINGS,
        lines=LINES,
        ids=", ".join(listings),
        holds=holds,
        rows=rows,
        entries=entries,
    )


def order_for_a_while(
    port: int, secret: str, clients: int, *, seconds: float
) -> tuple[float, float]:
    """Orders a second by so many clients, each on its own connection, and the 99th percentile in ms."""
    until = time.perf_counter() + seconds
    seeds = count()
    start = threading.Barrier(clients)

    def buy(_: int) -> list[float]:
        random = Random(next(seeds))
        connection = http.client.HTTPConnection("127.0.0.1", port)
        took = []
        start.wait()
        while time.perf_counter() < until:
            store, first = random.randint(1, STORES), random.randint(1, LISTINGS - LINES)
            body = json.dumps(
                {
                    "store": store_id(store),
                    "lines": [
                        {"listing": listing_id(store, first + n), "quantity": 1}
                        for n in range(LINES)
                    ],
                    "fulfilment": "delivery",
                    "payment_method": "cash",
                    "contact": {"name": "Asha", "phone": "+919810012345", "language": "hi"},
                    "address": {"text": "4 Hailey Road", "pincode": "110001"},
                }
            )
            began = time.perf_counter()
            connection.request(
                "POST",
                "/api/v1/orders/",
                body,
                {
                    "Authorization": f"Bearer {secret}",
                    "Content-Type": "application/json",
                    "Idempotency-Key": str(uuid4()),
                },
            )
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 201:
                raise RuntimeError(content.decode())
            took.append((time.perf_counter() - began) * 1000)
        connection.close()
        return took

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        took = [each for part in pool.map(buy, range(clients)) for each in part]
    rate = len(took) / (time.perf_counter() - began)
    return rate, statistics.quantiles(took, n=100)[98]


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


if __name__ == "__main__":
    main()
