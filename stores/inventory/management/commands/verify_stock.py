"""`manage.py verify_stock`: exit 0 when every stock figure is what its history adds up to, else 1."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from stores.inventory.models import Listing
from stores.inventory.reconciling import reconcile_all


class Command(BaseCommand):
    help = "Compare every stock figure with its history; print what differs and exit 1 if anything does."

    def handle(self, *args: Any, **options: Any) -> None:
        found = reconcile_all()
        for drift in found:
            self.stderr.write(str(drift))
        if found:
            sys.exit(1)
        self.stdout.write(f"The shelves are sound: {Listing.objects.count()} listings.")
