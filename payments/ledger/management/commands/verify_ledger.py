"""`manage.py verify_ledger`: exit 0 when every invariant of the ledger holds, else 1."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from payments.ledger.verify import INVARIANTS, verify


class Command(BaseCommand):
    help = "Check every invariant of the ledger; print what is broken and exit 1 if anything is."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = verify()
        for each in broken:
            self.stderr.write(str(each))
        if broken:
            sys.exit(1)
        self.stdout.write(f"The ledger is sound: {len(INVARIANTS)} invariants hold.")
