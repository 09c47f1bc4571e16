"""One spelling for all: words that sound alike get the same key, in any Indian script or in Latin letters.

Rules of sound, not lists of words: what people drop or double when they type Hindi in Latin letters
(length of vowels, aspiration, nasals, v and w, j and z, s and sh) makes no difference to a key.
"""

import re
import unicodedata
from functools import lru_cache

# The Indic blocks of Unicode follow one plan (ISCII), each 128 code points after the last.
FIRST_BLOCK, LAST_BLOCK, BLOCK = 0x0900, 0x0D7F, 0x80
WORD = re.compile(r"\d+\.\d+|[^\W_]+(?:[\u0900-\u0d7f\u0300-\u036f]+[^\W_]*)*")

_CONSONANTS = dict(
    zip(
        range(0x15, 0x3A),
        [
            *("k", "kh", "g", "gh", "n", "ch", "ch", "j", "jh", "n", "t", "th", "d", "dh", "n"),
            *("t", "th", "d", "dh", "n", "n", "p", "ph", "b", "bh", "m", "y", "r", "r", "l", "l"),
            *("l", "v", "sh", "sh", "s", "h"),
        ],
        strict=True,
    )
) | {0x58: "k", 0x59: "kh", 0x5A: "g", 0x5B: "j", 0x5C: "r", 0x5D: "r", 0x5E: "f", 0x5F: "y"}
_VOWELS = {
    0x04: "a",
    0x05: "a",
    0x06: "aa",
    0x07: "i",
    0x08: "ee",
    0x09: "u",
    0x0A: "oo",
    0x0B: "ri",
    0x0D: "e",
    0x0E: "e",
    0x0F: "e",
    0x10: "ai",
    0x11: "o",
    0x12: "o",
    0x13: "o",
    0x14: "au",
}
_SIGNS = {
    0x3E: "aa",
    0x3F: "i",
    0x40: "ee",
    0x41: "u",
    0x42: "oo",
    0x43: "ri",
    0x45: "e",
    0x46: "e",
    0x47: "e",
    0x48: "ai",
    0x49: "o",
    0x4A: "o",
    0x4B: "o",
    0x4C: "au",
}
_NASALS, _NUKTA, _NO_VOWEL = {0x01, 0x02}, 0x3C, 0x4D
# Nobody writes it in Latin letters: peyaj, pach.
BENGALI_NASAL = 0x0981
# Malayalam has letters for consonants without a vowel.
_BARE = {0x0D7A: "n", 0x0D7B: "n", 0x0D7C: "r", 0x0D7D: "l", 0x0D7E: "l", 0x0D7F: "k"}
# Scripts of languages in which no vowel is silent: Tamil, Telugu, Kannada, Malayalam. Those in which
# the unwritten vowel is an o as often: Bengali, Odia.
ALL_SPOKEN, TAMIL, WITH_O = range(0x0B80, 0x0D80), range(0x0B80, 0x0C00), (0x0980, 0x0B00)
# Tamil writes one letter for two sounds: this is the other one, after a nasal or between vowels.
_SOFT = {"k": "g", "t": "d", "th": "dh", "p": "b"}
# A consonant with a dot below: another sound.
_DOTTED = {"k": "k", "kh": "kh", "g": "g", "j": "z", "d": "r", "dh": "r", "ph": "f", "y": "y"}
SCHWA = "\u0259"

# In order; each for a habit of people who write Hindi or English by ear.
_BY_EAR = [
    (re.compile(pattern), to)
    for pattern, to in (
        ("[^a-z0-9]", ""),
        ("tch|chh?", "C"),
        ("ck", "k"),
        ("x", "ks"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("q", "k"),
        ("ph", "f"),
        ("w", "v"),
        ("zh", "l"),
        ("z", "j"),
        ("sh", "s"),
        ("([kgjtdbr])h", r"\1"),
        # not heard before a consonant or at the end: lehsun, lassun
        ("(?<=[aeiou])h(?![aeiouy])", ""),
        ("aa+", "a"),
        ("ee+|ii+|ie$", "i"),
        ("oo+|uu+", "u"),
        ("a[iey](?![aeiou])|ey(?![aeiou])", "e"),
        ("a[uo]|o[uw]|av(?![aeiou])", "o"),
        ("iy?(?=[aou])", "iy"),
        ("(?<=[^aeiou])y$", "i"),
        ("ng(?=f)|n(?=[bpm])", "m"),
        (r"([a-zC])\1+", r"\1"),
    )
]


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters, digits apart from letters: `Amul 500ml` is amul, 500, ml."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("'", "").replace("\u2019", "")
    words = WORD.findall(plain)
    return [part for word in words for part in re.findall(r"\d+(?:\.\d+)?|[^\d]+", word)]


@lru_cache(maxsize=50_000)
def keys_of(word: str) -> tuple[str, ...]:
    """How a word may sound, the likeliest first; more than one where a letter can be read in two ways."""
    if any(FIRST_BLOCK <= ord(letter) <= LAST_BLOCK for letter in word):
        spelled = [_in_latin(word, flap="r"), _in_latin(word, flap="d")]
        if ord(word[0]) // BLOCK * BLOCK in WITH_O:
            spelled.append(_in_latin(word, flap="r", inherent="o"))
        elif ord(word[0]) in TAMIL:
            # a word from another language may begin softly: biscuit, butter, dal
            spelled += [_SOFT[latin[0]] + latin[1:] for latin in spelled[:1] if latin[0] in _SOFT]
    else:
        plain = _without_accents(word)
        # bean is bin, bread is bred
        spelled = [plain, re.sub("ea(?=[^aeiou])", "ee", plain)]
    return tuple(dict.fromkeys(key for each in spelled if (key := _by_ear(each))))


def stem(key: str) -> str:
    """Without the ending that changes with number and gender, or is hardly heard: chana and chane, egg
    and eggs, gehu and gehun."""
    if len(key) > 2 and (key.endswith("s") or re.search("[uoe]n$", key)):
        key = key[:-1]
    short = key.rstrip("aeiou")
    return short if len(short) > 1 else key


def joined(one: str, other: str) -> str:
    """Two words written as one."""
    return one + other[1:] if one[-1:] == other[:1] else one + other


def skeleton(key: str) -> str:
    """The consonants in their order, for vowels that are heard in many ways; empty for a short word."""
    bones = key[:1] + re.sub("[aeiouyh]", "", key[1:])
    bones = re.sub(r"(.)\1+", r"\1", bones)
    return bones if len(bones) > 2 else ""


def _by_ear(latin: str) -> str:
    for pattern, to in _BY_EAR:
        latin = pattern.sub(to, latin)
    return latin


def _without_accents(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _in_latin(word: str, *, flap: str, inherent: str = "a") -> str:
    """A word of any Indic script as one would type it; `flap` is how ड़ is written, `r` or `d`, and
    `inherent` the vowel that is not written."""
    sounds: list[str] = []
    for letter in unicodedata.normalize("NFC", word):
        code = ord(letter)
        if not FIRST_BLOCK <= code <= LAST_BLOCK:
            sounds.append(letter)
            continue
        offset = (code - FIRST_BLOCK) % BLOCK
        if code in _BARE:
            sounds.append(_BARE[code])
        elif offset in _CONSONANTS:
            sounds += [flap if offset in (0x5C, 0x5D) else _CONSONANTS[offset], SCHWA]
        elif offset in _VOWELS:
            sounds.append(_VOWELS[offset])
        elif offset in _SIGNS and sounds and sounds[-1] == SCHWA:
            sounds[-1] = _SIGNS[offset]
        elif offset == _NO_VOWEL and sounds and sounds[-1] == SCHWA:
            sounds.pop()
        elif offset == _NUKTA and len(sounds) > 1:
            dotted = _DOTTED.get(sounds[-2], sounds[-2])
            sounds[-2] = flap if sounds[-2] in ("d", "dh") else dotted
        elif offset in _NASALS and code != BENGALI_NASAL:
            last = code == ord(word[-1]) and code in ALL_SPOKEN
            sounds.append("m" if last else "n")
    if ord(word[0]) in TAMIL:
        sounds = _softened(sounds)
    if ord(word[0]) not in ALL_SPOKEN:
        sounds = _without_silent(sounds)
    return "".join(inherent if sound == SCHWA else sound for sound in sounds)


def _softened(sounds: list[str]) -> list[str]:
    """As Tamil is spoken: k, t and p are soft inside a word but where they are double; ch is s but
    after a nasal, where it is j, and where it is double."""
    spoken: list[str] = []
    for n, sound in enumerate(sounds):
        before, after = sounds[n - 1] if n else "", sounds[n + 1] if n + 1 < len(sounds) else ""
        double = sound in (before, after)
        if sound == "ch" and not double:
            sound = "j" if before == "n" else "s"
        elif sound in _SOFT and not double and _is_vowel(after) and _is_voiced(before):
            sound = _SOFT[sound]
        spoken.append(sound)
    return spoken


def _without_silent(sounds: list[str]) -> list[str]:
    """The inherent vowel is silent at the end of a word, and between a vowel with its consonant and a
    consonant with its vowel (namak, but adrak of adaraka)."""
    spoken = list(sounds)
    if len(spoken) > 2 and spoken[-1] == SCHWA:
        spoken.pop()
    for n in range(len(spoken) - 3, 1, -1):
        if spoken[n] != SCHWA:
            continue
        before = _is_vowel(spoken[n - 2]) and not _is_vowel(spoken[n - 1])
        after = not _is_vowel(spoken[n + 1]) and _is_vowel(spoken[n + 2])
        if before and after:
            del spoken[n]
    return spoken


def _is_vowel(sound: str) -> bool:
    return sound[:1] in ("a", "e", "i", "o", "u", SCHWA)


def _is_voiced(sound: str) -> bool:
    return sound in ("n", "m") or _is_vowel(sound)
