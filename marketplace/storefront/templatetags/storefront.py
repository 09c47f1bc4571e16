"""Fragments that are the same for everybody who sees the same strings: rendered once, then kept.

The key is everything that the fragment shows, so nothing ever has to be thrown away.
"""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from marketplace.storefront.aisles import Tile
from marketplace.storefront.cards import Card

register = template.Library()


@register.simple_tag
def cards(shown: Sequence[Card]) -> SafeString:
    """The list items of these cards."""
    language = get_language() or ""
    return mark_safe("".join([_card(card, language) for card in shown]))


@register.simple_tag
def aisle_tiles(slug: str, tiles: Sequence[Tile]) -> SafeString:
    """The pictures that lead into a shop's aisles."""
    return _tiles(slug, tuple(tiles), get_language() or "")


# A card is about 1.5 kB: the first pages of a few hundred shops in two languages.
@lru_cache(maxsize=10_000)
def _card(card: Card, language: str) -> SafeString:
    return mark_safe(get_template("storefront/item.html").render({"c": card}))


@lru_cache(maxsize=1_000)
def _tiles(slug: str, tiles: tuple[Tile, ...], language: str) -> SafeString:
    shown = {"slug": slug, "tiles": tiles}
    return mark_safe(get_template("storefront/aisle_tiles.html").render(shown))
