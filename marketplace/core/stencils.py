"""Templates for things that a page shows dozens of times, made cheap without remembering any of them.

Rendering is most of a list page's cost, and most of rendering is the same every time: tags,
translations, addresses. So a template is rendered once for each language and each shape that its
things take, with holes where their own words go; showing a thing is filling the holes.
"""

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from html import escape
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

INDENTED = re.compile(r"\s*\n\s*")
# Characters for private use, which no page contains.
OPEN, CLOSE = "\ue000", "\ue001"


def fill(template: str, words: Mapping[str, str], **shape: Hashable) -> SafeString:
    """`template` with these words in it, escaped unless they are safe.

    The template may ask whether there are any words, and print them; it cannot look into them,
    since it sees a hole. What it decides by is passed as `shape`, of which there may be few
    different ones: each is kept, as is each set of words that are not empty. A name with a dot is
    what a thing in the template says: "store.city" is its `store.city`.
    """
    holes = tuple([name for name, said in words.items() if said])
    texts = _pieces(template, get_language() or "", holes, tuple(shape.items()))
    out = texts.copy()
    for at in range(1, len(out), 2):
        out[at] = _safe(words[out[at]])
    return mark_safe("".join(out))


def _safe(said: str) -> str:
    return said if isinstance(said, SafeString) else escape(said)


@lru_cache(maxsize=2_000)
def _pieces(
    template: str,
    language: str,
    holes: tuple[str, ...],
    shape: tuple[tuple[str, Hashable], ...],
) -> list[str]:
    """The rendered text cut at its holes: text, name of a hole, text, name of a hole, ..., text."""
    context: dict[str, Any] = {}
    for name, seen in (*shape, *((name, mark_safe(f"{OPEN}{name}{CLOSE}")) for name in holes)):
        thing, dot, says = name.partition(".")
        if dot:
            context.setdefault(thing, {})[says] = seen
        else:
            context[name] = seen
    # indentation is for who reads the template
    text = INDENTED.sub("\n", get_template(template).render(context))
    pieces: list[str] = []
    for part in text.split(OPEN):
        name, close, rest = part.partition(CLOSE)
        pieces += [name, rest] if close else [part]
    return pieces
