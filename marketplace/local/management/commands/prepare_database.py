"""`manage.py prepare_database`: migrations and translations, where something has changed."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from marketplace.local.translations import compile_changed
from stores.catalogue.models import Product, ProductTerm


class Command(BaseCommand):
    help = "Compile changed translations and apply missing migrations."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for catalogue in compile_changed([Path(path) for path in settings.LOCALE_PATHS]):
            self.stdout.write(f"Compiled {catalogue}")
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.stdout.write(f"Applying {len(plan)} migrations")
            call_command("migrate", interactive=False, verbosity=0)
        if Product.objects.exists() and not ProductTerm.objects.exists():
            self.stdout.write("Indexing the products")
            call_command("index_products")
