"""Every write to a shop's shelf."""

from stores.inventory.services.listings import (
    KEEP,
    add_listing,
    set_on_shelf,
    set_price,
    set_shown,
)
from stores.inventory.services.merging import merge_product
from stores.inventory.services.stock import (
    count_stock,
    receive_stock,
    undo_movement,
    write_off_stock,
)

__all__ = [
    "KEEP",
    "add_listing",
    "count_stock",
    "merge_product",
    "receive_stock",
    "set_on_shelf",
    "set_price",
    "set_shown",
    "undo_movement",
    "write_off_stock",
]
