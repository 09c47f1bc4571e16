"""Finds words that people see and that no translation can reach: in templates, Python and scripts.

A catalogue is complete when everything that was marked has its words; this looks for what was not
marked at all.
"""

import ast
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, Token, TokenType

# What every language of India writes in Latin letters, and names of ours and others.
NAMES = frozenset(
    [
        "Nukkad",
        "UPI",
        "UTR",
        "QR",
        "SMS",
        "GST",
        "GSTIN",
        "HSN",
        "MRP",
        "FSSAI",
        "PDF",
        "CSV",
        "WhatsApp",
        "PhonePe",
        "Paytm",
        "BHIM",
        "Google",
        "Pay",
        "English",
    ]
)
WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
ENTITY = re.compile(r"&#?\w+;")
# In place of a tag or a variable: what it says is somebody else's.
HOLE = "\ue000"

SAID = frozenset(
    [
        "alt",
        "aria-label",
        "aria-description",
        "label",
        "placeholder",
        "title",
        "value",
        "data-copied",
        "data-failed",
        "data-locate",
        "data-off",
        "data-on",
        "data-words",
    ]
)
UNSAID = {"script", "style", "code"}
BUTTONS = {"submit", "button", "reset"}

# Arguments of these are names, formats and addresses.
OF_MACHINES = {
    "url",
    "static",
    "load",
    "extends",
    "block",
    "picture_address",
    "if",
    "elif",
    "cycle",
}
LITERAL = re.compile(r"""(\S*?)("[^"]*"|'[^']*')""")
A_FORMAT = re.compile(r"(?:\|(?:date|time|add|cut):|\b(?:class|kind)=)$")
# A literal is words when it is a sentence or begins like one.
A_SAYING = re.compile(r"[A-Z][a-z]+|\S*[A-Za-z]{2,} .*[A-Za-z]{2,}.*")


def words_in(text: str) -> list[str]:
    """The words of `text` that a reader of another language could not read."""
    return [word for word in WORD.findall(ENTITY.sub(" ", text)) if word not in NAMES]


class Seen(HTMLParser):
    """Collects the words in HTML that a person sees or hears, with their line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[int, str]] = []
        # the element that is passed over, and how many of its name are open in it
        self.unsaid, self.depth = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        here = dict(attrs)
        if not self.unsaid and (
            tag in UNSAID or here.get("translate") == "no" or (tag != "html" and "lang" in here)
        ):
            self.unsaid = tag
        self.depth += tag == self.unsaid
        if self.unsaid:
            return
        for name, value in attrs:
            described = name == "content" and here.get("name") == "description"
            if described or (name in SAID and (name != "value" or _is_label(here))):
                self.look(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == self.unsaid
        if not self.depth:
            self.unsaid = ""

    def handle_data(self, data: str) -> None:
        if not self.unsaid:
            self.look(data)

    def look(self, text: str) -> None:
        if words_in(text):
            self.found.append((self.getpos()[0], " ".join(text.replace(HOLE, "…").split())))


def _is_label(element: dict[str, str | None]) -> bool:
    """Whether its value stands on a button; that of a button with a name is what the server reads."""
    return element.get("type") in BUTTONS and "name" not in element


def in_template(source: str) -> list[tuple[int, str]]:
    """Lines and words of a template that stand outside of every translation."""
    html = ""
    found: list[tuple[int, str]] = []
    until = ""
    for token in Lexer(source).tokenize():
        name = token.split_contents()[0] if token.token_type == TokenType.BLOCK else ""
        if until:
            until = "" if name == until else until
        elif name in {"blocktranslate", "blocktrans", "comment"}:
            until = f"end{name}"
        elif name == "block" and token.contents.endswith("_class"):
            until = "endblock"
        elif token.token_type == TokenType.TEXT:
            # lines stay where they were
            html += "\n" * ((token.lineno or 1) - 1 - html.count("\n")) + token.contents
        else:
            html += HOLE if token.token_type == TokenType.VAR else ""
            found += _literals(token, name)
    seen = Seen()
    seen.feed(html)
    seen.close()
    return sorted([*found, *seen.found])


def _literals(token: Token, name: str) -> Iterator[tuple[int, str]]:
    """Words that a tag or a filter is given: `default:"None yet"`, `with title="Your order"`."""
    if name in OF_MACHINES or name.startswith(("trans", "end")):
        return
    for before, literal in LITERAL.findall(token.contents):
        text = literal[1:-1]
        if not A_FORMAT.search(before) and A_SAYING.fullmatch(text) and words_in(text):
            yield token.lineno or 1, text


# Arguments that end before somebody's eyes.
TOLD = {"label", "help_text", "why", "said", "verbose_name", "verbose_name_plural"}
TELLING = {"ValidationError", "success", "error", "warning", "info"}


def in_python(source: str) -> list[tuple[int, str]]:
    """Lines and words of a module that people are told as they stand, past gettext."""
    module = ast.parse(source)
    found = [*_sentences(module)]
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            told = [each.value for each in node.keywords if each.arg in _told_by(node.func)]
            if isinstance(node.func, ast.Attribute | ast.Name) and _named(node.func) in TELLING:
                told += node.args[_named(node.func) != "ValidationError" :][:1]
        elif isinstance(node, ast.ClassDef) and any(
            _named(base) in {"TextChoices", "IntegerChoices"} for base in node.bases
        ):
            members = [each.value for each in node.body if isinstance(each, ast.Assign)]
            told = [each.elts[-1] for each in members if isinstance(each, ast.Tuple)]
        else:
            continue
        found += [(each.lineno, text) for each in told if (text := _plain(each))]
    return sorted(set(found))


def _told_by(function: ast.expr) -> set[str]:
    # help on a field of the API is documentation
    of_api = isinstance(function, ast.Attribute) and _named(function.value) == "serializers"
    return TOLD - {"help_text"} if of_api else TOLD


# A whole sentence, or what begins like one.
SENTENCE = re.compile(r"[A-Z][a-z]* .*[a-z].*[.!?]|[A-Z][a-z]+(?: [a-z]+)+", re.DOTALL)
# Marked for translation; for programmers, in a log or a trace; documentation; a database's words.
NOT_TOLD = re.compile(
    r"_|n?p?gettext\w*|\w+Error|ImproperlyConfigured|log|debug|info|warning|exception|RunPython"
)
DOCUMENTATION = {"help_text", "description", "summary", "help", "comment", "hint"}


def _sentences(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Sentences that stand anywhere else, but for docstrings."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str) and SENTENCE.fullmatch(child.value):
                yield child.lineno, child.value
        elif not _for_programmers(child):
            yield from _sentences(child)


def _for_programmers(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.keyword):
        return node.arg in DOCUMENTATION
    if isinstance(node, ast.Call):
        name = _named(node.func)
        return bool(NOT_TOLD.fullmatch(name)) and name != "ValidationError"
    return False


def _named(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _plain(node: ast.expr) -> str:
    """The words of a literal that people could not read in their own language; else nothing."""
    text = ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(str(each.value) for each in node.values if isinstance(each, ast.Constant))
    # `slot_id + slot_day` names fields, to a partner's programmer
    return text if words_in(text) and not re.search(r"\w_\w", text) else ""


SCRIPT_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
SCRIPT_SENTENCE = re.compile(r"[A-Z][a-z]+(?: [A-Za-z]+)+[.!?]?|.*[a-z]{2,} [a-z]{2,} [a-z]{2,}.*")


def in_script(source: str) -> list[tuple[int, str]]:
    """Sentences in a script: it has its words from the page, in data attributes."""
    found = []
    for number, line in enumerate(source.splitlines(), start=1):
        code = re.sub(r"(?:^|\s)//.*", "", line)
        for quoted, ticked in SCRIPT_LITERAL.findall(code):
            if (
                (text := quoted or ticked)
                and text != "use strict"
                and SCRIPT_SENTENCE.fullmatch(text)
            ):
                found.append((number, text))
    return found


LOOK: dict[str, Callable[[str], list[tuple[int, str]]]] = {
    ".html": in_template,
    ".svg": in_template,
    ".py": in_python,
    ".js": in_script,
}
# The simulated bank is nobody's but the developers'.
ROOMS = ("templates", "static", "marketplace", "stores", "orders", "payments")
LEFT_OUT = (
    "*/migrations/*",
    "payments/bank/*",
    # for programmers
    "marketplace/api/schema.py",
    "marketplace/local/*",
    "*/management/commands/*",
    "*/checks.py",
    # the headings that the government's GST tool reads
    "orders/invoicing/reports.py",
    # class names, and examples of what people type
    "templates/styleguide/*",
    # without a language to ask for: they say it in both
    "templates/500.html",
    "templates/503.html",
)


def untranslated(root: Path) -> Iterator[str]:
    """What the files of the product say past every translation, and where."""
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            name = path.relative_to(root)
            if path.suffix in LOOK and not any(fnmatch(str(name), each) for each in LEFT_OUT):
                for line, text in LOOK[path.suffix](path.read_text(encoding="utf-8")):
                    yield f"{name}:{line}: no translation can reach {text!r}"
