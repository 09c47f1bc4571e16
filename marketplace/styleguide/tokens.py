"""The custom properties of static/css/base.css, as they are written there, and how well they are read.

Contrast is that of WCAG 2.2 (1.4.3 and 1.4.11): 4.5 for words, 3 for what only has to be seen.
"""

import re
from typing import NamedTuple

from django.conf import settings

BASE = settings.ROOT / "static" / "css" / "base.css"
COMMENT = re.compile(r"/\*.*?\*/", re.S)
TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")

LIGHT = r":root"
DARK = r':root\[data-theme="dark"\]'
DARK_PHONE = r':root:not\(\[data-theme="light"\]\)'

WORDS, SEEN = 4.5, 3.0

# What is read or seen on what, and how well it has to be. A colour that is in no pair is decoration.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((words, ground, WORDS) for words in ("ink", "ink-soft") for ground in ("paper", "surface", "sunk", "field")),
    *(("ink", f"{tint}-tint", WORDS) for tint in ("bahi", "leaf", "danger", "sky", "haldi")),
    *(("ink-soft", f"{tint}-tint", WORDS) for tint in ("leaf", "danger", "sky", "haldi")),
    *((f"bahi{on}", ground, WORDS) for on in ("", "-deep") for ground in ("paper", "surface", "sunk", "bahi-tint")),
    *(("bahi", f"{tint}-tint", WORDS) for tint in ("haldi", "sky", "danger")),
    *((words, ground, WORDS) for words in ("leaf", "leaf-deep") for ground in ("paper", "surface", "leaf-tint")),
    *(("danger", ground, WORDS) for ground in ("paper", "surface", "danger-tint")),
    ("sky", "sky-tint", WORDS),
    ("haldi-ink", "haldi-tint", WORDS),
    ("on-haldi", "haldi", WORDS),
    *(("on-fill", f"{fill}-fill", WORDS) for fill in ("bahi", "leaf", "danger")),
    *(("on-fill", f"{fill}-fill-deep", WORDS) for fill in ("bahi", "leaf")),
    ("haldi", "bahi-fill", SEEN),
    ("sky", "paper", SEEN),
    ("sky", "surface", SEEN),
    ("line-strong", "field", SEEN),
    ("line-strong", "surface", SEEN),
    ("veg", "print", SEEN),
    ("nonveg", "print", SEEN),
)  # fmt: skip


class Token(NamedTuple):
    """One custom property, in the light and by lamplight; `kind` is how it is shown."""

    name: str
    value: str
    dark: str
    kind: str
    contrasts: list["Contrast"]


class Contrast(NamedTuple):
    """How well `words` are read on `ground`, in both looks."""

    words: str
    ground: str
    least: float
    light: float
    dark: float


def read_tokens() -> list[Token]:
    """Every custom property of `:root`, in the order of the file."""
    light = light_values()
    dark = light | dark_values()
    contrasts = read_contrasts()
    return [
        Token(
            name=name,
            value=value,
            dark=dark[name],
            kind=_kind(name, value),
            contrasts=[each for each in contrasts if name in (each.words, each.ground)],
        )
        for name, value in light.items()
    ]


def light_values() -> dict[str, str]:
    return _values(LIGHT)


def dark_values() -> dict[str, str]:
    """What is another by lamplight, where the person chose it."""
    return _values(DARK)


def dark_phone_values() -> dict[str, str]:
    """The same, where the phone says so."""
    return _values(DARK_PHONE)


def read_contrasts() -> list[Contrast]:
    light = light_values()
    dark = light | dark_values()
    return [
        Contrast(
            words,
            ground,
            least,
            contrast(light[words], light[ground]),
            contrast(dark[words], dark[ground]),
        )
        for words, ground, least in PAIRS
    ]


def contrast(one: str, other: str) -> float:
    """Of two colours written `#rgb` or `#rrggbb`, from 1 to 21."""
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def _values(selector: str) -> dict[str, str]:
    text = COMMENT.sub("", BASE.read_text())
    found = re.search(selector + r"\s*\{([^}]*)\}", text)
    if found is None:
        raise ValueError(f"base.css has no block {selector}")
    return dict(TOKEN.findall(found[1]))


def _kind(name: str, value: str) -> str:
    if value.startswith(("#", "rgb")):
        return "colour"
    if name.startswith("shadow"):
        return "shadow"
    if name.startswith("radius"):
        return "radius"
    if re.fullmatch(r"s\d|tap", name):
        return "space"
    return "width" if name in ("wide", "narrow") else "type"


def _luminance(colour: str) -> float:
    if not HEX.fullmatch(colour):
        raise ValueError(f"no contrast of {colour}")
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
