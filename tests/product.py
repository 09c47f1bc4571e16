"""The product itself, started by its own runner, for tests that use it as people do."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from marketplace.local.postgres import APP, OWNER
from marketplace.local.programs import Program, free_port
from tests import patience
from tests.servers import ROOT, Servers, running


@dataclass(frozen=True)
class Product:
    """A running product: where it is, its demo neighbourhood, its database and its home."""

    base_url: str
    bank_url: str
    demo: dict[str, Any]
    database_url: str
    database: str
    home: Path

    @contextmanager
    def orm(self) -> Iterator[None]:
        """For the block, this process's models read and write the product's database."""
        from django.db import connections

        settings = connections.settings["default"]
        before = settings["NAME"]
        connections.close_all()
        settings["NAME"] = self.database
        try:
            yield
        finally:
            connections.close_all()
            settings["NAME"] = before


@contextmanager
def running_product_on(
    servers: Servers, *, name: str, home: Path, broker: int
) -> Iterator[Product]:
    """Start `manage.py up` on a fresh clone of the template, a bank database and a Valkey database."""
    bank = f"{name}_bank"
    servers.clone(name)
    servers.drop(bank)
    servers.postgres.create_database(bank)
    port = free_port()
    database_url = servers.postgres.url(APP, name)
    environment = {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.local",
        "NUKKAD_HOME": str(home),
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "DATABASE_OWNER_URL": servers.postgres.url(OWNER, name),
        "BANK_DATABASE_URL": servers.postgres.url(OWNER, bank),
        "REDIS_URL": servers.valkey.url(broker),
        "STATIC_ROOT": str(servers.static),
    }
    program = Program("up", [sys.executable, "manage.py", "up"], environment, ROOT, stop_seconds=60)
    try:
        with running(program, mark=str(home), logs=home) as process:
            demo = _wait_until_ready(process, home)
            yield Product(demo["base_url"], demo["bank_url"], demo, database_url, name, home)
    finally:
        servers.drop(name)
        servers.drop(bank)


@contextmanager
def previewing(product: Product) -> Iterator[str]:
    """One more web server of this product, which offers the prepared languages too; its address."""
    port = free_port()
    environment: dict[str, str] = json.loads((product.home / "environment.json").read_text())
    granian = [sys.executable, "-m", "granian", "marketplace.wsgi:application"]
    options = ["--interface=wsgi", "--host=127.0.0.1", f"--port={port}", "--log-level=warning"]
    preview = environment | {"PREVIEW_LANGUAGES": "true"}
    program = Program("preview", [*granian, *options], preview, ROOT)
    here = f"http://127.0.0.1:{port}"
    with running(program, mark=str(product.home), logs=product.home) as process:
        deadline = time.monotonic() + 60
        while not _answers(f"{here}/livez"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((product.home / "preview.log").read_text())
            time.sleep(0.1)
        yield here


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _wait_until_ready(process: subprocess.Popen[bytes], home: Path) -> dict[str, Any]:
    deadline = time.monotonic() + 10 * patience.SECONDS
    log = home / "up.log"
    while "Ready: " not in (output := log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the product did not start:\n{output}")
        time.sleep(0.1)
    summary: dict[str, Any] = json.loads((home / "demo.json").read_text())
    return summary


@contextmanager
def running_worker(logs: Path) -> Iterator[Path]:
    """A real Celery worker and relay on this test's database and broker; yields their logs."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "marketplace.celery", "worker"]
    options = ["--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
    worker = Program("worker", [*celery, *options], environment, ROOT)
    mark = f"test {os.getpid()}"
    with running(worker, mark=mark, logs=logs) as process, running_relay(logs):
        deadline = time.monotonic() + patience.SECONDS
        while b" ready." not in (output := (logs / "worker.log").read_bytes()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the worker did not start:\n{output.decode()}")
            time.sleep(0.05)
        yield logs


@contextmanager
def running_relay(logs: Path) -> Iterator[None]:
    """The relay alone, on this test's database and broker: what it hands over stays in the queue."""
    relay = Program(
        "relay",
        [sys.executable, "manage.py", "relay"],
        {"DJANGO_SETTINGS_MODULE": "marketplace.settings.test"},
        ROOT,
    )
    with running(relay, mark=f"test {os.getpid()}", logs=logs):
        yield
