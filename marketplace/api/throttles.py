import logging
import time
from functools import cache
from typing import cast

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

logger = logging.getLogger(__name__)

WINDOW = 60


class PerKey(BaseThrottle):
    """So many requests a minute for each key: settings.REQUESTS_PER_MINUTE.

    Without Valkey nobody is refused, and nobody waits for it: orders come first.
    """

    quiet_until = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not request.user or time.monotonic() < PerKey.quiet_until:
            return True
        name = f"throttle:{request.user.pk}:{int(time.time()) // WINDOW}"
        try:
            made = cast(int, _counter().incr(name))
            if made == 1:
                _counter().expire(name, 2 * WINDOW)
        except redis.RedisError as error:
            logger.warning("not throttling: %s", error)
            PerKey.quiet_until = time.monotonic() + 5
            return True
        return made <= settings.REQUESTS_PER_MINUTE

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return WINDOW - time.time() % WINDOW


@cache
def _counter() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.2, socket_timeout=0.2, retry=None
    )
