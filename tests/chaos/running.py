"""The product as `make run` starts it, with servers of its own that may be killed."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg

from marketplace.local.programs import Program, end_orphans, free_port
from tests.money.desk import Desk
from tests.servers import ROOT, running, state_of_migrations

BEGIN_SECONDS = 300


@dataclass(frozen=True)
class Running:
    """A running product: where it is, its home, and the process that watches over the others."""

    home: Path
    base_url: str
    bank_url: str
    supervisor: psutil.Process

    @property
    def environment(self) -> Mapping[str, str]:
        """The addresses and secrets of its programs."""
        found: dict[str, str] = json.loads((self.home / "environment.json").read_text())
        return found

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to the product's database."""
        return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)

    def desk(self) -> Desk:
        """The bank that it pays at."""
        address = urlsplit(self.environment["DATABASE_URL"])
        books = urlunsplit(address._replace(path=f"{address.path}_bank"))
        return Desk(self.bank_url, self.environment["BANK_API_KEY"], books)

    def manage(self, *arguments: str) -> str:
        """What `python -m tests.chaos.shops ...` says about this product."""
        process = self.started(*arguments)
        said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{' '.join(arguments)} failed")
        return said

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """The same, still at work; `trade` ends with its input."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.shops", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                **self.environment,
                "BANK_URL": self.bank_url,
                "BANK_BOOKS": self.desk().database_url,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


@contextmanager
def running_product(folder: Path) -> Iterator[Running]:
    """Start it on empty databases and end it, with everything that it has started.

    Databases once migrated are kept beside the home, stopped, and copied: the next run is faster.
    """
    kept, home = folder / f"kept-{state_of_migrations()}", folder / "home"
    end_orphans(mark=str(home.resolve()))
    shutil.rmtree(home, ignore_errors=True)
    if not kept.exists():
        for old in folder.glob("kept-*"):
            shutil.rmtree(old)
        with _started(home):
            pass
        # its account owns the data folder of PostgreSQL
        subprocess.run(["cp", "-a", str(home), str(kept)], check=True)
    else:
        subprocess.run(["cp", "-a", str(kept), str(home)], check=True)
    with _started(home) as product:
        yield product


@contextmanager
def _started(home: Path) -> Iterator[Running]:
    home.mkdir(parents=True, exist_ok=True)
    ports = _lasting_ports()
    _choose(home, {f"{name}_port": next(ports) for name in ("postgres", "valkey", "bank")})
    environment = {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.local",
        "NUKKAD_HOME": str(home),
        "NUKKAD_DEMO": "0",
        "PORT": str(next(ports)),
        "STATIC_ROOT": str(home.parent / "static"),
        # named by tests, they would be taken for servers that somebody else runs
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    program = Program("up", [sys.executable, "manage.py", "up"], environment, ROOT, stop_seconds=60)
    with running(program, mark=str(home), logs=home) as process:
        deadline = time.monotonic() + BEGIN_SECONDS
        log = home / "up.log"
        while "Ready: " not in (output := log.read_text(errors="replace")):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the product did not start:\n{output}")
            time.sleep(0.1)
        told = json.loads((home / "demo.json").read_text())
        yield Running(home, told["base_url"], told["bank_url"], psutil.Process(process.pid))


def _lasting_ports() -> Iterator[int]:
    """Free ports that the system gives to no outgoing connection: while a program is dead, somebody
    else's connection must not take its address."""
    for port in random.sample(range(20_000, 30_000), 200):
        if free_port(port) == port:
            yield port


def _choose(home: Path, ports: Mapping[str, int]) -> None:
    state = home / "state.json"
    known = json.loads(state.read_text()) if state.exists() else {}
    state.touch(mode=0o600)
    state.write_text(json.dumps(known | ports))
