"""Which texts are marked for translation, found without gettext, which a bare machine does not have."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

# How many of the first arguments make the entry: context, text, plural.
CALLS = {
    "_": ("text",),
    "gettext": ("text",),
    "gettext_lazy": ("text",),
    "gettext_noop": ("text",),
    "ngettext": ("text", "plural"),
    "ngettext_lazy": ("text", "plural"),
    "pgettext": ("context", "text"),
    "pgettext_lazy": ("context", "text"),
    "npgettext": ("context", "text", "plural"),
    "npgettext_lazy": ("context", "text", "plural"),
}
# What `templatize` makes of a template's tags.
A_CALL = re.compile(
    r"\b(?:n?p?gettext|_)\((?:\s*u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*,?)+"
)
A_TEXT = re.compile(r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.DOTALL)


def marked(root: Path, rooms: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    """File, line and catalogue key of every text that is marked for translation."""
    for room in rooms:
        for path in sorted((root / room).rglob("*")):
            name = str(path.relative_to(root))
            if path.suffix == ".py":
                found = _in_python(path.read_text(encoding="utf-8"))
            elif path.suffix in {".html", ".txt"}:
                found = _in_template(path.read_text(encoding="utf-8"))
            else:
                continue
            for line, key in found:
                yield name, line, key


def _in_python(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else _name(node.func)
        shape = CALLS.get(name)
        if shape is None:
            continue
        texts = [each.value for each in node.args[: len(shape)] if isinstance(each, ast.Constant)]
        # an argument that is no literal was marked elsewhere
        if len(texts) == len(shape) and all(isinstance(each, str) for each in texts):
            yield node.lineno, _key(shape, [str(each) for each in texts])


def _in_template(source: str) -> Iterator[tuple[int, str]]:
    code = templatize(source)
    for found in A_CALL.finditer(code):
        name = found[0].partition("(")[0]
        texts = [str(ast.literal_eval(each)) for each in A_TEXT.findall(found[0].partition("(")[2])]
        yield code.count("\n", 0, found.start()) + 1, _key(CALLS[name], texts)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _key(shape: tuple[str, ...], texts: list[str]) -> str:
    said = dict(zip(shape, texts, strict=False))
    key = said["text"] + (f"\0{said['plural']}" if "plural" in said else "")
    return f"{said['context']}\x04{key}" if "context" in said else key
