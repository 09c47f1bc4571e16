"""What the shelf says to the owner of holds and asks of it, without knowing what an order is."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID


class HoldOwner(Protocol):
    def hold_lost(
        self, *, store_id: UUID, reference: UUID, listing_id: UUID, quantity: int
    ) -> None:
        """Flag `reference` for the shop, in the transaction of the count; it must take no lock
        that another service holds while it waits for a listing."""

    def still_needs(self, references: Collection[UUID]) -> set[UUID]:
        """Those of the references whose goods are still to be packed; no other may hold stock."""


_owner: HoldOwner | None = None


def register_hold_owner(owner: HoldOwner) -> None:
    """Called once, when the app that places holds is ready."""
    global _owner
    _owner = owner


def hold_owner() -> HoldOwner:
    if _owner is None:
        raise LookupError("Nobody has registered as the owner of holds.")
    return _owner
