"""Addresses that stay: what a page is known by outside of Nukkad."""

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.utils.text import slugify

LONGEST_NAME = 60


def absolute(path: str) -> str:
    """A path of ours as the world knows it, whatever name this request came under."""
    return f"{settings.BASE_URL.rstrip('/')}{path}"


def shop_path(slug: str) -> str:
    return f"/shops/{slug}/"


def aisle_path(slug: str, category: str) -> str:
    return f"/shops/{slug}/c/{category}/"


def search_path(text: str, *, slug: str = "") -> str:
    """One address for all ways of typing the same words; in a shop, or in those around."""
    asked = urlencode({"q": " ".join(text.lower().split())})
    return f"{shop_path(slug) if slug else '/'}search/?{asked}"


def product_path(slug: str, listing_id: UUID, name: str) -> str:
    """Found by the id; the name is for people to read, and missing where it has no Latin letters."""
    return f"/shops/{slug}/p/{listing_id}{_tail(name)}/"


def picture_path(listing_id: UUID, name: str, width: int) -> str:
    return f"/pictures/{listing_id}/{name}-{width}.webp"


def _tail(name: str) -> str:
    readable = slugify(name)[:LONGEST_NAME].strip("-")
    return f"-{readable}" if readable else ""
