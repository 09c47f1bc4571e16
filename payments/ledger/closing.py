"""Closing the books: a day that is over takes no more postings, and what stands on it is sealed.

Everything here can be done again, and twice at once: the database does it once (docs/ledger.md).
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from marketplace.core.clock import business_date
from marketplace.core.locks import busy_when_locked
from payments.ledger.models import Closing


class DayNotOver(ValueError):
    """Only a day that is over can be closed: a mistake in the program."""


def close_day(*, day: date) -> None:
    """From now on nothing is posted to `day` or before it, for any store: what comes late counts for
    the next day. Raises DayNotOver."""
    if day >= business_date():
        raise DayNotOver(str(day))
    _call("SELECT ledger_close(%s)", [day])


def stores_to_seal() -> list[UUID]:
    """Stores that posted something on a closed day which is not sealed yet.

    A posting that was under way when its day was closed is seen by the rounds of the next day, so
    the days before that are not looked through again.
    """
    return [
        store_id
        for (store_id,) in _call(
            """
            SELECT DISTINCT store_id FROM ledger_txn t
            WHERE business_date <= (SELECT max(day) FROM ledger_closing)
              AND business_date > coalesce((SELECT max(day) FROM ledger_platformbalance), '-infinity')
              AND NOT EXISTS (SELECT FROM ledger_seal
                              WHERE store_id = t.store_id AND day = t.business_date)
            ORDER BY store_id
            """,
            [],
        )
    ]


def seal_store(*, store_id: UUID) -> int:
    """Seal every closed day on which the store posted something; returns how many.

    Postings of this store wait meanwhile. Raises Busy when they have kept us waiting too long;
    then nothing has changed.
    """
    closed = Closing.objects.last_day()
    if closed is None:
        return 0
    with busy_when_locked(), transaction.atomic():
        ((sealed,),) = _call("SELECT ledger_seal_store(%s, %s)", [store_id, closed])
    return int(sealed)


def roll_up() -> bool:
    """Sum the latest closed day for which that can be done over all stores; whether it was.

    It has been closed for a day, and every store is sealed up to it.
    """
    day = Closing.objects.closed_for(timedelta(days=1)).last_day()
    if day is None:
        return False
    ((rolled,),) = _call("SELECT ledger_roll_up(%s)", [day])
    return bool(rolled)


def _call(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
