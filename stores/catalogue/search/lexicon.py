"""What things are called in different languages: names with one meaning, each in one usual spelling.

Spellings are no business of this list: folding.py makes them alike. Of a line that begins with ! the
parts mean nothing by themselves: dairy milk is no milk. After < stand brands that people say for the
thing: whoever asks for soap may get Lux, but whoever asks for Lux wants that before another soap.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, reduce
from pathlib import Path
from typing import NamedTuple

from stores.catalogue.search.folding import joined, keys_of, skeleton, stem, words_of

LONGEST = 5
SHORTEST_STEM = 3
WHOLE, BRANDS = "!", "<"
# Words that say how things belong together, not what they are.
LITTLE = frozenset(
    [
        "ka",
        "ki",
        "ke",
        "kaa",
        "kee",
        "wala",
        "wali",
        "wale",
        "aur",
        "and",
        "with",
        "of",
        "for",
        "the",
        "in",
        "se",
        "ko",
        "mein",
        "का",
        "की",
        "के",
        "को",
        "से",
        "में",
        "और",
        "वाला",
        "वाली",
        "वाले",
    ]
)

Phrase = tuple[str, ...]


class Meaning(NamedTuple):
    """What the words from `start` up to `end` mean, by a name, by one that ends otherwise, or by a
    brand."""

    start: int
    end: int
    term: str
    how: str


NAMED, INFLECTED, BRANDED = "named", "inflected", "branded"


@cache
def concepts() -> dict[Phrase, dict[str, str]]:
    """By the keys of a name's words, by these written as one, and by their stems, what it may mean (the
    first name of each line, with a #) and how. A name itself goes before what only ends otherwise."""
    exact: dict[Phrase, dict[str, str]] = {}
    inflected: dict[Phrase, dict[str, str]] = {}
    for term, name, branded in _names():
        keys = tuple(heard[0] for heard in heard_in(name))
        for phrase in (keys, (reduce(joined, keys),)):
            exact.setdefault(phrase, {})[term] = BRANDED if branded else NAMED
        stems = tuple(map(stem, keys))
        # of a shorter one too little is left: 7up is no uppu
        if not branded and len("".join(stems)) >= SHORTEST_STEM:
            inflected.setdefault(stems, {})[term] = INFLECTED
    return inflected | exact


@cache
def alike() -> dict[str, tuple[str, ...]]:
    """By the skeletons of names of one word, what they may mean."""
    found: dict[str, dict[str, None]] = {}
    for term, name, branded in _names():
        words = words_of(name)
        bones = skeleton(keys_of(words[0])[0]) if len(words) == 1 else ""
        if bones and not branded:
            found.setdefault(bones, {})[term] = None
    return {bones: tuple(terms) for bones, terms in found.items()}


@cache
def wholes() -> frozenset[str]:
    """The meanings whose parts mean nothing by themselves."""
    return frozenset(
        f"#{re.split('[;<]', line[1:])[0]}" for line in _lines() if line.startswith(WHOLE)
    )


def _names() -> Iterator[tuple[str, str, bool]]:
    """(meaning, name, whether that is a brand)."""
    for line in filter(None, _lines()):
        names, _, brands = line.removeprefix(WHOLE).partition(BRANDS)
        term = f"#{names.split(';')[0]}"
        for name in names.split(";"):
            yield term, name, False
        for name in filter(None, brands.split(";")):
            yield term, name, True


def _lines() -> list[str]:
    return Path(__file__).with_name("lexicon.csv").read_text(encoding="utf-8").splitlines()


def matters(word: str) -> bool:
    """Whether a word says what the thing is."""
    return word not in LITTLE and bool(keys_of(word))


def heard_in(text: str) -> list[Phrase]:
    """The words of a text that say something, each as it may have been heard."""
    return [keys_of(word) for word in words_of(text) if matters(word)]


def meanings_in(heard: Sequence[Phrase]) -> list[Meaning]:
    """The meanings of the longest names found in a row of words, each as it may have been heard."""
    readings = [
        tuple(keys[min(n, len(keys) - 1)] for keys in heard)
        for n in range(max(map(len, heard), default=0))
    ]
    found: list[Meaning] = []
    at = 0
    while at < len(heard):
        for end in range(min(at + LONGEST, len(heard)), at, -1):
            meanings: dict[str, str] = {}
            for keys in readings:
                meanings = _of(keys[at:end]) | meanings
            if meanings:
                found += [Meaning(at, end, term, how) for term, how in meanings.items()]
                at = end - 1
                break
        at += 1
    return found


def _of(keys: Phrase) -> dict[str, str]:
    known = concepts()
    return (
        known.get(keys)
        or known.get((reduce(joined, keys),))
        or known.get(tuple(map(stem, keys)), {})
    )
