"""Rows a second of the import, on the real dirty file; again, on the same file; and its no-op.

`python -m benchmarks.import_listings` prints one JSON object; it starts a durable PostgreSQL of its
own. Where ../shared/data is absent it says so and measures nothing.
"""

import json
import os
import time
from pathlib import Path

import django

from benchmarks.durable import durable_server, manage
from marketplace.local.postgres import APP, OWNER
from marketplace.local.programs import free_port

DATABASE = "bench_import"
FILE = Path(__file__).resolve().parents[2] / "shared" / "data" / "catalogue_raw.csv"
TARGET = 2000


def main() -> None:
    file = Path(os.environ.get("CATALOGUE_RAW", FILE))
    if not file.exists():
        print(json.dumps({"benchmark": "import_listings", "skipped": f"{file.name} is not here"}))
        return
    with durable_server() as (server, folder):
        server.create_database(DATABASE)
        manage(server, DATABASE, OWNER, "migrate", "--no-input", "--verbosity=0")
        os.environ["DATABASE_URL"] = server.url(APP, DATABASE)
        os.environ["NUKKAD_HOME"] = str(folder / "web")
        # no broker: a wake-up that reaches nobody
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
        os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
        django.setup()
        print(json.dumps(measure(file)))


def measure(file: Path) -> dict[str, object]:
    from stores.inventory.models import Listing, PriceChange, StockMovement
    from tests.factories import make_store

    store = make_store()
    first = _import(store.pk, file)
    before = PriceChange.objects.count(), StockMovement.objects.count()
    again = _import(store.pk, file)
    assert (PriceChange.objects.count(), StockMovement.objects.count()) == before
    return {
        "benchmark": "import_listings",
        "first": first,
        "again": again,
        "listings": Listing.objects.of_store(store.pk).count(),
        "target": f">= {TARGET} rows per second, and again changes nothing",
    }


def _import(store_id: object, file: Path) -> dict[str, object]:
    from django.core.files import File

    from stores.inventory.importing import keep_file, run_import

    with file.open("rb") as content:
        run = keep_file(store_id=store_id, actor="system", file=File(content, name=file.name))
    start = time.perf_counter()
    run = run_import(import_run_id=run.pk)
    seconds = time.perf_counter() - start
    return {
        "rows": run.rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(run.rows / seconds),
        "created": run.created,
        "changed": run.changed,
        "unchanged": run.unchanged,
        "bad": run.failed,
        "problem": run.problem,
    }


if __name__ == "__main__":
    main()
