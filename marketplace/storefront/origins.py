"""The filter by country of origin, where there are imported goods (Legal Metrology (Packaged Commodities)
Rules 2011, rule 6(10): searchable and sortable, from 1 July 2026)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from marketplace.storefront.cards import PAGE, Card, Page, make_cards, next_skip, read_skip
from stores.catalogue.countries import HOME, by_name, countries
from stores.inventory.finding import Found
from stores.inventory.imported import find_imported, read_imported
from stores.shops.models import Store

# All imported goods, sorted by country.
ALL = "imported"


def read_origin(request: HttpRequest) -> str:
    """What the visitor has chosen: a country, all imported goods, or nothing that we know."""
    chosen = request.GET.get("origin", "")
    return chosen if chosen == ALL or (chosen in countries() and chosen != HOME) else ""


def origins_on(cards: Iterable[Card]) -> set[str]:
    """The countries of imported goods among these: what was found says it without being asked."""
    return {card.imported_from for card in cards}


def origin_filter(
    path: str, there: Iterable[str], *, chosen: str = "", q: str = ""
) -> SafeString | str:
    """The form with the countries that are there, and the one chosen; nothing where all is from India."""
    codes = {code for code in there if code} | ({chosen} - {ALL, ""})
    if not codes and not chosen:
        return ""
    return _form(path, tuple(sorted(codes)), chosen, q, get_language() or "")


def imported_page(
    store: Store,
    chosen: str,
    *,
    after: str,
    wanted: Mapping[UUID, int],
    aisle: Sequence[UUID] | None = None,
) -> Page:
    """One page of a shop's imported goods; `after` is how many came before."""
    skip = read_skip(after)
    rows = read_imported(
        store_id=store.pk, origins=_sorted(chosen), most=PAGE + 1, skip=skip, aisle=aisle
    )
    return Page(make_cards(rows[:PAGE], slug=store.slug, wanted=wanted), next_skip(len(rows), skip))


def imported_found_page(
    store: Store, text: str, chosen: str, *, after: str, wanted: Mapping[UUID, int]
) -> Page:
    """One page of the imported goods that a shop has of what was asked."""
    skip = read_skip(after)
    found = find_imported(
        text, store_ids=[store.pk], origins=_sorted(chosen), most=PAGE + 1, skip=skip
    )
    rows = [row for _store, row in found.rows[:PAGE]]
    cards = make_cards(rows, slug=store.slug, wanted=wanted)
    return Page(cards, next_skip(len(found.rows), skip), found.instead)


def imported_everywhere(text: str, chosen: str, *, store_ids: Sequence[UUID]) -> Found:
    """The first page of imported goods around that fit what was asked."""
    return find_imported(text, store_ids=store_ids, origins=_sorted(chosen), most=PAGE)


def _sorted(chosen: str) -> list[str]:
    return list(_by_name(get_language() or "")) if chosen == ALL else [chosen]


@lru_cache
def _by_name(_language: str) -> tuple[str, ...]:
    return tuple(code for code, _name in by_name(countries()))


# Its key is everything that it shows.
@lru_cache(maxsize=1_000)
def _form(path: str, codes: tuple[str, ...], chosen: str, q: str, _language: str) -> SafeString:
    context = {"action": path, "q": q, "chosen": chosen, "all": ALL, "countries": by_name(codes)}
    return render_to_string("storefront/origins.html", context)
