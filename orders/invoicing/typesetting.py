"""A page that has been laid out becomes a PDF."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from marketplace.core.money import group_indian

Page = dict[str, Any]

HERE = Path(__file__).parent


def typeset(page: Page, *, at: datetime) -> bytes:
    """A page of `document.typ` as a PDF, the same bytes each time for the same page and moment. Takes
    about a tenth of a second of processor, so a worker does it."""
    return typst.compile(
        HERE / "document.typ",
        font_paths=[HERE / "fonts"],
        ignore_system_fonts=True,
        sys_inputs={"page": json.dumps(page)},
        timestamp=int(at.timestamp()),
    )


def figure(paise: int) -> str:
    """`1,234.50`: two decimals always, as accounts are kept."""
    whole, rest = divmod(abs(paise), 100)
    return f"{'−' if paise < 0 else ''}{group_indian(whole)}.{rest:02d}"
