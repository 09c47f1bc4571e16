import pytest

from marketplace.api import throttles
from tests.factories import make_store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afresh(monkeypatch):
    monkeypatch.setattr(throttles.PerKey, "quiet_until", 0.0)
    throttles._counter.cache_clear()
    yield
    throttles._counter.cache_clear()


def test_a_key_that_asks_too_often_waits_for_the_next_minute(client_for, settings, monkeypatch):
    monkeypatch.setattr(throttles.time, "time", lambda: 1_800_000_042.0)
    settings.REQUESTS_PER_MINUTE = 2
    client, other = client_for(make_store()), client_for(make_store())
    answers = [client.get("/api/v1/stores/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == "throttled"
    assert answers[2]["Retry-After"] == "19"
    assert other.get("/api/v1/stores/").status_code == 200
    monkeypatch.setattr(throttles.time, "time", lambda: 1_800_000_060.0)
    assert client.get("/api/v1/stores/").status_code == 200


def test_without_valkey_nobody_is_refused(client_for, settings):
    settings.REQUESTS_PER_MINUTE, settings.REDIS_URL = 1, "redis://127.0.0.1:1/0"
    client = client_for(make_store())
    assert [client.get("/api/v1/stores/").status_code for _ in range(3)] == [200] * 3
    assert throttles.PerKey.quiet_until > throttles.time.monotonic(), "and it is not asked again"
