"""What a shop has."""

from stores.inventory.models.batches import Batch
from stores.inventory.models.drift import StockDrift
from stores.inventory.models.holds import Hold
from stores.inventory.models.imports import ImportRun
from stores.inventory.models.listings import Listing, ListingQuerySet
from stores.inventory.models.movements import PriceChange, StockMovement

__all__ = [
    "Batch",
    "Hold",
    "ImportRun",
    "Listing",
    "ListingQuerySet",
    "PriceChange",
    "StockDrift",
    "StockMovement",
]
