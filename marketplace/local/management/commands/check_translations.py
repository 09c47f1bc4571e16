"""`manage.py check_translations`: every catalogue is complete, certain and compiles."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketplace.local.translations import compile_catalogue, faults


class Command(BaseCommand):
    help = "Fail where a translation is missing, doubtful, doubled or has other placeholders."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[str] = []
        for folder in settings.LOCALE_PATHS:
            for path in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                found += faults(path)
                compile_catalogue(path)
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise CommandError(f"{len(found)} faults in translations")
