"""Imports beside one another and beside orders, on real connections."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db.models import Sum

from stores.catalogue.models import Brand, Product
from stores.inventory.importing import keep_file, run_import
from stores.inventory.models import Listing, StockMovement
from stores.inventory.services import count_stock
from tests.factories import make_store

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "catalogue_raw.csv"
ROWS = "\n".join(f"Product {n},Brand {n % 7},{n + 1},{n % 5}" for n in range(2500))
TEXT = f"name,brand,price,stock\n{ROWS}\n".encode()


def test_the_same_file_twice_at_once_makes_one_shelf(two_connections):
    store = make_store()

    def upload():
        kept = keep_file(store_id=store.pk, actor="system", file=ContentFile(TEXT, name="a.csv"))
        done = run_import(import_run_id=kept.pk)
        return done.state, done.created + done.unchanged, done.failed

    assert two_connections(upload) == [("done", 2500, 0)] * 2
    assert Listing.objects.of_store(store.pk).count() == 2500
    assert (Product.objects.count(), Brand.objects.count()) == (2500, 7)
    total = Listing.objects.aggregate(total=Sum("on_hand"))["total"]
    assert StockMovement.objects.aggregate(total=Sum("delta"))["total"] == total == 5000


def test_stock_counted_during_an_import_is_never_lost_from_history(concurrently):
    store = make_store()
    first = keep_file(store_id=store.pk, actor="system", file=ContentFile(TEXT, name="a.csv"))
    run_import(import_run_id=first.pk)
    listings = list(Listing.objects.of_store(store.pk).order_by("pk")[:200])
    recount = TEXT.replace(b",0\n", b",9\n")

    def upload():
        kept = keep_file(store_id=store.pk, actor="system", file=ContentFile(recount, name="a.csv"))
        return run_import(import_run_id=kept.pk).state

    def count():
        for listing in listings:
            count_stock(
                store_id=store.pk, listing_id=listing.pk, counted=4, actor="system", reason=""
            )
        return "counted"

    assert concurrently([upload, count]) == ["done", "counted"]
    wrong = [
        listing.pk
        for listing in Listing.objects.annotate(moved=Sum("movements__delta"))
        if (listing.moved or 0) != listing.on_hand
    ]
    assert wrong == []


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL.name} is not beside the project")
@pytest.mark.django_db
def test_every_row_of_the_real_catalogue_goes_in_or_comes_back(servers, cloned_db, tmp_path):
    store = make_store()
    errors = tmp_path / "errors.csv"
    command = [sys.executable, "manage.py", "import_listings", "--store", store.slug, str(REAL)]
    answer = subprocess.run(
        [*command, "--errors", str(errors)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    created = Listing.objects.of_store(store.pk).count()
    with errors.open(encoding="utf-8-sig", newline="") as file:
        bad = list(csv.reader(file))[1:]
    assert (created, len(bad)) == (26_120, 1_435)
    assert sum(row[1] == "" for row in bad) == 1
    assert created + len(bad) == 27_555
