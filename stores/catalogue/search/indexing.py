"""Keeping what products are found by: written with the product, and again when the rules change."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from uuid import UUID

from django.db import transaction

from stores.catalogue.models import Product, ProductTerm, Term, TermSlip
from stores.catalogue.search.folding import joined, keys_of, words_of
from stores.catalogue.search.lexicon import matters
from stores.catalogue.search.terms import terms_of

TOGETHER = 500
# A shorter word with a letter less is any word.
SHORTEST_SLIP = 4


def index_products(ids: Sequence[UUID]) -> None:
    """Write down what these products are found by, instead of what was."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), TOGETHER):
        some = ordered[start : start + TOGETHER]
        with transaction.atomic():
            products = Product.objects.filter(pk__in=some).select_related(
                "brand", "category__parent"
            )
            _index(list(products))


def index_everything() -> int:
    """Index every product anew; returns how many there are."""
    ids = list(Product.objects.values_list("pk", flat=True))
    index_products(ids)
    return len(ids)


def slips_of(term: str) -> set[str]:
    """The term itself and what is left of it without each of its letters."""
    if len(term) < SHORTEST_SLIP:
        return {term}
    return {term, *(term[:n] + term[n + 1 :] for n in range(len(term)))}


def _index(products: Sequence[Product]) -> None:
    ProductTerm.objects.filter(product__in=products).delete()
    ProductTerm.objects.bulk_create(
        (
            ProductTerm(term=term, product=product, weight=weight)
            for product in products
            for term, weight in terms_of(product).items()
        ),
        batch_size=5000,
    )
    written: dict[str, str] = {}
    for key, word in _written(products):
        written.setdefault(key, word)
    new = written.keys() - set(
        Term.objects.filter(pk__in=list(written)).values_list("pk", flat=True)
    )
    # Two shops may bring in the same word at once.
    Term.objects.bulk_create(
        (Term(term=key, written=written[key][:60]) for key in sorted(new)), ignore_conflicts=True
    )
    TermSlip.objects.bulk_create(
        (TermSlip(slip=slip, term_id=key) for key in sorted(new) for slip in sorted(slips_of(key))),
        ignore_conflicts=True,
        batch_size=5000,
    )


def _written(products: Sequence[Product]) -> Iterator[tuple[str, str]]:
    """(key, as written) of every word of the products' names, and of two that may be written as one."""
    for product in products:
        for text in _texts(product):
            words = [word for word in words_of(text) if matters(word)]
            for word in words:
                for key in keys_of(word):
                    yield key, word
            for one, other in pairwise(words):
                yield joined(keys_of(one)[0], keys_of(other)[0]), f"{one} {other}"


def _texts(product: Product) -> Iterator[str]:
    brand = product.brand
    texts: Iterable[str] = (
        product.name,
        product.name_hi,
        *product.other_names,
        *((brand.name, brand.name_hi) if brand else ()),
    )
    return (text for text in texts if text)
