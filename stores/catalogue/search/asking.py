"""What somebody typed, as the terms that products are found by: the same, the beginning, nearly the same."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db import connection

from stores.catalogue.search.folding import joined, keys_of, skeleton, stem, words_of
from stores.catalogue.search.indexing import SHORTEST_SLIP, slips_of
from stores.catalogue.search.lexicon import BRANDED, NAMED, alike, matters, meanings_in
from stores.catalogue.search.lexicon import INFLECTED as LIKE_NAMED

MOST_WORDS = 8
# In per cent: how sure it is that this is what was meant.
SAME, MEANT, JOINED, INFLECTED, BEGUN, ALIKE, MISTYPED = 100, 97, 95, 88, 72, 60, 50
SURE_OF_MEANING = {NAMED: MEANT, LIKE_NAMED: 75, BRANDED: 55}
MOST_BEGUN, SHORTEST_BEGUN, SURE_OF_BEGIN = 40, 2, 5
# A pack size is no word: goods without it are wanted too, but those that have it first.
SIZED = 10
# Base units in one of what people name behind a number; what numbers are called before that; and what
# stands beside a price, by which nothing is found. By their keys, so in any spelling.
_UNITS = {
    1: "g gm gms gram grams ml mili pc pcs piece nag pack packet pkt pouch",
    12: "dozen darjan",
    250: "pav pao",
    1000: "kg kgs kilo kilogram l ltr litre liter",
}
_NUMBERS = {
    0.5: "aadha half",
    0.75: "paun",
    1: "ek",
    1.25: "sava",
    1.5: "dedh",
    2: "do",
    2.5: "dhai",
}
_NUMBERS |= {3: "teen", 4: "char", 5: "paanch", 6: "chhah", 10: "das", 20: "bees"}
UNITS = {keys_of(name)[0]: size for size, names in _UNITS.items() for name in names.split()}
NUMBERS = {keys_of(name)[0]: number for number, names in _NUMBERS.items() for name in names.split()}
MONEY = {
    keys_of(name)[0] for name in ("rs", "rupee", "rupees", "rupaye", "rupaiya", "rupya", "inr")
}
FULL = {keys_of("bhar")[0]}

_NEAR = """
    SELECT 'begun', asked.word, found.term, found.written
    FROM unnest(%(begun)s::text[]) AS asked (word), LATERAL (
        SELECT term, written FROM catalogue_term
        WHERE term LIKE asked.word || '%%' AND term <> asked.word ORDER BY length(term) LIMIT %(most)s
    ) AS found
    UNION ALL
    SELECT 'same', term, term, written FROM catalogue_term WHERE term = ANY(%(words)s)
    UNION ALL
    SELECT 'slip', asked.word, slip.term_id, term.written
    FROM unnest(%(slipped)s::text[], %(slips)s::text[]) AS asked (word, slip)
    JOIN catalogue_termslip AS slip ON slip.slip = asked.slip
    JOIN catalogue_term AS term ON term.term = slip.term_id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which terms stand for which word of what was typed, and how surely; below nought are sizes, which
    need not be had. `words` is how many there are that say something, `instead` what was probably
    meant, where a word is unknown."""

    ns: tuple[int, ...]
    terms: tuple[str, ...]
    qualities: tuple[int, ...]
    words: int
    typed: tuple[str, ...]
    heard: tuple[tuple[str, ...], ...]
    instead: str = ""

    @property
    def one_word(self) -> bool:
        return set(self.ns) == {0}


@lru_cache(maxsize=10_000)
def ask(text: str) -> Asked:
    """Read what somebody typed, as far as it is sure: by the rules alone, whatever there is to find."""
    words = words_of(text)[:MOST_WORDS]
    sizes, typed = _take_sizes([word for word in words if matters(word) or word[0].isdecimal()])
    heard = tuple(keys_of(word) for word in typed)
    first = tuple(keys[0] for keys in heard)
    rows = _Rows()
    for n, keys in enumerate(heard):
        for key in keys:
            rows.put(n, key, SAME)
            rows.put(n, f"^{stem(key)}", INFLECTED)
    for n in range(len(first) - 1):
        for word in (n, n + 1):
            rows.put(word, joined(first[n], first[n + 1]), JOINED)
    for start, end, meaning, how in meanings_in(heard):
        for n in range(start, end):
            rows.put(n, meaning, SURE_OF_MEANING[how])
    for n, size in enumerate(sizes):
        for term in size:
            # what is no word stands below nought
            rows.put(~n if typed else n, term, SIZED if typed else SAME)
    return Asked(*rows.columns(), words=len(typed) or len(sizes), typed=tuple(typed), heard=heard)


def widen(asked: Asked) -> Asked:
    """With what it may also be: words that are only begun, sound alike, or have a slip. One statement."""
    if not asked.heard:
        return asked
    rows = _Rows(zip(zip(asked.ns, asked.terms, strict=True), asked.qualities, strict=True))
    near = _look_up(list(dict.fromkeys(key for keys in asked.heard for key in keys)))
    for n, keys in enumerate(asked.heard):
        # the last word may not be finished
        begins = n == len(asked.heard) - 1
        for key in keys:
            if bones := skeleton(key):
                rows.put(n, f"~{bones}", ALIKE)
                for meaning in alike().get(bones, ()):
                    rows.put(n, meaning, ALIKE)
            if begins or len(key) >= SURE_OF_BEGIN:
                for term in near[key].begun:
                    rows.put(n, term, BEGUN)
            for term, _written in near[key].slips:
                rows.put(n, term, MISTYPED)
                rows.put(n, f"^{stem(term)}", MISTYPED)
    ns, terms, qualities = rows.columns()
    instead = _instead(asked.typed, asked.heard, near)
    return replace(asked, ns=ns, terms=terms, qualities=qualities, instead=instead)


class _Rows(dict[tuple[int, str], int]):
    """How surely a term stands for a word, by the word's place and the term."""

    def put(self, n: int, term: str, quality: int) -> None:
        self[n, term] = max(self.get((n, term), 0), quality)

    def columns(self) -> tuple[tuple[int, ...], tuple[str, ...], tuple[int, ...]]:
        return tuple(n for n, _ in self), tuple(term for _, term in self), tuple(self.values())


def _instead(
    words: Sequence[str], heard: Sequence[tuple[str, ...]], near: Mapping[str, "_Near"]
) -> str:
    """What was typed with the likeliest word for each unknown one; empty where all are known, or
    nothing is like them. In the script that was typed, if it can be."""
    meant = list(words)
    for n, keys in enumerate(heard):
        if any(near[key].known or near[key].begun for key in keys):
            continue
        slips = [written for key in keys for _term, written in near[key].slips]
        in_script = [each for each in slips if each.isascii() == words[n].isascii()]
        meant[n] = (in_script or slips or [words[n]])[0]
    return " ".join(meant) if meant != list(words) else ""


@dataclass(frozen=True, slots=True)
class _Near:
    """Of a key: whether it is a known word, the known ones that it begins, and where it is unknown
    those that are a slip away, as keys and as written, the likeliest first."""

    known: bool
    begun: tuple[str, ...]
    slips: tuple[tuple[str, str], ...]


def _look_up(keys: Sequence[str]) -> dict[str, _Near]:
    """Everything near these keys; one statement."""
    slipped = [
        (key, slip) for key in keys if len(key) >= SHORTEST_SLIP - 1 for slip in slips_of(key)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _NEAR,
            {
                "words": list(keys),
                "begun": [key for key in keys if len(key) >= SHORTEST_BEGUN],
                "most": MOST_BEGUN,
                "slipped": [key for key, _slip in slipped],
                "slips": [slip for _key, slip in slipped],
            },
        )
        found = cursor.fetchall()
    known = {key for how, key, *_ in found if how == "same"}
    begun: dict[str, list[str]] = defaultdict(list)
    slips: dict[str, dict[str, str]] = defaultdict(dict)
    for how, key, term, written in found:
        if how == "begun":
            begun[key].append(term)
        elif how == "slip" and key not in known and _apart(key, term) <= 1:
            slips[key][term] = written
    return {
        key: _Near(key in known, tuple(begun[key]), _likeliest(key, slips[key])) for key in keys
    }


def _likeliest(key: str, slips: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The first letter is seldom the wrong one."""
    return tuple(
        sorted(
            slips.items(),
            key=lambda slip: (slip[0][:1] != key[:1], abs(len(slip[0]) - len(key)), slip[0]),
        )
    )


def _apart(one: str, other: str) -> int:
    """How many letters have to be put in, left out, changed or swapped to make one word the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(row[-1] + 1, before[j] + 1, before[j - 1] + (letter != wanted))
            swapped = i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted
            row.append(min(cost, last[j - 2] + 1) if swapped else cost)
    return row[-1]


def _take_sizes(words: Sequence[str]) -> tuple[list[tuple[str, ...]], list[str]]:
    """The pack sizes in what was typed, each as its terms, and the other words; prices are left out."""
    sizes: list[tuple[str, ...]] = []
    others: list[str] = []
    left = list(words)
    while left:
        word, beside = left.pop(0), left[0] if left else ""
        unit, number = _value(beside, UNITS), _value(word, NUMBERS)
        if re.fullmatch(r"\d+(\.\d+)?", word):
            number = float(word)
        if number is None and _value(word, UNITS) and _is(beside, FULL):
            number, unit = 1, _value(word, UNITS)
        if (number and _is(beside, MONEY)) or (_is(word, MONEY) and beside[:1].isdecimal()):
            left.pop(0)
        elif number and unit:
            sizes.append((f"={round(number * unit)}",))
            left.pop(0)
        elif word[0].isdecimal():
            sizes.append((word, *(f"={round(float(word) * scale)}" for scale in (1, 1000))))
        else:
            others.append(word)
    return sizes, others


def _value(word: str, values: Mapping[str, float]) -> float | None:
    return next((values[key] for key in keys_of(word) if key in values), None)


def _is(word: str, called: AbstractSet[str]) -> bool:
    return not called.isdisjoint(keys_of(word))
