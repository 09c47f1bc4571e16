"""Aisles and shops that somebody asks for by name: where goods are looked for, a way there is shown too."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from marketplace.core.templatetags.nukkad import localised
from marketplace.storefront.addresses import aisle_path, shop_path
from marketplace.storefront.aisles import Tile, stocked_aisles
from stores.catalogue.search.folding import keys_of, stem, words_of
from stores.catalogue.search.lexicon import NAMED, heard_in, matters, meanings_in
from stores.shops.models import Store

MOST = 4
# What nearly every shop is called.
SHOP_WORDS = ("kirana", "store", "stores", "shop", "dukan", "general", "mart", "bhandar")

Thing = TypeVar("Thing", Tile, Store)


def aisles_called(store: Store, text: str) -> SafeString:
    """Links to a shop's aisles that somebody may mean by this."""
    found = _called(text, stocked_aisles(store.pk))
    return _links((aisle_path(store.slug, tile.slug), localised(tile)) for tile in found)


def shops_called(shops: Sequence[Store], text: str) -> SafeString:
    """Links to those of these shops that somebody may mean by this; by the words that they alone are
    called."""
    named = " ".join(word for word in words_of(text) if _heard(word).isdisjoint(_usual()))
    found = _called(named, shops)
    return _links((shop_path(store.slug), localised(store)) for store in found)


def _links(ways: Iterable[tuple[str, str]]) -> SafeString:
    return format_html_join("", '<a href="{}">{}</a>', ways)


def _called(text: str, things: Sequence[Thing]) -> list[Thing]:
    names = tuple((thing.name, thing.name_hi) for thing in things)
    return [things[at] for at in _where(text, names)]


# The same is asked of the same names again and again.
@lru_cache(maxsize=10_000)
def _where(text: str, names: tuple[tuple[str, str], ...]) -> tuple[int, ...]:
    """Which of these names have every word of the text, or mean the same; those with the fewest others
    first."""
    words = [_heard(word) for word in words_of(text) if matters(word)]
    if not words:
        return ()
    meant = _meant(text)
    found = []
    for at, (name, name_hi) in enumerate(names):
        known = _known(name) | _known(name_hi)
        same = not meant.isdisjoint(_meant(name) | _meant(name_hi))
        if same or all(not word.isdisjoint(known) for word in words):
            found.append((len(known), at))
    return tuple(at for _, at in sorted(found)[:MOST])


@lru_cache(maxsize=10_000)
def _heard(word: str) -> frozenset[str]:
    return frozenset(form for key in keys_of(word) for form in (key, f"^{stem(key)}"))


@lru_cache(maxsize=10_000)
def _known(name: str) -> frozenset[str]:
    return frozenset().union(*(_heard(word) for word in words_of(name)))


@lru_cache(maxsize=10_000)
def _meant(text: str) -> frozenset[str]:
    """What the whole of a text means."""
    heard = heard_in(text)
    return frozenset(
        each.term
        for each in meanings_in(heard)
        if each.how == NAMED and (each.start, each.end) == (0, len(heard))
    )


@lru_cache
def _usual() -> frozenset[str]:
    return frozenset().union(*(_heard(word) for word in SHOP_WORDS))
