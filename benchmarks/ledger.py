"""Postings a second, through the one function, against pgbench's TPC-B on the same server.

`python -m benchmarks.ledger` prints one JSON object. It starts a durable PostgreSQL (fsync on) of
its own in a temporary folder and takes about five minutes. The workloads take turns within each
round, so that whatever else the machine does falls on all of them; ratios are of one round, and
the median of the rounds is given. It fails unless `verify_ledger` finds the books in order afterwards.
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import django

from benchmarks.durable import durable_server, manage, run_pgbench, transactions_per_second
from marketplace.local.postgres import APP, OWNER, SUPERUSER, Postgres

LEDGER, TPCB = "bench_ledger", "bench_tpcb"
CLIENTS = (1, 8, 32)
ROUNDS = 3
STORES = 10_000
SCALE = 50

# One account with a million legs, over two hundred days that are closed and sealed, and a busy day
# since: written as ledger_post would, all at once.
BUSY_DAYS, BUSY_A_DAY, BUSY_TODAY = 200, 5_000, 2_000
HISTORY = """
CREATE TEMP TABLE came AS
SELECT uuidv7() AS id, date '2026-01-01' + day AS day, n
FROM generate_series(0, {days}) AS day, generate_series(1, {a_day}) AS n
WHERE day < {days} OR n <= {today};

INSERT INTO ledger_txn (id, store_id, idempotency_key, request_hash, kind, business_date,
                        effective_at, posted_at, leg_count)
SELECT id, '{store}', id::text, ''::bytea, 'capture', day, now(), now(), 2 FROM came;

INSERT INTO ledger_leg (id, store_id, txn_id, n, business_date, account, amount)
SELECT uuidv7(), '{store}'::uuid, id, 1, day, 'psp_clearing', n FROM came
UNION ALL SELECT uuidv7(), '{store}', id, 2, day, 'customer_deposit', -n FROM came;
"""

POST = """\\set store random(1, {stores})
SELECT ledger_post(lpad(:store::text, 32, '0')::uuid, uuidv7(), uuidv7()::text, '{kind}',
    '2026-11-22', now(), uuidv7(), NULL, '{accounts}', '{amounts}', NULL, NULL);
"""


def main() -> None:
    with durable_server() as (server, folder):
        print(json.dumps(measure(server, folder)))


def measure(server: Postgres, folder: Path) -> dict[str, object]:
    server.create_database(LEDGER)
    server.create_database(TPCB)
    manage(server, LEDGER, OWNER, "migrate", "--no-input", "--verbosity=0")
    run_pgbench(server, SUPERUSER, TPCB, "--initialize", "--quiet", f"--scale={SCALE}")

    scripts = write_scripts(server, folder)
    rates: dict[tuple[str, int], list[float]] = {}
    for clients in CLIENTS:
        for _ in range(ROUNDS):
            rates.setdefault(("tpcb", clients), []).append(
                transactions_per_second(server, SUPERUSER, TPCB, clients)
            )
            for name, script in scripts.items():
                rates.setdefault((name, clients), []).append(
                    transactions_per_second(server, APP, LEDGER, clients, f"--file={script}")
                )
    looking_up = time_balance(server)
    began = time.perf_counter()
    manage(server, LEDGER, APP, "verify_ledger")
    verified = time.perf_counter() - began

    def ratios(name: str, base: str) -> dict[str, float]:
        return {
            str(clients): round(
                statistics.median(
                    ours / theirs
                    for ours, theirs in zip(rates[name, clients], rates[base, clients], strict=True)
                ),
                2,
            )
            for clients in CLIENTS
        }

    return {
        "benchmark": "ledger",
        "per_second": {
            name: {
                str(clients): round(statistics.median(rates[name, clients])) for clients in CLIENTS
            }
            for name in ("tpcb", *scripts)
        },
        "capture_to_tpcb": ratios("capture", "tpcb"),
        "delivery_to_tpcb": ratios("delivery", "tpcb"),
        "one_busy_shop_to_spread": ratios("delivery_one_shop", "delivery"),
        "balance_of_a_million_legs": looking_up,
        "verifying_seconds": round(verified, 1),
        "target": "delivery_to_tpcb >= 0.55 and one_busy_shop_to_spread >= 0.5 at 8 and 32;"
        " balance_ms < 5",
    }


def time_balance(server: Postgres) -> dict[str, float]:
    """Milliseconds to say what stands on an account with a million legs, and to sum them all instead."""
    from django.db import connection

    from marketplace.core.ids import uuid7
    from payments.ledger.closing import close_day, seal_store
    from payments.ledger.models import Account, Leg
    from payments.ledger.selectors import balance

    store = uuid7()
    with server.connect(LEDGER) as owner:
        owner.execute(
            HISTORY.format(store=store, days=BUSY_DAYS, a_day=BUSY_A_DAY, today=BUSY_TODAY)
        )
    began = time.perf_counter()
    close_day(day=date(2026, 1, 1) + timedelta(days=BUSY_DAYS - 1))
    seal_store(store_id=store)
    sealed = time.perf_counter() - began
    with server.connect(LEDGER) as owner:
        owner.execute("VACUUM ANALYZE")
    account, legs = (
        Account.PSP_CLEARING,
        Leg.objects.of_account(store_id=store, account="psp_clearing"),
    )
    if balance(store, account) != legs.balance():
        raise AssertionError("what is kept is not the sum of the legs")
    connection.ensure_connection()

    def milliseconds(ask: Callable[[], int], times: int) -> float:
        took = []
        for _ in range(times):
            began = time.perf_counter()
            ask()
            took.append(time.perf_counter() - began)
        return round(statistics.median(took) * 1000, 2)

    return {
        "legs": legs.count(),
        "balance_ms": milliseconds(lambda: balance(store, account), 50),
        "as_of_a_past_day_ms": milliseconds(
            lambda: balance(store, account, on=date(2026, 3, 1)), 50
        ),
        "summing_all_ms": milliseconds(legs.balance, 3),
        "sealing_seconds": round(sealed, 1),
    }


def write_scripts(server: Postgres, folder: Path) -> dict[str, Path]:
    """The product's own postings as pgbench scripts: a capture, and a delivery with every charge."""
    os.environ["DATABASE_URL"] = server.url(APP, LEDGER)
    os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
    django.setup()
    from payments.ledger import postings

    terms = postings.DeliveryTerms(
        goods=1000_00,
        taxable=952_38,
        delivery_fee=30_00,
        delivered_by_shop=False,
        commission_bps=300,
        gst_on_commission_bps=1800,
        tds_bps=10,
        tcs_bps=50,
    )
    delivery = postings.delivery(postings.Charges.of(terms))
    workloads = {
        "capture": ("capture", STORES, postings.capture(terms.total)),
        "delivery": ("delivery", STORES, delivery),
        "delivery_one_shop": ("delivery", 1, delivery),
    }
    scripts = {}
    for name, (kind, stores, legs) in workloads.items():
        moved = [leg for leg in legs if leg.amount]
        scripts[name] = folder / f"{name}.sql"
        scripts[name].write_text(
            POST.format(
                stores=stores,
                kind=kind,
                accounts=f"{{{','.join(leg.account.value for leg in moved)}}}",
                amounts=f"{{{','.join(str(leg.amount) for leg in moved)}}}",
            )
        )
    return scripts


if __name__ == "__main__":
    main()
