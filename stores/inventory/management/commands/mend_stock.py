"""`manage.py mend_stock <drift> --reason "..."`: staff put one drifted figure right."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from marketplace.core.errors import DomainError
from stores.inventory.mending import mend_drift


class Command(BaseCommand):
    help = "Put right one open stock drift, by its id in the staff admin, saying why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("drift", type=UUID)
        parser.add_argument("--reason", required=True)
        parser.add_argument("--actor", default="staff", help="who does it, for the history")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            drift = mend_drift(
                drift_id=options["drift"], reason=options["reason"], actor=options["actor"]
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Mended: {drift}")
