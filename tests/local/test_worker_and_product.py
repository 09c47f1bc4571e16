"""The real worker, and the product as `make run` starts it."""

import time

import httpx
import pytest
import redis
from django.conf import settings
from django.test import Client

from marketplace.core.health import HEARTBEAT_KEY
from marketplace.core.models import OutboxEntry
from marketplace.core.tasks import heartbeat


def test_the_worker_consumes_what_we_send(celery_worker, eventually):
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        heartbeat.delay()
        assert float(eventually(lambda: broker.get(HEARTBEAT_KEY))) == pytest.approx(
            time.time(), abs=10
        )
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_the_relay_hands_entries_to_the_worker(celery_worker, eventually):
    entry = OutboxEntry.objects.create(event="forgotten", consumer="gone", payload={})
    error = eventually(lambda: OutboxEntry.objects.get(pk=entry.pk).last_error)
    assert error == "LookupError: No consumer named 'gone' for 'forgotten'."


def test_the_product_starts_whole(running_product):
    for page in ("livez", "readyz", "healthz"):
        answer = httpx.get(f"{running_product.base_url}/{page}")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert httpx.get(f"{running_product.bank_url}/").status_code == 200
