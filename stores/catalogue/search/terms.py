"""What a product can be found by: its terms, each with a weight of 1 to 100.

A term is a key of folding.py, or with a first sign of its own: ^ a stem, ~ a skeleton, # a meaning,
= a pack size in base units.
"""

from collections.abc import Iterable
from itertools import pairwise

from stores.catalogue.models import Product
from stores.catalogue.search import lexicon
from stores.catalogue.search.folding import joined, skeleton, stem
from stores.catalogue.search.lexicon import heard_in, meanings_in, wholes

# How much it says that a word stands in a product's name, its other names, its brand or its aisle.
NAME, OTHER, BRAND, AISLE = 100, 90, 80, 45
# In per cent of that: how sure it is that it is the same word.
JOINED, KIND, PART, NOT_LAST, BRANDED = 95, 90, 60, 85, 70


def terms_of(product: Product) -> dict[str, int]:
    """The terms of a product at hand, with its brand, its category and the one above."""
    terms: dict[str, int] = {}
    brand, aisle = product.brand, product.category
    aisles = [aisle, *([aisle.parent] if aisle.parent else [])]
    for weight, texts in (
        (NAME, [product.name, product.name_hi]),
        (OTHER, product.other_names),
        (BRAND, [brand.name, brand.name_hi] if brand else []),
        (AISLE, [name for each in aisles for name in (each.name, each.name_hi)]),
    ):
        for text in filter(None, texts):
            for term, share in _of_text(text, with_meanings=weight != BRAND):
                terms[term] = max(terms.get(term, 0), weight * share // 100)
    if product.ean:
        terms[product.ean] = NAME
    if product.pack_quantity is not None:
        terms[f"={product.pack_quantity}"] = NAME
    return terms


def _of_text(text: str, *, with_meanings: bool) -> Iterable[tuple[str, int]]:
    """(term, per cent): a word says the more the fewer stand beside it, and the last one most: milk rusk
    is rusk, toned milk is milk."""
    heard = heard_in(text)
    first = tuple(keys[0] for keys in heard)

    def share(end: int) -> int:
        plenty = 80 + 20 // len(heard)
        return plenty if end == len(heard) else plenty * NOT_LAST // 100

    for n, keys in enumerate(heard, start=1):
        for key in keys:
            yield key, share(n)
            yield f"^{stem(key)}", share(n)
            if bones := skeleton(key):
                yield f"~{bones}", share(n)
    for n, (one, other) in enumerate(pairwise(first), start=2):
        yield joined(one, other), share(n) * JOINED // 100
    if with_meanings:
        for start, end, meaning, how in meanings_in(heard):
            if how == lexicon.BRANDED:
                yield meaning, share(len(heard)) * BRANDED // 100
                continue
            yield meaning, share(end)
            # the parts of a longer name mean less, its last word least less: basmati rice is rice
            for n in range(start, end) if meaning not in wholes() else ():
                for part in meanings_in(heard[n : n + 1]):
                    if part.how != lexicon.BRANDED:
                        yield part.term, share(end) * (KIND if n == end - 1 else PART) // 100
