"""Orders of five lines a second over the real HTTP API, against the same rows written by pgbench.

`python -m benchmarks.orders` prints one JSON object. The web server is the product's own (Granian,
two workers), PostgreSQL durable, Valkey there; the workers that tell people are not. HTTP and
pgbench take turns, so that whatever else the machine does falls on both; a ratio is of one round,
and the median of the rounds is given.

`hot` is one listing in everybody's basket against baskets spread over the shops.
"""

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import django
import psutil

from benchmarks.buyers import Basket, Bought, buy_for_a_while
from benchmarks.durable import (
    SECONDS,
    durable_server,
    manage,
    run_pgbench,
    transactions_per_second,
)
from benchmarks.same_rows import (
    LINES,
    LISTINGS,
    PLENTY,
    STORES,
    check,
    listing_id,
    script,
    store_id,
)
from benchmarks.watching import processor_seconds, wait_for
from marketplace.local.home import Home
from marketplace.local.postgres import APP, OWNER, SUPERUSER, Postgres
from marketplace.local.programs import Program, free_port
from marketplace.local.valkey import Valkey
from tests.servers import ROOT, running

DATABASE = "bench_orders"
CLIENTS = (1, 8, 32)
ROUNDS = 3
# Orders that stand there before anything is measured: plans made for empty tables are poor ones.
BEFORE = 10_000
# So many that no key reaches what it may ask in a minute.
KEYS = 100
KEYS_FILE, SCRIPT_FILE = "keys.json", "orders.sql"


@dataclass(frozen=True)
class Shops:
    """The running product: where it listens, what opens it, and whose processor time it uses."""

    server: Postgres
    script: Path
    port: int
    secrets: list[str]
    web: psutil.Process
    database: psutil.Process


def main() -> None:
    with filled_server() as (server, folder), web(server, folder, DATABASE) as shops:
        print(json.dumps(measure(shops)))


@contextmanager
def filled_server() -> Iterator[tuple[Postgres, Path]]:
    """PostgreSQL with shops, listings and some thousand orders, and a folder for the rest."""
    with durable_server() as (server, folder):
        server.create_database(DATABASE)
        manage(server, DATABASE, OWNER, "migrate", "--no-input", "--verbosity=0")
        os.environ["DATABASE_URL"] = server.url(APP, DATABASE)
        os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
        django.setup()
        (folder / KEYS_FILE).write_text(json.dumps(fill()))
        (folder / SCRIPT_FILE).write_text(script())
        run_pgbench(
            server,
            SUPERUSER,
            DATABASE,
            *("--no-vacuum", "--protocol=prepared", "--client=8", "--jobs=2"),
            *(f"--transactions={BEFORE // 8}", f"--file={folder / SCRIPT_FILE}"),
        )
        with server.connect(DATABASE) as connection:
            connection.execute("VACUUM ANALYZE")
        yield server, folder


@contextmanager
def web(server: Postgres, folder: Path, database: str) -> Iterator[Shops]:
    """The product's web server on one of the databases, with a Valkey of its own."""
    with Home(folder / f"valkey-{database}") as home:
        valkey = Valkey(home.path / "data", home.port("valkey"), home.secret("valkey"))
        valkey.prepare()
        port = free_port()
        granian = Program(
            f"web-{database}",
            [
                *(sys.executable, "-m", "granian", "marketplace.wsgi:application"),
                *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
                *("--workers", "2", "--blocking-threads", "4", "--log-level", "warning"),
            ],
            {
                "DJANGO_SETTINGS_MODULE": "marketplace.settings.local",
                "DATABASE_URL": server.url(APP, database),
                "NUKKAD_HOME": str(folder / "web"),
                "REDIS_URL": valkey.url(),
            },
            ROOT,
        )
        with (
            running(valkey.program(), mark=home.mark, logs=folder) as broker,
            running(granian, mark=home.mark, logs=folder) as process,
        ):
            valkey.wait(broker)
            wait_for(f"http://127.0.0.1:{port}/livez")
            postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
            yield Shops(
                server=server,
                script=folder / SCRIPT_FILE,
                port=port,
                secrets=json.loads((folder / KEYS_FILE).read_text()),
                web=psutil.Process(process.pid),
                database=psutil.Process(postmaster),
            )


def measure(at: Shops) -> dict[str, object]:
    buy(at, 8, spread, seconds=3)
    with at.server.connect(DATABASE) as connection:
        check(connection)
    ours: dict[int, list[Bought]] = {n: [] for n in CLIENTS}
    theirs: dict[int, list[float]] = {n: [] for n in CLIENTS}
    cost: dict[str, float] = {}
    for clients in CLIENTS:
        for _ in range(ROUNDS):
            bought, cost = buy_at_cost(at, clients, spread)
            ours[clients].append(bought)
            theirs[clients].append(
                transactions_per_second(
                    at.server, SUPERUSER, DATABASE, clients, f"--file={at.script}"
                )
            )
    hot = [(buy(at, 8, one_hot).per_second, buy(at, 8, spread).per_second) for _ in range(ROUNDS)]
    return {
        "benchmark": "orders",
        "lines": LINES,
        "orders_per_second": {
            str(n): round(statistics.median(each.per_second for each in ours[n])) for n in CLIENTS
        },
        "milliseconds": {
            str(n): {
                f"p{percent}": round(
                    statistics.median(each.percentile(percent) for each in ours[n]), 1
                )
                for percent in (50, 99)
            }
            for n in CLIENTS
        },
        "same_rows_per_second": {str(n): round(statistics.median(theirs[n])) for n in CLIENTS},
        "ratio": {
            str(n): round(
                statistics.median(
                    a.per_second / b for a, b in zip(ours[n], theirs[n], strict=True)
                ),
                3,
            )
            for n in CLIENTS
        },
        "processor_milliseconds_per_order": cost,
        "generator_share_of_a_processor": round(
            max(each.generator for part in ours.values() for each in part), 2
        ),
        "hot": {
            "orders_per_second": round(statistics.median(one for one, _ in hot)),
            "of_spread": round(statistics.median(one / other for one, other in hot), 2),
        },
        "target": "ratio >= 0.18 and p99 <= 60 ms at 8; hot >= 0.6 of spread",
    }


def buy(
    at: Shops, clients: int, choose: Callable[[Random], Basket], *, seconds: float = SECONDS
) -> Bought:
    return buy_for_a_while(at.port, at.secrets, clients, choose, seconds=seconds)


def buy_at_cost(
    at: Shops, clients: int, choose: Callable[[Random], Basket]
) -> tuple[Bought, dict[str, float]]:
    """Also the processor time in milliseconds that an order took the web server and the database,
    which other work on the machine distorts less than the time that passes."""
    before = processor_seconds(at.web), processor_seconds(at.database)
    bought = buy(at, clients, choose)
    after = processor_seconds(at.web), processor_seconds(at.database)
    return bought, {
        name: round((b - a) / bought.orders * 1000, 2)
        for name, a, b in zip(("web", "database"), before, after, strict=True)
    }


def spread(random: Random) -> Basket:
    """Neighbouring listings of any shop, as in the script of pgbench."""
    store, first = random.randint(1, STORES), random.randint(1, LISTINGS - LINES + 1)
    return store_id(store), [listing_id(store, first + n) for n in range(LINES)]


def one_hot(random: Random) -> Basket:
    """The same listing for everybody, and four others of that shop."""
    others = random.sample(range(2, LISTINGS + 1), LINES - 1)
    return store_id(1), [listing_id(1, n) for n in (1, *others)]


def fill() -> list[str]:
    """Shops and listings; returns the API keys that see them."""
    from django.db import connection

    from marketplace.api.services import issue_key
    from stores.inventory.models import Listing
    from stores.shops.models import Store
    from tests.factories import make_product, make_store

    stores: list[Store] = [
        make_store(id=store_id(n), slug=f"bench-{n}", delivery_fee=0) for n in range(1, STORES + 1)
    ]
    products = [make_product() for _ in range(LISTINGS)]
    Listing.objects.bulk_create(
        Listing(
            id=listing_id(n, m),
            store=store,
            product=product,
            category_id=product.category_id,
            price=10000,
            mrp=11000,
            on_hand=PLENTY,
        )
        for n, store in enumerate(stores, start=1)
        for m, product in enumerate(products, start=1)
    )
    seen = [store.pk for store in stores]
    secrets = [issue_key(name="bench", store_ids=seen).secret for _ in range(KEYS)]
    connection.close()
    return secrets


if __name__ == "__main__":
    main()
