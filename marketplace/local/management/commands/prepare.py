"""`manage.py prepare`: what a start needs done once. Does nothing where nothing has changed."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from marketplace.local.translations import compile_changed


class Command(BaseCommand):
    help = "Compile translations, migrate the database and collect static files, each if needed."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for catalogue in compile_changed([Path(path) for path in settings.LOCALE_PATHS]):
            self.stdout.write(f"Compiled {catalogue}")
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.stdout.write(f"Applying {len(plan)} migrations")
            call_command("migrate", interactive=False, verbosity=0)
        self._collect_static()

    def _collect_static(self) -> None:
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        state = _state_of_static_files()
        if stamp.exists() and stamp.read_text() == state:
            return
        self.stdout.write("Collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(state)


def _state_of_static_files() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
