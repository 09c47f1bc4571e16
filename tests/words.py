"""The words on a page that a person sees or hears, and which of them are written in Latin letters."""

import re
from html.parser import HTMLParser

from marketplace.local.untranslated import NAMES, SAID, WORD

# What India writes in Latin letters besides: formats, taxes, units of files, forms of the tax office.
WRITTEN_SO = NAMES | {
    "CGST",
    "TDS",
    "TCS",
    "PAN",
    "GSTR",
    "JPEG",
    "PNG",
    "WebP",
    "MB",
    "Excel",
    "REST",
    "Nukkad",
}
# Codes and numbers (NK-7F3K-92QA), addresses of mail, of payment and of pages, gaps to be filled.
CODES = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\{\w+\}|\S+@\S+|https?://\S+|\b[A-Z0-9]+(?:-[A-Z0-9]+)+\b|\b[A-Z]*\d[A-Z0-9]*\b"
)


class Words(HTMLParser):
    """Collects what a person sees or hears in the language of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        # an element that says its own language, or is not to be read, and how deep we are in it
        self.passed, self.depth = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        own = tag in {"script", "style"} or said.get("translate") == "no"
        if not self.passed and (own or (tag != "html" and "lang" in said)):
            self.passed = tag
        self.depth += tag == self.passed
        if self.passed:
            return
        described = said.get("name") == "description"
        for name, value in attrs:
            if value and (name in SAID - {"value"} or (name == "content" and described)):
                self.heard.append(value)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == self.passed
        if not self.depth:
            self.passed = ""

    def handle_data(self, data: str) -> None:
        if not self.passed:
            self.heard.append(" ".join(data.split()))


def english_in(html: str, *, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Texts with words in Latin letters, but for names and codes and what is `allowed`."""
    words = Words()
    words.feed(html)
    return [
        text
        for text in words.heard
        if set(WORD.findall(CODES.sub(" ", text))) - WRITTEN_SO - allowed
    ]
