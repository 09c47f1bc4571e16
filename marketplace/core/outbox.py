"""Effects leave through here: written with the fact, delivered at least once, done exactly once.

`publish()` writes one row per consumer in the caller's transaction. The relay (`manage.py relay`)
hands due rows to Celery; the consumer sets `done_at` in the transaction of its effect. Until then
the row comes due again, whatever died in between.
"""

import logging
import random
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from marketplace.core.clock import now
from marketplace.core.models import OutboxEntry

logger = logging.getLogger(__name__)

Payload = dict[str, Any]
LEASE = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = 24
WAKE_CHANNEL = "outbox"


@dataclass(frozen=True, slots=True)
class Consumer:
    name: str
    run: Callable[[Payload], None]
    atomic: bool


_consumers: dict[str, list[Consumer]] = {}


def consumer(
    event: str, *, name: str, atomic: bool = True
) -> Callable[[Callable[[Payload], None]], Callable[[Payload], None]]:
    """Register a function that a worker runs once for each `event`.

    An atomic consumer runs inside the transaction that marks it done. A consumer that talks to the
    outside world (`atomic=False`) runs before that, outside any transaction, and passes on a
    dedupe key of its own, since it may run again.
    """

    def register(run: Callable[[Payload], None]) -> Callable[[Payload], None]:
        known = _consumers.setdefault(event, [])
        if any(other.name == name for other in known):
            raise ValueError(f"{event} already has a consumer named {name}.")
        known.append(Consumer(name, run, atomic))
        return run

    return register


def consumers_of(event: str) -> list[str]:
    """The names of the consumers that each `event` is owed to."""
    return [each.name for each in _consumers.get(event, [])]


def publish(
    event: str, payload: Payload, *, store_id: UUID | None = None, due_at: datetime | None = None
) -> None:
    """Owe `event` to each of its consumers, in the caller's transaction; one statement.

    Raises LookupError for an event nobody consumes: a misspelt name must not be silent.
    """
    publish_many(event, [(store_id, payload)], due_at=due_at)


def publish_many(
    event: str, payloads: Iterable[tuple[UUID | None, Payload]], *, due_at: datetime | None = None
) -> None:
    """As `publish`, for each (store_id, payload): still one statement."""
    OutboxEntry.objects.bulk_create(entries_of(event, payloads, due_at=due_at))
    if due_at is None:
        transaction.on_commit(wake_relay, robust=True)


def entries_of(
    event: str, payloads: Iterable[tuple[UUID | None, Payload]], *, due_at: datetime | None = None
) -> list[OutboxEntry]:
    """What `publish_many` writes, for a service that writes it together with the fact itself and
    wakes the relay on commit."""
    if event not in _consumers:
        raise LookupError(f"No consumer is registered for the event {event!r}.")
    moment = now()
    return [
        OutboxEntry(
            store_id=store_id,
            event=event,
            consumer=each.name,
            payload=payload,
            due_at=due_at or moment,
            created_at=moment,
        )
        for store_id, payload in payloads
        for each in _consumers[event]
    ]


def claim(*, limit: int) -> list[UUID]:
    """Take up to `limit` due entries on lease, oldest first, without waiting for other relays."""
    moment = now()
    with transaction.atomic():
        entries = list(
            OutboxEntry.objects.due(moment)
            .order_by("due_at")
            .select_for_update(skip_locked=True, no_key=True)[:limit]
        )
        for entry in entries:
            entry.attempts += 1
            entry.due_at = moment + max(LEASE, _backoff(entry.attempts))
        OutboxEntry.objects.bulk_update(entries, ["attempts", "due_at"])
    return [entry.pk for entry in entries]


def give_back(entry_ids: list[UUID]) -> None:
    """Undo the claim of entries that could not be handed over: they were not tried, and are due."""
    OutboxEntry.objects.waiting().filter(pk__in=entry_ids).update(
        attempts=F("attempts") - 1, due_at=now()
    )


def deliver(entry_id: UUID) -> None:
    """Run one entry's consumer, once; an entry already done, or being done, is left alone.

    A failure is recorded and comes due again with full-jitter backoff; after `GIVE_UP_AFTER`
    attempts the entry is dead and shows in the staff admin.
    """
    try:
        with transaction.atomic():
            entry = (
                OutboxEntry.objects.waiting()
                .select_for_update(skip_locked=True, no_key=True)
                .filter(pk=entry_id)
                .first()
            )
            if entry is None:
                return
            each = _find(entry)
            if each.atomic:
                each.run(entry.payload)
                OutboxEntry.objects.filter(pk=entry_id).update(done_at=now(), last_error="")
                return
        each.run(entry.payload)
        OutboxEntry.objects.filter(pk=entry_id).update(done_at=now(), last_error="")
    except Exception as error:
        logger.exception("Outbox entry %s failed", entry_id)
        _record_failure(entry_id, error)


def try_again(*, entry_ids: Collection[UUID]) -> int:
    """Make these dead entries due now, with all their attempts before them; returns how many."""
    revived = OutboxEntry.objects.dead().filter(pk__in=entry_ids)
    count = revived.update(dead_at=None, attempts=0, due_at=now())
    wake_relay()
    return count


def purge(*, older_than: timedelta) -> int:
    """Forget entries finished longer ago than `older_than`; returns how many."""
    deleted, _ = OutboxEntry.objects.filter(done_at__lt=now() - older_than).delete()
    return deleted


def wake_relay() -> None:
    """Tell the relay that something is due. Best effort: it polls anyway."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        _bell().publish(WAKE_CHANNEL, "")
    except redis.RedisError:
        _quiet_until = time.monotonic() + 5


_quiet_until = 0.0


@cache
def _bell() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.2, socket_timeout=0.2, retry=None
    )


def _find(entry: OutboxEntry) -> Consumer:
    for each in _consumers.get(entry.event, []):
        if each.name == entry.consumer:
            return each
    raise LookupError(f"No consumer named {entry.consumer!r} for {entry.event!r}.")


def _record_failure(entry_id: UUID, error: Exception) -> None:
    connection.close_if_unusable_or_obsolete()
    with transaction.atomic():
        entry = (
            OutboxEntry.objects.waiting().select_for_update(no_key=True).filter(pk=entry_id).first()
        )
        if entry is None:
            return
        entry.last_error = f"{type(error).__name__}: {error}"[:2000]
        entry.due_at = now() + _backoff(entry.attempts)
        if entry.attempts >= GIVE_UP_AFTER:
            entry.dead_at = now()
        entry.save(update_fields=["last_error", "due_at", "dead_at"])


def _backoff(attempts: int) -> timedelta:
    ceiling = min(LONGEST_WAIT.total_seconds(), 2.0 ** min(attempts, 20))
    return timedelta(seconds=random.uniform(ceiling / 2, ceiling))
