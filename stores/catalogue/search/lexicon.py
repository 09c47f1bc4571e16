"""What things are called in different languages: names with one meaning, each in one usual spelling.

Spellings are no business of this list: folding.py makes them alike. Of a line that begins with ! the
parts mean nothing by themselves: dairy milk is no milk.
"""

from functools import cache
from pathlib import Path

from stores.catalogue.search.folding import keys_of, stem, words_of

LONGEST = 5
WHOLE = "!"
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
    ]
)

Phrase = tuple[str, ...]


@cache
def concepts() -> dict[Phrase, list[str]]:
    """By the keys of a name's words, and by their stems, what it may mean: the first name of each line,
    with a #. A name itself goes before what only ends otherwise."""
    exact: dict[Phrase, dict[str, None]] = {}
    inflected: dict[Phrase, dict[str, None]] = {}
    lines = _lines()
    for line in filter(None, lines):
        names = line.removeprefix(WHOLE).split(";")
        for name in names:
            keys = tuple(keys_of(word)[0] for word in words_of(name) if matters(word))
            exact.setdefault(keys, {})[f"#{names[0]}"] = None
            inflected.setdefault(tuple(map(stem, keys)), {})[f"#{names[0]}"] = None
    return {phrase: list(meanings) for phrase, meanings in (inflected | exact).items()}


@cache
def wholes() -> frozenset[str]:
    """The meanings whose parts mean nothing by themselves."""
    return frozenset(
        f"#{line.removeprefix(WHOLE).split(';')[0]}" for line in _lines() if line.startswith(WHOLE)
    )


def _lines() -> list[str]:
    return Path(__file__).with_name("lexicon.csv").read_text(encoding="utf-8").splitlines()


def matters(word: str) -> bool:
    """Whether a word says what the thing is."""
    return word not in LITTLE and bool(keys_of(word))


def meanings_in(keys: Phrase) -> list[tuple[int, int, str]]:
    """(first word, word after the last, meaning) of the longest names found in a row of keys."""
    known, stems = concepts(), tuple(map(stem, keys))
    found: list[tuple[int, int, str]] = []
    at = 0
    while at < len(keys):
        for end in range(min(at + LONGEST, len(keys)), at, -1):
            if meanings := known.get(keys[at:end]) or known.get(stems[at:end]):
                found += [(at, end, meaning) for meaning in meanings]
                at = end - 1
                break
        at += 1
    return found
