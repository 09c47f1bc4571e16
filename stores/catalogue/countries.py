"""Where goods come from: every country by its ISO 3166-1 code, in both languages (names of Unicode CLDR).

Legal Metrology (Packaged Commodities) Rules 2011, rule 6(1)(aa) and 6(10): imported goods name it.
"""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

HOME = "IN"
NAMES = Path(__file__).resolve().parent / "data" / "countries.csv"


@cache
def countries() -> dict[str, tuple[str, str]]:
    """(name, name in Hindi) of each country by its code."""
    with NAMES.open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["name"], row["name_hi"]) for row in csv.DictReader(file)}


def country_name(code: str) -> str:
    """What the reader calls the country; a code that nobody knows stands for itself."""
    name, name_hi = countries().get(code, (code, code))
    return name_hi if (get_language() or "").startswith("hi") else name


def by_name(codes: Iterable[str]) -> list[tuple[str, str]]:
    """(code, name) of these countries as the reader would look them up."""
    return sorted(((code, country_name(code)) for code in codes), key=lambda each: each[1])


@cache
def _codes() -> dict[str, str]:
    names = {code.casefold(): code for code in countries()}
    for code, both in countries().items():
        for name in both:
            names.setdefault(name.casefold(), code)
    return names | {"usa": "US", "uk": "GB", "uae": "AE", "bharat": HOME, "turkey": "TR"}


def find_country(text: str) -> str | None:
    """The code of a country as people write it, by code or name; None for what is no country."""
    return _codes().get(" ".join(text.split()).casefold())
