"""Which program is killed when, and how long the product then needs."""

import contextlib
import random
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil
import redis
from celery import Celery

from tests.chaos.running import Running

HEARTBEAT, HEARTBEAT_KEY = "marketplace.core.tasks.heartbeat", "nukkad:heartbeat"
GIVE_UP = 120.0
# How often each is struck, of twenty.
VICTIMS = {
    "web": 3,
    "web worker": 3,
    "worker": 2,
    "worker child": 2,
    "relay": 2,
    "beat": 1,
    "postgres": 3,
    "postgres backend": 1,
    "valkey": 2,
    "valkey and its data": 1,
}
CONSUMES = {"worker", "worker child", "valkey", "valkey and its data"}


@dataclass(frozen=True)
class Strike:
    """Kill `victim` after a pause in seconds."""

    pause: float
    victim: str
    chance: float


def plan(seed: str, kills: int) -> list[Strike]:
    """The same strikes for the same seed; every victim has its turn before any has many."""
    dice = random.Random(f"kills {seed}")
    pack: list[str] = []
    strikes = []
    for _ in range(kills):
        if not pack:
            pack = [name for name, times in VICTIMS.items() for _ in range(times)]
            dice.shuffle(pack)
        strikes.append(Strike(dice.uniform(0.2, 2.0), pack.pop(), dice.random()))
    return strikes


class Killer:
    """Strikes with kill -9 and watches until all is well again."""

    def __init__(self, product: Running) -> None:
        self.product = product
        self.broker = redis.Redis.from_url(product.environment["REDIS_URL"], socket_timeout=2)

    def strike(self, strike: Strike) -> float:
        """Seconds until the killed program is back and the product can serve.

        A worker is back when it has consumed something. Raises TimeoutError after two minutes.
        """
        began, at = time.monotonic(), time.time()
        before = self._kill(strike)
        if strike.victim == "valkey and its data":
            shutil.rmtree(self.product.home / "valkey" / "appendonlydir", ignore_errors=True)
        waits: list[Callable[[], bool]] = [
            lambda: bool({each.pid for each in self.named(strike.victim)} - before),
            self.serves,
        ]
        if strike.victim in CONSUMES:
            waits.append(lambda: self.consumes(since=at))
        for is_back in waits:
            while not is_back():
                if time.monotonic() - began > GIVE_UP:
                    raise TimeoutError(f"not well two minutes after the kill of {strike.victim}")
                time.sleep(0.05)
        return time.monotonic() - began

    def _kill(self, strike: Strike) -> set[int]:
        """Kill one of those that the name means, once there is one; returns who they were."""
        until = time.monotonic() + GIVE_UP
        while time.monotonic() < until:
            everyone = self.named(strike.victim)
            with contextlib.suppress(IndexError, psutil.NoSuchProcess):
                everyone[int(strike.chance * len(everyone))].kill()
                return {process.pid for process in everyone}
            time.sleep(0.1)
        raise TimeoutError(f"there was no {strike.victim} to kill for two minutes")

    def named(self, victim: str) -> Sequence[psutil.Process]:
        """The living processes that a victim's name means."""
        program, _, part = victim.partition(" ")
        words = {
            "web": {"granian", "marketplace.wsgi:application"},
            "worker": {"celery", "worker"},
            "relay": {"manage.py", "relay"},
            "beat": {"celery", "beat"},
            "postgres": {"postgres"},
            "valkey": {"valkey.conf"},
        }[program]
        with contextlib.suppress(psutil.NoSuchProcess):
            heads = [
                child
                for child in self.product.supervisor.children()
                if _alive(child) and words <= _words(child)
            ]
            if not part or part == "and its data":
                return heads
            return [child for head in heads for child in head.children() if _is_part(child, part)]
        return []

    def serves(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.product.base_url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def consumes(self, *, since: float) -> bool:
        """Whether a worker has consumed something since then; asks for it."""
        try:
            heard = self.broker.get(HEARTBEAT_KEY)
            if heard and float(heard) > since:  # type: ignore[arg-type]
                return True
            with Celery(broker=self.product.environment["REDIS_URL"], set_as_current=False) as app:
                app.send_task(HEARTBEAT, retry=False)
        except Exception:
            return False
        time.sleep(0.3)
        return False


def _words(process: psutil.Process) -> set[str]:
    """The words of its command line, of paths the last part."""
    try:
        return {word.rpartition("/")[2] for line in process.cmdline() for word in line.split()}
    except psutil.Error:
        return set()


def _alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _is_part(process: psutil.Process, part: str) -> bool:
    """A worker of the web server or of Celery, or a PostgreSQL process that serves the product."""
    words = _words(process)
    if not _alive(process) or any("resource_tracker" in word for word in words):
        return False
    return part != "backend" or "nukkad_app" in words
