"""`manage.py import_listings --store SLUG-OR-ID FILE`: a price list into a shop, with a progress bar."""

import shutil
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from stores.inventory.importing import keep_file, run_import
from stores.inventory.models import ImportRun
from stores.shops.models import Store


class Command(BaseCommand):
    help = "Import a shop's price list (CSV); rows with errors are written beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--store", required=True, help="the shop's slug or id")
        parser.add_argument(
            "--errors", type=Path, help="where to write rows with errors (FILE-errors.csv)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        store, path = _store(options["store"]), options["file"]
        try:
            with path.open("rb") as file:
                run = keep_file(store_id=store.pk, actor="system", file=File(file, name=path.name))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from error
        start = time.monotonic()
        run = run_import(import_run_id=run.pk, progress=self._show)
        seconds = time.monotonic() - start
        if self.stdout.isatty():
            self.stdout.write("")
        if run.state != ImportRun.State.DONE:
            raise CommandError(run.problem)
        self.stdout.write(
            f"{run.rows} rows in {seconds:.1f} s ({run.rows / seconds:,.0f} a second): "
            f"{run.created} new, {run.changed} changed, {run.unchanged} unchanged, "
            f"{run.failed} with errors"
        )
        if run.failed:
            errors = options["errors"] or path.with_name(f"{path.stem}-errors.csv")
            with run.errors.open("rb") as source, errors.open("wb") as target:
                shutil.copyfileobj(source, target)
            self.stdout.write(f"Rows with errors: {errors}. Mend them there and import that file.")

    def _show(self, run: ImportRun) -> None:
        """A bar on a terminal; nothing where output goes to a file."""
        if not self.stdout.isatty():
            return
        filled = 40 * run.done // max(run.rows, 1)
        bar = "█" * filled + "░" * (40 - filled)
        self.stdout.write(f"\r{bar} {run.done:,} of {run.rows:,}", ending="")
        self.stdout.flush()


def _store(named: str) -> Store:
    try:
        wanted = {"pk": UUID(named)}
    except ValueError:
        store = Store.objects.filter(slug=named).first()
    else:
        store = Store.objects.filter(**wanted).first()
    if store is None:
        raise CommandError(f"No shop has the slug or id {named}.")
    return store
