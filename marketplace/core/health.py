"""Three questions a machine asks: is the process alive, can it serve, does the whole work?"""

import time
from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

HEARTBEAT_KEY = "nukkad:heartbeat"
SILENCE_SECONDS = 30


class _Unfit(Exception):
    """A check failed; the text says how."""


def beat() -> None:
    """Leave word that a worker has consumed something just now."""
    _broker().set(HEARTBEAT_KEY, time.time())


def check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise _Unfit("does not answer") from error


def check_schema() -> None:
    check_database()
    if not _migrated():
        raise _Unfit("some migrations have not been applied")


def check_broker() -> None:
    try:
        _broker().ping()
    except redis.RedisError as error:
        raise _Unfit("does not answer") from error


def check_worker() -> None:
    """A worker that runs but no longer consumes is the fault that only a heartbeat shows."""
    try:
        heard = _broker().get(HEARTBEAT_KEY)
    except redis.RedisError as error:
        raise _Unfit("the broker does not answer") from error
    if heard is None:
        raise _Unfit("has not consumed a heartbeat yet")
    silence = time.time() - float(heard)  # type: ignore[arg-type]
    if silence > SILENCE_SECONDS:
        raise _Unfit(f"has consumed no heartbeat for {silence:.0f} s")


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers at all."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when this process can serve: its database answers and has the schema it expects."""
    return _answer({"database": check_schema})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the whole works: database, broker, and a worker that consumes."""
    return _answer({"database": check_database, "broker": check_broker, "worker": check_worker})


def _answer(checks: dict[str, Callable[[], None]]) -> JsonResponse:
    missing = {}
    for name, check in checks.items():
        try:
            check()
        except _Unfit as unfit:
            missing[name] = str(unfit)
    if missing:
        return JsonResponse({"status": "unavailable", "missing": missing}, status=503)
    return JsonResponse({"status": "ok"})


_known_to_be_migrated = False


def _migrated() -> bool:
    """Whether every migration in the code has been applied; asked until it is, then remembered."""
    global _known_to_be_migrated
    if not _known_to_be_migrated:
        executor = MigrationExecutor(connection)
        _known_to_be_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _known_to_be_migrated


@cache
def _broker() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1, retry=None
    )


urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("healthz", healthz, name="healthz"),
]
