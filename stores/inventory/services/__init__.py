"""Every write to a shop's shelf."""

from stores.inventory.services.listings import (
    KEEP,
    add_listing,
    set_keeps_batches,
    set_on_shelf,
    set_price,
    set_reorder_level,
    set_shown,
)
from stores.inventory.services.merging import merge_product
from stores.inventory.services.pictures import remove_picture, set_picture
from stores.inventory.services.stock import (
    Label,
    count_out,
    count_stock,
    latest_by_hand,
    moved_before,
    receive_stock,
    undo_movement,
    write_off_batch,
    write_off_stock,
)

__all__ = [
    "KEEP",
    "Label",
    "add_listing",
    "count_out",
    "count_stock",
    "latest_by_hand",
    "merge_product",
    "moved_before",
    "receive_stock",
    "remove_picture",
    "set_keeps_batches",
    "set_on_shelf",
    "set_picture",
    "set_price",
    "set_reorder_level",
    "set_shown",
    "undo_movement",
    "write_off_batch",
    "write_off_stock",
]
