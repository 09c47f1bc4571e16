"""Waiting for a row that somebody else has locked."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

from marketplace.core.errors import Busy

LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED = "55P03", "40P01"


@contextmanager
def busy_when_locked() -> Iterator[None]:
    """Turn a lock not had within `lock_timeout` into Busy; it goes around the transaction."""
    try:
        yield
    except OperationalError as error:
        if not_had(error):
            raise Busy from error
        raise


def not_had(error: OperationalError) -> bool:
    """Whether the statement failed because somebody else held its lock for too long."""
    return getattr(error.__cause__, "sqlstate", None) in {LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED}
