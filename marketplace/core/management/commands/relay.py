"""`manage.py relay`: hands due outbox entries to the Celery workers until told to stop."""

import logging
import signal
import time
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connection
from kombu.exceptions import OperationalError

from marketplace.celery import app
from marketplace.core import outbox
from marketplace.core.tasks import deliver

logger = logging.getLogger(__name__)

BATCH = 200
# So much may wait for the workers. More would come due again in the queue, be handed over twice and
# slow them down further: it waits in the database, where it is there once.
MOST_WAITING = 1_000
POLL_SECONDS, FULL_SECONDS = 1.0, 0.2


class Command(BaseCommand):
    help = "Hand due outbox entries to the Celery workers; runs until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self.broker = redis.Redis.from_url(settings.REDIS_URL)
        bell = None
        while not self.stopping:
            try:
                room = self.room()
                handed = self.hand_over(limit=min(room, BATCH)) if room > 0 else 0
            except (DatabaseError, OperationalError, redis.RedisError) as error:
                # The lease brings back whatever was claimed and neither handed over nor given back.
                logger.warning("relay: %s", error)
                connection.close()
                time.sleep(POLL_SECONDS)
                continue
            if room <= 0:
                time.sleep(FULL_SECONDS)
                continue
            if handed == BATCH:
                continue
            try:
                bell = bell or self._listen()
                bell.get_message(ignore_subscribe_messages=True, timeout=POLL_SECONDS)
            except redis.RedisError:
                bell = None
                time.sleep(POLL_SECONDS)

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def room(self) -> int:
        """How many more tasks may wait for the workers."""
        waiting: Any = self.broker.llen(app.conf.task_default_queue)
        return MOST_WAITING - int(waiting)

    def hand_over(self, *, limit: int) -> int:
        """Claim up to so many due entries and queue them; returns how many."""
        entries = outbox.claim(limit=limit)
        for n, entry_id in enumerate(entries):
            try:
                deliver.apply_async((str(entry_id),), retry=False)
            except (OperationalError, redis.RedisError):
                # Else an hour without the broker would cost an hour of waiting after it.
                outbox.give_back(entries[n:])
                raise
        return len(entries)

    def _listen(self) -> Any:
        bell = redis.Redis.from_url(settings.REDIS_URL).pubsub()  # type: ignore[no-untyped-call]
        bell.subscribe(outbox.WAKE_CHANNEL)
        return bell
