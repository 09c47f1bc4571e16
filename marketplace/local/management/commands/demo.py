"""`manage.py demo`: opens the demo neighbourhood; what is there already stays as it is."""

import json
import logging
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketplace.api.services import find_key, issue_key
from marketplace.local.demo import afterwards, dates, khatas, orders, people, products, shops


class Command(BaseCommand):
    help = "Fill the database with a neighbourhood to try Nukkad in; repeating it adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--write",
            type=Path,
            help="write who to sign in as, a key and the shops to this JSON file",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_CODE:
            raise CommandError("The demo neighbourhood is for a developer's machine only.")
        start = time.monotonic()
        logging.getLogger("httpx").setLevel(logging.WARNING)  # not every word with the bank
        everybody = people.settle_in_everybody()
        offers = list(products.read_offers())
        added = products.stock_the_catalogue(offers)
        stores = shops.open_shops(everybody)
        shops.fill_shelves(stores, offers)
        khatas.write_in_khatas(stores)
        made, left_out = orders.shop_around(everybody, stores, offers)
        dates.write_dates(stores)
        afterwards.bring_back_and_sell(stores)
        afterwards.complain(stores, everybody[people.CUSTOMER.phone])
        if options["write"]:
            self._write(options["write"], [store.pk for store in stores.values()])
        self.stdout.write(
            f"Demo: {len(stores)} shops, {added} products and {made} orders added "
            f"in {time.monotonic() - start:.1f} s"
        )
        if left_out:
            self.stdout.write(
                f"{left_out} UPI orders wait for the bank at {settings.BANK_URL} to run; "
                "repeat the command then."
            )

    def _write(self, path: Path, stores: Sequence[UUID]) -> None:
        """What `make run` prints; the API key that the file holds already is kept if it still opens."""
        known = json.loads(path.read_text()) if path.exists() else {}
        secret = known.get("api_key", "")
        if not find_key(secret):
            secret = issue_key(name="Demo partner", store_ids=stores).secret
        summary = {
            **{
                role: {"phone": somebody.phone, "code": settings.DEMO_CODE}
                for role, somebody in (
                    ("customer", people.CUSTOMER),
                    ("shopkeeper", people.SHOPKEEPER),
                    ("staff", people.STAFF),
                    ("helper", people.HELPER),
                )
            },
            "api_key": secret,
            "store_ids": [str(store_id) for store_id in stores],
            "pincode": people.CUSTOMER.pincode,
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
