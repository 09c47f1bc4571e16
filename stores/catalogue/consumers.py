"""What the outbox has this app do."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.core import outbox
from marketplace.core.outbox import Payload, consumer
from stores.catalogue.search.indexing import TOGETHER, index_products

ADDED = "products.added"


def announce_products(ids: Sequence[UUID], *, store_id: UUID) -> None:
    """Products have come in by the hundred, in the caller's transaction: a worker makes them found."""
    for start in range(0, len(ids), TOGETHER):
        some = [str(product_id) for product_id in ids[start : start + TOGETHER]]
        outbox.publish(ADDED, {"products": some}, store_id=store_id)


@consumer(ADDED, name="index", atomic=False)
def index_added(payload: Payload) -> None:
    index_products([UUID(product_id) for product_id in payload["products"]])
