"""Whether placing stays as fast when the tables have grown: after 1,000,000 orders against 10,000.

`python -m benchmarks.orders_growth` prints one JSON object. The two databases stand on one server,
each with a web server of its own, and take turns. The grown one holds the same orders a hundred
times over, delivered, with ids of different days; rows that placing does not touch are left out.
Takes some minutes and 7 GB; `ORDERS=100000` in the environment makes it a shorter one.
"""

import json
import os
import statistics

import psycopg

from benchmarks.buyers import Bought
from benchmarks.orders import BEFORE, DATABASE, ROUNDS, buy, buy_at_cost, filled_server, spread, web
from marketplace.local.postgres import SUPERUSER, Postgres

GROWN = f"{DATABASE}_grown"
AFTER = int(os.environ.get("ORDERS", "1000000"))

# What is different in a copy of an order; everything else is as in the original.
NEW = {
    "orders_order": {
        "id": "copy.id",
        "code": "substr(encode(sha256(copy.id::text::bytea), 'base64'), 1, 9)",
        "idempotency_key": "copy.id::text",
        "state": "'delivered'",
        "due_at": "NULL",
        "placed_at": "original.placed_at - copy.age",
        "delivered_at": "original.placed_at - copy.age + interval '1 hour'",
    },
    "orders_orderline": {"id": "uuidv7(-copy.age)", "order_id": "copy.id"},
    "orders_orderevent": {"id": "uuidv7(-copy.age)", "order_id": "copy.id"},
    "inventory_hold": {
        "id": "uuidv7(-copy.age)",
        "reference": "copy.id",
        "state": "'taken'",
        "closed_at": "original.created_at",
    },
}
OF_ORDER = {
    "orders_order": "id",
    "orders_orderline": "order_id",
    "orders_orderevent": "order_id",
    "inventory_hold": "reference",
}


def main() -> None:
    with filled_server() as (server, folder):
        grow(server)
        with web(server, folder, DATABASE) as small, web(server, folder, GROWN) as large:
            for shops in (small, large):
                buy(shops, 8, spread, seconds=3)
            rounds = [
                (buy_at_cost(small, 8, spread), buy_at_cost(large, 8, spread))
                for _ in range(ROUNDS)
            ]
    before, after = zip(*rounds, strict=True)
    print(
        json.dumps(
            {
                "benchmark": "orders_growth",
                "orders_before": {str(BEFORE): median(before), str(AFTER): median(after)},
                "ratio": round(
                    statistics.median(b.per_second / a.per_second for (a, _), (b, _) in rounds), 2
                ),
                "target": "ratio >= 0.85",
            }
        )
    )


def median(rounds: tuple[tuple[Bought, dict[str, float]], ...]) -> dict[str, object]:
    return {
        "orders_per_second": round(statistics.median(each.per_second for each, _ in rounds)),
        "p99_milliseconds": round(statistics.median(each.percentile(99) for each, _ in rounds), 1),
        "processor_milliseconds_per_order": {
            name: statistics.median(cost[name] for _, cost in rounds)
            for name in ("web", "database")
        },
    }


def grow(server: Postgres) -> None:
    """A second database, with the orders of the first copied until there are enough."""
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {GROWN} TEMPLATE {DATABASE}")
    with psycopg.connect(server.url(SUPERUSER, GROWN), autocommit=True) as connection:
        # foreign keys of copies hold as those of the originals do
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        # all days at once, oldest first: a copy at a time would read the growing tables each time
        connection.execute(
            "CREATE TABLE copy AS SELECT id AS original_id, age, uuidv7(-age) AS id FROM ("
            " SELECT id, day * interval '1 day' AS age"
            " FROM orders_order, generate_series(1, %s) AS day) AS aged ORDER BY id",
            [AFTER // BEFORE - 1],
        )
        connection.execute("ANALYZE")
        for table, key in OF_ORDER.items():
            copy_rows(connection, table, key)
        connection.execute("DROP TABLE copy")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def copy_rows(connection: psycopg.Connection, table: str, key: str) -> None:
    columns = [
        name
        for (name,) in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
        )
    ]
    values = ", ".join(NEW[table].get(name, f'original."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {values}"
        f" FROM copy JOIN {table} AS original ON original.{key} = copy.original_id"
    )


if __name__ == "__main__":
    main()
