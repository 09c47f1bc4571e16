"""A shop's aisles: the categories in which it shows anything, in one query."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from stores.catalogue.models import Category
from stores.inventory.models import Listing


class Aisle(NamedTuple):
    """A category, the stocked ones right below it, and every category in it."""

    category: Category
    below: Sequence[Category]
    whole: Sequence[UUID]


def top_aisles(store_id: UUID) -> list[Category]:
    categories = _stocked(store_id, Q())
    return [one for one in categories if one.parent_id is None and _has_any(one, categories)]


def find_aisle(store_id: UUID, slug: str) -> Aisle | None:
    branch = Q(slug=slug) | Q(parent__slug=slug) | Q(parent__parent__slug=slug)
    categories = _stocked(store_id, branch)
    current = next((one for one in categories if one.slug == slug), None)
    if current is None:
        return None
    below = [one for one in categories if one.parent_id == current.pk and _has_any(one, categories)]
    return Aisle(current, below, [one.pk for one in categories])


def _stocked(store_id: UUID, which: Q) -> list[Any]:
    """Categories, each with `stocked`: whether the shop shows anything right in it."""
    listings = Listing.objects.of_store(store_id).shown().filter(category=OuterRef("pk"))
    return list(
        Category.objects.filter(which).select_related("parent").annotate(stocked=Exists(listings))
    )


def _has_any(category: Any, categories: Sequence[Any]) -> bool:
    """Whether the shop shows anything in a category or below it (three levels at most)."""
    return bool(category.stocked) or any(
        one.stocked
        for one in categories
        if category.pk in (one.parent_id, one.parent.parent_id if one.parent else None)
    )
