"""A spreadsheet's CSV as it comes: any usual encoding, delimiter and heap of stray columns."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from stores.inventory.importing.columns import find_columns, known_headings
from stores.inventory.importing.problems import Unreadable

LARGEST_FILE = 20 * 1024 * 1024
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's header, what its columns mean, and its rows with their line numbers."""

    header: list[str]
    columns: dict[str, int]
    delimiter: str
    rows: list[tuple[int, list[str]]]


def read_sheet(content: bytes) -> Sheet:
    """Raises Unreadable when it is no table of products. Blank rows are left out."""
    text = _decode(content)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = [(number, cells) for number, cells in _numbered(reader) if any(map(_filled, cells))]
    except csv.Error as error:
        raise Unreadable(
            _("Line %(line)s is not a line of a CSV file: %(error)s."),
            line=reader.line_num,
            error=error,
        ) from error
    if not lines:
        raise Unreadable(_("The file is empty."))
    header = lines[0][1]
    return Sheet(header, find_columns(header), delimiter, lines[1:])


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    start = 1
    for cells in reader:
        yield start, cells
        start = reader.line_num + 1  # type: ignore[attr-defined]  # a csv reader counts its lines


def _filled(cell: str) -> bool:
    return bool(cell.strip())


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace").replace("\0", "")
    if content.startswith(b"PK\x03\x04"):
        raise Unreadable(_("This is an Excel workbook. Please save it as CSV and upload that."))
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    # the five bytes that Windows-1252 leaves undefined
    return content.decode("latin-1").replace("\0", "")


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(
        _DELIMITERS,
        key=lambda each: known_headings(next(csv.reader([first], delimiter=each), [])),
    )
