"""Many operations of every kind at once, in processes of their own, and then: is all well?"""

import gc
import logging
import multiprocessing
import time
import traceback
from collections import Counter
from typing import Any

MOST_ERRORS = 20


def run_mixed(*, operations: int, processes: int, seed: str, shops: int = 3) -> dict[str, Any]:
    """Open shops in an empty database and do so many operations there; returns the report.

    All is well when `errors` and `broken` are empty and `deadlocks` is 0. Two runs of a seed do the
    same things, but not in the same order.
    """
    from django.db import connection, connections

    from tests.invariants import broken_invariants
    from tests.races.shops import open_shops

    open_shops(shops)
    deadlocks = _deadlocks(connection)
    connections.close_all()
    shares = [operations // processes + (n < operations % processes) for n in range(processes)]
    began = time.monotonic()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        told = pool.starmap(_work, [(f"{seed}/{n}", share) for n, share in enumerate(shares)])
    seconds = time.monotonic() - began
    outcomes: Counter[str] = Counter()
    for each, _ in told:
        outcomes.update(each)
    time.sleep(1.1)  # the server's statistics come once a second
    return {
        "races": "mixed",
        "operations": sum(outcomes.values()),
        "processes": processes,
        "seed": seed,
        "seconds": round(seconds, 1),
        "operations_per_second": round(operations / seconds),
        "deadlocks": _deadlocks(connection) - deadlocks,
        "errors": [error for _, errors in told for error in errors][:3],
        "broken": broken_invariants(connection),
        "outcomes": _by_act(outcomes),
    }


def _work(seed: str, operations: int) -> tuple[Counter[str], list[str]]:
    """One process: what it did and how each ended, and every error that is none of the domain's."""
    from tests.races.hands import Hand
    from tests.races.trade import ACTS, prepare_process

    prepare_process()
    hand = Hand(seed, ACTS)
    outcomes: Counter[str] = Counter()
    errors: list[str] = []
    logging.getLogger().handlers = [_Unexpected(errors)]
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # what an operation leaves behind is mostly no garbage ring
    while outcomes.total() < operations:
        try:
            act, ended, times = hand.act()
            outcomes[f"{act}: {ended}"] += times
        except Exception:
            outcomes["error: "] += 1
            errors.append(traceback.format_exc()[-3000:])
            if len(errors) >= MOST_ERRORS:
                break
    return outcomes, errors


class _Unexpected(logging.Handler):
    """Timers and consumers write down what went wrong and go on: here that is an error too, unless it
    is the domain's or the bank's, who is not there."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        from marketplace.core.errors import DomainError
        from payments.upi.bank_client import BankError

        told = [each for each in record.args or () if isinstance(each, Exception)]
        told += [record.exc_info[1]] if record.exc_info and record.exc_info[1] else []
        for error in told:
            if not isinstance(error, DomainError | BankError):
                trace = "".join(traceback.format_exception(error))
                self.errors.append(f"{record.getMessage()}\n{trace}"[-3000:])


def _deadlocks(connection: Any) -> int:
    """How often PostgreSQL had to break a deadlock, also one that was then told as "busy"."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _by_act(outcomes: Counter[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, times in sorted(outcomes.items()):
        act, _, ended = name.partition(": ")
        found.setdefault(act, {})[ended] = times
    return found
