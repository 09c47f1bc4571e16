"""Compiles gettext catalogues without gettext, which a bare machine does not have."""

import ast
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[sdifr]|\{\w*\}")


# What only a shopkeeper, a partner's programmer or our staff reads.
BEHIND_THE_COUNTER = re.compile(
    r"(templates|marketplace)/(dashboard|staff|api)/|marketplace/core/staff/|.*/admin\.py$"
    r"|stores/inventory/(importing|admin)|payments/ledger/|marketplace/settings/"
)


class CatalogueError(ValueError):
    """A catalogue cannot be compiled, or says something else than its original."""


@dataclass
class Message:
    """One entry: keyword (msgctxt, msgid, msgid_plural, msgstr, msgstr[0]...) to text."""

    line: int
    fuzzy: bool = False
    # the files that say it
    said_in: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def original(self) -> str:
        return self.texts.get("msgid", "")

    @property
    def key(self) -> str:
        """The key under which gettext looks the entry up."""
        context = self.texts.get("msgctxt")
        plural = self.texts.get("msgid_plural")
        key = self.original if plural is None else f"{self.original}\0{plural}"
        return key if context is None else f"{context}\x04{key}"

    @property
    def translations(self) -> list[str]:
        return [text for keyword, text in self.texts.items() if keyword.startswith("msgstr")]


def read(path: Path) -> list[Message]:
    """The entries of a .po file, in order; obsolete ones are left out."""
    messages: list[Message] = []
    fuzzy = False
    said_in: list[str] = []
    keyword = ""
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            fuzzy = (fuzzy or (line.startswith("#,") and "fuzzy" in line)) if line else False
            said_in = [*said_in, *line[2:].split()] if line.startswith("#:") else said_in
            keyword = ""
            continue
        found = re.fullmatch(r'(msg\w+(?:\[\d+\])?)?\s*(".*")', line)
        if not found or not (found[1] or keyword):
            raise CatalogueError(f"{path}:{number}: not understood: {line}")
        text = str(ast.literal_eval(found[2]))
        if not found[1]:
            messages[-1].texts[keyword] += text
            continue
        starts = found[1] == "msgctxt" or (
            found[1] == "msgid" and not (messages and set(messages[-1].texts) == {"msgctxt"})
        )
        if starts:
            messages.append(Message(number, fuzzy, said_in))
            said_in = []
        keyword = found[1]
        messages[-1].texts[keyword] = text
    return messages


def faults(path: Path, *, whole: bool) -> Iterator[str]:
    """What is wrong with a catalogue: doubtful entries, changed placeholders, doubles; where it has
    to be `whole`, entries without words too."""
    seen: set[str] = set()
    for message in read(path):
        where = f"{path}:{message.line}"
        if message.key in seen:
            yield f"{where}: stands twice: {message.original!r}"
        seen.add(message.key)
        if not message.original:
            continue
        if message.fuzzy:
            yield f"{where}: marked fuzzy: {message.original!r}"
        if not message.translations or not all(message.translations):
            if whole:
                yield f"{where}: not translated: {message.original!r}"
            continue
        allowed = set(PLACEHOLDER.findall(message.texts.get("msgid_plural", message.original)))
        allowed |= set(PLACEHOLDER.findall(message.original))
        for translation in message.translations:
            if (used := set(PLACEHOLDER.findall(translation))) - allowed or (
                "msgid_plural" not in message.texts and used != allowed
            ):
                yield f"{where}: placeholders differ: {message.original!r} / {translation!r}"


def said_to_customers(message: Message) -> bool:
    """Whether some page, notice or paper of a customer's says it."""
    return any(not BEHIND_THE_COUNTER.match(file) for file in message.said_in)


def missing_for_customers(whole: Path, other: Path) -> list[str]:
    """What customers read, of all that the `whole` catalogue has, and the `other` has no words for."""
    has = {message.key for message in read(other) if all(message.translations)}
    return [
        message.original
        for message in read(whole)
        if message.original and message.key not in has and said_to_customers(message)
    ]


def compile_catalogue(path: Path) -> Path:
    """Write the .mo file next to a .po file; untranslated and fuzzy entries are left out."""
    entries = {
        message.key.encode(): "\0".join(message.translations).encode()
        for message in read(path)
        if message.translations and all(message.translations) and not message.fuzzy
    }
    keys = sorted(entries)
    table = 7 * 4
    strings = table + 16 * len(keys)
    blob = b"".join(key + b"\0" for key in keys) + b"".join(entries[key] + b"\0" for key in keys)
    rows: list[int] = []
    at = strings
    for text in [*keys, *(entries[key] for key in keys)]:
        rows += [len(text), at]
        at += len(text) + 1
    header = (0x950412DE, 0, len(keys), table, table + 8 * len(keys), 0, strings)
    compiled = path.with_suffix(".mo")
    compiled.write_bytes(struct.pack(f"<{7 + len(rows)}I", *header, *rows) + blob)
    return compiled


def compile_changed(folders: Iterable[Path]) -> list[Path]:
    """Compile every catalogue under `folders` whose .mo file is missing or older."""
    compiled = []
    for folder in folders:
        for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            target = path.with_suffix(".mo")
            if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
                compiled.append(compile_catalogue(path))
    return compiled
