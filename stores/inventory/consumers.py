from datetime import timedelta
from uuid import UUID

from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.outbox import Payload, consumer
from stores.catalogue.services import MOVED
from stores.inventory.models import ImportRun
from stores.inventory.services.merging import follow_product
from stores.inventory.tasks import run_import

# Longer than a worker may take over one task (settings.CELERY).
LOOK_AGAIN = timedelta(minutes=10)


@consumer("import.asked", name="run_import")
def hand_over_import(payload: Payload) -> None:
    """Give the import to a worker of its own, and look again later in case that worker died."""
    run = ImportRun.objects.unfinished().filter(pk=UUID(payload["import_run_id"])).first()
    if run is None:
        return
    run_import.apply_async((str(run.pk),), retry=False)
    outbox.publish("import.asked", payload, store_id=run.store_id, due_at=now() + LOOK_AGAIN)


@consumer(MOVED, name="move_listings")
def move_listings(payload: Payload) -> None:
    follow_product(product_id=UUID(payload["product"]))
