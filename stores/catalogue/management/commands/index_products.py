from typing import Any

from django.core.management.base import BaseCommand

from stores.catalogue.search.indexing import index_everything


class Command(BaseCommand):
    help = "Work out anew what every product is found by: after the rules of search have changed."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{index_everything()} products indexed")
