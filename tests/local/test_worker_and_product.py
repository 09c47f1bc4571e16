"""The real worker, and the product as `make run` starts it."""

import time

import httpx
import redis
from django.conf import settings
from django.test import Client

from marketplace.core.health import HEARTBEAT_KEY
from marketplace.core.management.commands.relay import MOST_WAITING
from marketplace.core.models import OutboxEntry
from marketplace.core.tasks import heartbeat
from tests.product import running_relay


def test_the_worker_consumes_what_we_send(celery_worker, eventually):
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        began = time.time()
        heartbeat.delay()
        beat = float(eventually(lambda: broker.get(HEARTBEAT_KEY)))
    assert began <= beat <= time.time()
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_the_relay_hands_entries_to_the_worker(celery_worker, eventually):
    entry = OutboxEntry.objects.create(event="forgotten", consumer="gone", payload={})
    error = eventually(lambda: OutboxEntry.objects.get(pk=entry.pk).last_error)
    assert error == "LookupError: No consumer named 'gone' for 'forgotten'."


def test_entries_wait_in_the_database_while_the_workers_are_behind(
    transactional_db, tmp_path, eventually
):
    """A full queue takes no more, so that nothing comes due again while it waits there."""
    OutboxEntry.objects.bulk_create(
        OutboxEntry(event="any", consumer="any", payload={}) for _ in range(MOST_WAITING + 300)
    )
    untouched = OutboxEntry.objects.filter(attempts=0)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushdb()
        with running_relay(tmp_path):
            assert eventually(lambda: broker.llen("celery") == MOST_WAITING)
            time.sleep(1.5)  # longer than the relay ever waits
            assert (broker.llen("celery"), untouched.count()) == (MOST_WAITING, 300)
            broker.ltrim("celery", 100, -1)
            assert eventually(lambda: untouched.count() == 200)
            assert eventually(lambda: broker.llen("celery") == MOST_WAITING)
        broker.flushdb()


def test_the_product_starts_whole(running_product):
    for page in ("livez", "readyz", "healthz"):
        answer = httpx.get(f"{running_product.base_url}/{page}")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert httpx.get(f"{running_product.bank_url}/").status_code == 200
