"""Postings a second, through the one function, against pgbench's TPC-B on the same server.

`python -m benchmarks.ledger` prints one JSON object. It starts a durable PostgreSQL (fsync on) of
its own in a temporary folder and takes about four minutes. The workloads take turns within each
round, so that whatever else the machine does falls on all of them; ratios are of one round, and
the median of the rounds is given. It fails unless `verify_ledger` finds the books in order afterwards.
"""

import json
import os
import statistics
from pathlib import Path

import django

from benchmarks.durable import durable_server, manage, run_pgbench, transactions_per_second
from marketplace.local.postgres import APP, OWNER, SUPERUSER, Postgres

LEDGER, TPCB = "bench_ledger", "bench_tpcb"
CLIENTS = (1, 8, 32)
ROUNDS = 3
STORES = 10_000
SCALE = 50

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
    manage(server, LEDGER, APP, "verify_ledger")

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
        "target": "delivery_to_tpcb >= 0.55 and one_busy_shop_to_spread >= 0.5 at 8 and 32",
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
