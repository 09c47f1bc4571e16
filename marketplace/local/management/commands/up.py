"""`manage.py up`: the whole product on this machine (see marketplace/local/runner.py)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.local.runner import run


class Command(BaseCommand):
    help = "Start everything: servers, bank, web, worker, beat and relay; runs until Ctrl-C."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(run())
