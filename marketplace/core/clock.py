"""The only source of the time, so that tests can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

INDIA = ZoneInfo("Asia/Kolkata")

_offset = timedelta()


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC) + _offset


def business_date(at: datetime | None = None) -> date:
    """The day in India on which `at` (default: now) falls; every account is kept by it."""
    return (at or now()).astimezone(INDIA).date()


@contextmanager
def travel(*, to: datetime | None = None, days: int = 0, seconds: int = 0) -> Iterator[None]:
    """Move this process's clock for a block: `to` an instant, or forward by days and seconds."""
    global _offset
    before = _offset
    start = (to - datetime.now(UTC)) if to else before
    _offset = start + timedelta(days=days, seconds=seconds)
    try:
        yield
    finally:
        _offset = before
