"""One upload from beginning to end, in batches that each commit by themselves."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import PurePath
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Person
from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.errors import Busy, InvalidInput
from marketplace.core.ids import uuid7
from marketplace.core.locks import busy_when_locked
from stores.inventory.importing.columns import is_error_column
from stores.inventory.importing.lines import BadLine, Line, understand
from stores.inventory.importing.matching import (
    Aisles,
    Brands,
    add_private_products,
    find_products,
)
from stores.inventory.importing.problems import Unreadable
from stores.inventory.importing.reading import LARGEST_FILE, Sheet, read_sheet
from stores.inventory.importing.shelf import ListingKey, Outcome, Seen, put_on_shelf
from stores.inventory.models import ImportRun
from stores.shops.models import Store

BATCH = 1000
ATTEMPTS = 5

Progress = Callable[[ImportRun], None]


@transaction.atomic
def start_import(*, store_id: UUID, actor: str, file: "File[bytes]") -> ImportRun:
    """Keep the uploaded price list and have a worker import it.

    Raises InvalidInput for a file that is empty or larger than 20 MB.
    """
    if not file.size or file.size > LARGEST_FILE:
        raise InvalidInput(field="file", why=_("Choose a CSV file of at most 20 MB."))
    run = keep_file(store_id=store_id, actor=actor, file=file)
    outbox.publish("import.asked", {"import_run_id": str(run.pk)}, store_id=store_id)
    return run


def keep_file(*, store_id: UUID, actor: str, file: "File[bytes]") -> ImportRun:
    """An import that waits to be run, under a name that nobody can guess."""
    run_id = uuid7()
    original = PurePath(file.name or "").name
    file.name = f"{run_id}.csv"
    return ImportRun.objects.create(
        id=run_id, store_id=store_id, actor=actor, file_name=original[-200:], file=file
    )


def run_import(*, import_run_id: UUID, progress: Progress | None = None) -> ImportRun:
    """Import the file; rows that cannot go in are written to `errors`, to be mended and uploaded.

    An import that has ended is left alone. One that died is begun again, which is safe: rows that
    went in already change nothing. Each batch commits with its progress.
    """
    run = ImportRun.objects.get(pk=import_run_id)
    if run.state in (ImportRun.State.DONE, ImportRun.State.FAILED):
        return run
    with translation.override(_language_of(run.actor)):
        try:
            _import(run, progress or (lambda run: None))
        except Unreadable as unreadable:
            _end(run, ImportRun.State.FAILED, problem=str(unreadable))
        except Busy as busy:
            _end(run, ImportRun.State.FAILED, problem=str(busy))
        except Exception:
            problem = _("Something went wrong on our side. What is imported stays; upload again.")
            _end(run, ImportRun.State.FAILED, problem=str(problem))
            raise
    return run


def _import(run: ImportRun, progress: Progress) -> None:
    with run.file.open("rb") as file:
        sheet = read_sheet(file.read())
    run.rows = len(sheet.rows)
    run.state = ImportRun.State.RUNNING
    run.done = run.created = run.changed = run.unchanged = run.failed = 0
    run.save()
    progress(run)
    seen: dict[ListingKey, Seen] = {}
    bad: list[BadLine] = []
    with transaction.atomic():
        aisles, brands = Aisles(), Brands()
    for rows in _batches(sheet.rows):
        read = [understand(sheet, number, cells) for number, cells in rows]
        lines = [each for each in read if isinstance(each, Line)]
        bad += [each for each in read if isinstance(each, BadLine)]
        outcome = _import_batch(run, lines, seen, aisles, brands)
        seen |= outcome.seen
        bad += outcome.bad
        run.done += len(rows)
        run.created += outcome.created
        run.changed += outcome.changed
        run.unchanged += outcome.unchanged
        run.failed = len(bad)
        run.save(update_fields=["done", "created", "changed", "unchanged", "failed"])
        progress(run)
    if bad:
        run.errors.save(f"{run.pk}-errors.csv", ContentFile(_errors(sheet, bad)), save=False)
    _end(run, ImportRun.State.DONE)


def _import_batch(
    run: ImportRun,
    lines: Sequence[Line],
    seen: dict[ListingKey, Seen],
    aisles: Aisles,
    brands: Brands,
) -> Outcome:
    """One batch in one transaction, again from its start when somebody else was in the way.

    An IntegrityError means that a listing or product was added beside us: now it will be found.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with busy_when_locked(), transaction.atomic():
                # two imports into one shop take turns; orders do not wait for this lock
                Store.objects.select_for_update(of=("self",), no_key=True).get(pk=run.store_id)
                brands.learn(line.brand for line in lines)
                products = find_products(store_id=run.store_id, lines=lines)
                add_private_products(
                    store_id=run.store_id,
                    lines=lines,
                    found=products,
                    brands=brands,
                    aisles=aisles,
                )
                return put_on_shelf(
                    store_id=run.store_id,
                    actor=run.actor,
                    lines=lines,
                    products=products,
                    seen_before=seen,
                )
        except (Busy, IntegrityError):
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _batches(rows: Sequence[tuple[int, list[str]]]) -> Iterator[list[tuple[int, list[str]]]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _errors(sheet: Sheet, bad: Sequence[BadLine]) -> bytes:
    """The rows as they came with an `error` column; Excel reads the BOM, and so do we."""
    keep = [place for place, name in enumerate(sheet.header) if not is_error_column(name)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=sheet.delimiter)
    writer.writerow([*(sheet.header[place] for place in keep), "error"])
    for line in sorted(bad, key=lambda each: each.number):
        cells = [line.cells[place] if place < len(line.cells) else "" for place in keep]
        writer.writerow([*cells, " ".join(map(str, line.problems))])
    return out.getvalue().encode("utf-8-sig")


def _end(run: ImportRun, state: ImportRun.State, *, problem: str = "") -> None:
    run.state, run.problem, run.finished_at = state, problem[:300], now()
    run.save(update_fields=["state", "problem", "finished_at", "errors"])


def _language_of(actor: str) -> str | None:
    """The uploader's language; for a key or the system, the language that is active."""
    kind, _colon, person_id = actor.partition(":")
    if kind != "person":
        return translation.get_language()
    return Person.objects.filter(pk=person_id).values_list("language", flat=True).first()
