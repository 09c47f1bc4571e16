"""How much is in a packet, read from words: `500 g`, `2x1 l`, `1 kg + 200 g free`, `Pack of 6`."""

import itertools
import re
from dataclasses import dataclass
from decimal import Decimal

from marketplace.core.quantity import Unit

LARGEST = 1_000_000_000

_UNITS: dict[str, tuple[Unit, int]] = {
    **dict.fromkeys(
        ["g", "gm", "gms", "grm", "grms", "gram", "grams", "ग्राम", "ग्रा"], (Unit.GRAM, 1)
    ),
    **dict.fromkeys(
        ["kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "किलो", "किग्रा"], (Unit.GRAM, 1000)
    ),
    **dict.fromkeys(["ml", "mls", "millilitre", "milliliter", "मिली"], (Unit.MILLILITRE, 1)),
    **dict.fromkeys(
        ["l", "lt", "ltr", "ltrs", "lts", "litre", "litres", "liter", "liters", "लीटर", "ली"],
        (Unit.MILLILITRE, 1000),
    ),
    **dict.fromkeys(
        ["pc", "pcs", "pce", "piece", "pieces", "nos", "unit", "units", "पीस", "नग"],
        (Unit.PIECE, 1),
    ),
}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_NUMBER = r"\d+(?:\.\d+)?|\.\d+"
# 2 x 500 g, 500 g x 2; (?<!...) keeps out ranges, decimals and words that end in digits
_MEASURE = re.compile(
    rf"(?<![\w.\-–])(?:(?P<times>\d+)\s*[x×*]\s*)?(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})"
    rf"(?!(?![x×]\s*\d)[^\W\d_])(?![ऀ-ॿ])\.?(?:\s*[x×*]\s*(?P<times_after>\d+)(?![\w.]))?",
    re.IGNORECASE,
)
_PACK_OF = re.compile(r"(?<!\w)(?:pack|set|combo|box|pkt)\s+of\s+(?P<of>\d+)(?!\w)", re.IGNORECASE)
_RANGE = re.compile(rf"\d\s*(?:-|–|to)\s*(?:{_NUMBER})\s*(?:{_UNIT})(?!\w)", re.IGNORECASE)
# "25 kg+": for dogs of 25 kg and more
_AND_OVER = re.compile(rf"\d\s*(?:{_UNIT})\s*\+\s*(?:\)|,|$)", re.IGNORECASE)
_FREE = re.compile(r"\b(?:free|extra|मुफ़्त)\b", re.IGNORECASE)
_BETWEEN_ADDED = re.compile(r"\+|&|\bfree\b|\bextra\b|\bget\b|मुफ़्त", re.IGNORECASE)
_EACH = re.compile(r"\beach\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pack:
    """The content of one packet in base units."""

    quantity: int
    unit: Unit


def parse_unit(text: str) -> tuple[Unit, int] | None:
    """What a bare unit means: `kg` is (gram, 1000); None for anything else."""
    return _UNITS.get(text.strip().rstrip(".").lower())


def parse_pack(text: str) -> Pack | None:
    """The pack that a name or a size column states; None where it states none, or several things.

    Quantities of one kind joined by `+` add up, as do free extras. A range ("8-12 pcs"), an age or
    a weight to be fit for ("25 kg+"), an amount "each", different kinds ("50 g + 45 ml") and parts
    of a gram say nothing that may be relied on.
    """
    text = " ".join(text.split())
    if _RANGE.search(text) or _AND_OVER.search(text) or _EACH.search(text):
        return None
    packs_of = [int(found["of"]) for found in _PACK_OF.finditer(text)]
    measures = list(_MEASURE.finditer(text))
    if len(packs_of) > 1:
        return None
    if not measures:
        return _pack(Decimal(packs_of[0]), Unit.PIECE) if packs_of else None
    if len({_UNITS[each["unit"].lower()][0] for each in measures}) > 1:
        return None
    for one, other in itertools.pairwise(measures):
        if not _BETWEEN_ADDED.search(text[one.end() : other.start()]) and not _FREE.search(
            text[other.end() :]
        ):
            return None
    if packs_of and len(measures) > 1:
        return None
    total = sum((_amount(each) for each in measures), Decimal(0))
    unit = _UNITS[measures[0]["unit"].lower()][0]
    return _pack(total * (packs_of[0] if packs_of else 1), unit)


def without_pack(name: str) -> str:
    """The name without a single pack at its end: `Groundnut Oil, 1 L` is `Groundnut Oil`."""
    found = list(_MEASURE.finditer(name))
    if len(found) != 1 or _PACK_OF.search(name) or name[found[0].end() :].strip(" )].") != "":
        return name
    left = name[: found[0].start()].rstrip(" ,-–([|:")
    return left or name


def _amount(measure: re.Match[str]) -> Decimal:
    factor = _UNITS[measure["unit"].lower()][1]
    times = int(measure["times"] or 1) * int(measure["times_after"] or 1)
    return Decimal(measure["number"]) * factor * times


def _pack(quantity: Decimal, unit: Unit) -> Pack | None:
    if quantity != quantity.to_integral_value() or not 0 < quantity <= LARGEST:
        return None
    return Pack(int(quantity), unit)
