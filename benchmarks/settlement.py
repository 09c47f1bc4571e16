"""Settling 10,000 shops with 300,000 unsettled payable legs, and again when nothing is left.

`python -m benchmarks.settlement` prints one JSON object. It starts a durable PostgreSQL (fsync on)
of its own in a temporary folder, loads the legs as the owner, and sweeps them by the product's own
task with one process and with two, as Celery's workers would. It fails unless every paisa is
settled, the books are in order and the second run does nothing.
"""

import json
import os
import subprocess
import sys
import time
from datetime import date

import psycopg

from benchmarks.durable import durable_server, manage
from marketplace.local.postgres import APP, OWNER, Postgres
from tests.servers import ROOT

STORES = 10_000
LEGS_PER_STORE = 30
DAY = date(2026, 11, 20)

# Each a delivered order of 100 rupees or so, deposit to payable: written as ledger_post would, all
# at once, since a posting at a time would take longer than what is measured.
LOAD = """
CREATE TEMP TABLE delivered AS
SELECT lpad(shop::text, 32, '0')::uuid AS store_id, uuidv7() AS txn_id, uuidv7() AS leg_id,
       10000 + n AS amount
FROM generate_series(1, {stores}) AS shop, generate_series(1, {legs}) AS n;

INSERT INTO ledger_txn (id, store_id, idempotency_key, request_hash, kind, business_date,
                        effective_at, posted_at, reference, leg_count)
SELECT txn_id, store_id, 'delivery:' || txn_id, sha256(txn_id::text::bytea), 'delivery', '{day}',
       now(), now(), txn_id, 2 FROM delivered;

INSERT INTO ledger_leg (id, store_id, txn_id, n, business_date, account, amount)
SELECT uuidv7(), store_id, txn_id, 1, '{day}'::date, 'customer_deposit', amount FROM delivered
UNION ALL SELECT leg_id, store_id, txn_id, 2, '{day}', 'payable', -amount FROM delivered;

INSERT INTO ledger_unsettledleg (leg_id, store_id, business_date, amount)
SELECT leg_id, store_id, '{day}', -amount FROM delivered;

INSERT INTO ledger_balance (id, store_id, account, slot, amount)
SELECT uuidv7(), store_id, 'payable', 0, -sum(amount) FROM delivered GROUP BY store_id;
"""

# What one of Celery's processes does with its share of the shops.
SWEEP = """
import sys, django
django.setup()
from payments.ledger.models import UnsettledLeg
from payments.settlement.tasks import settle_stores
upto, part, parts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
from datetime import date
stores = UnsettledLeg.objects.stores_up_to(date.fromisoformat(upto))
print("ready", flush=True)
sys.stdin.readline()
settle_stores([str(store) for store in stores[part::parts]], upto)
"""


def main() -> None:
    with durable_server() as (server, _folder):
        print(json.dumps(measure(server)))


def measure(server: Postgres) -> dict[str, object]:
    seconds = {}
    for processes in (1, 2):
        database = f"bench_settlement_{processes}"
        server.create_database(database)
        manage(server, database, OWNER, "migrate", "--no-input", "--verbosity=0")
        with psycopg.connect(server.url(OWNER, database), autocommit=True) as connection:
            connection.execute(LOAD.format(stores=STORES, legs=LEGS_PER_STORE, day=DAY))
            connection.execute("ANALYZE")
        took = sweep(server, database, processes)
        prove(server, database)
        again = sweep(server, database, processes)
        prove(server, database)
        manage(server, database, APP, "verify_ledger")
        seconds[str(processes)] = {"first": round(took, 1), "again": round(again, 2)}
    return {
        "benchmark": "settlement",
        "stores": STORES,
        "legs": STORES * LEGS_PER_STORE,
        "seconds_by_processes": seconds,
        "target": "every leg settled once, and again settles nothing",
    }


def sweep(server: Postgres, database: str, processes: int) -> float:
    """Seconds from the word go, all processes having started and connected, to the last one's end."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", SWEEP, DAY.isoformat(), str(part), str(processes)],
            cwd=ROOT,
            env=environment(server, database, APP),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in range(processes)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    start = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        if worker.wait():
            raise SystemExit(f"A sweep ended with {worker.returncode}.")
    return time.perf_counter() - start


def prove(server: Postgres, database: str) -> None:
    """Every leg settled once, every settlement the sum of its items, nothing left owed."""
    with psycopg.connect(server.url(OWNER, database)) as connection:
        row = connection.execute("""
            SELECT (SELECT count(*) FROM settlement_settlement),
                   (SELECT count(*) FROM settlement_settlementitem),
                   (SELECT count(*) FROM settlement_settlement s WHERE net <> (
                        SELECT sum(amount) FROM settlement_settlementitem
                        WHERE settlement_id = s.id)),
                   (SELECT count(*) FROM ledger_unsettledleg),
                   (SELECT count(*) FROM ledger_balance WHERE amount <> 0)
        """).fetchone()
    if row != (STORES, STORES * LEGS_PER_STORE, 0, 0, 0):
        raise SystemExit(f"Not settled: {row}")


def environment(server: Postgres, database: str, role: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
        "DATABASE_URL": server.url(role, database),
    }


if __name__ == "__main__":
    main()
