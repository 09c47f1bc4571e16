"""The product on one machine, from nothing to `Ready`, and until somebody says stop.

PostgreSQL and Valkey come from wheels and keep their data under $NUKKAD_HOME; DATABASE_URL,
DATABASE_OWNER_URL, BANK_DATABASE_URL and REDIS_URL name real ones instead.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from celery import Celery

from marketplace.local.home import Home, HomeInUse
from marketplace.local.postgres import (
    APP,
    OWNER,
    SUPERUSER,
    Postgres,
    PostgresError,
    create_database_at,
)
from marketplace.local.programs import Program, end_orphans, free_port
from marketplace.local.supervisor import StopAsked, Supervisor
from marketplace.local.valkey import Valkey, ValkeyError
from marketplace.settings.environment import home_in

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "--quiet", "-A", "marketplace.celery"]
HEARTBEAT = "marketplace.core.tasks.heartbeat"
HEARTBEAT_KEY = "nukkad:heartbeat"


class CannotStart(RuntimeError):
    """Something has to be put right first; the text says what."""


@dataclass(frozen=True)
class Addresses:
    """Where everything is. An owner may create tables, the others only fill them."""

    base: str
    bank: str
    database: str
    database_owner: str
    bank_database: str
    bank_database_owner: str
    redis: str


def run(environment: Mapping[str, str] = os.environ) -> int:
    """Start everything, print where it is, and watch over it; returns the exit code."""
    home = Home(home_in(ROOT, environment))
    try:
        with home:
            orphans = end_orphans(mark=home.mark)
            supervisor = Supervisor(mark=home.mark, logs=home.path / "logs")
            if orphans:
                supervisor.say(f"Ended {len(orphans)} programs that an earlier run left behind")
            return _Run(home, supervisor, environment).run()
    except HomeInUse as error:
        print(f"Cannot start: {error}. Stop it first, or set NUKKAD_HOME and PORT.")
        return 1


class _Run:
    """One start: the home, the supervisor and the environment it was asked with."""

    def __init__(self, home: Home, supervisor: Supervisor, environment: Mapping[str, str]) -> None:
        self.home = home
        self.supervisor = supervisor
        self.environment = environment
        self.say = supervisor.say

    def run(self) -> int:
        try:
            self._start()
            self.supervisor.watch()
        except StopAsked:
            self.say("Stopping")
            return 0
        except subprocess.CalledProcessError as error:
            self.say(f"Cannot start: {error.cmd} failed; see {self.home.path / 'logs'}")
            return 1
        except (CannotStart, PostgresError, ValkeyError) as error:
            self.say(f"Cannot start: {error}")
            return 1
        finally:
            self.supervisor.stop()
        return 0

    def _start(self) -> None:
        began = time.monotonic()
        port = self._port()
        at = self._start_servers(port)
        product, bank = self._product_environment(at), self._bank_environment(at)
        self.home.leave_environment(product)
        demo = self.home.path / "demo.part.json"
        prepared = self.home.path / "prepared"
        state = _fingerprint(at, self.environment)
        if prepared.exists() and prepared.read_text() == state:
            self._start_bank(at, bank)
        else:
            prepared.unlink(missing_ok=True)
            static = self.supervisor.begin(_manage("prepare_static", product))
            self._prepare_databases(at, product, bank)
            self._start_bank(at, bank)
            if self.environment.get("NUKKAD_DEMO", "1") != "0":
                self.say("Opening the demo neighbourhood")
                self._wait_for(f"{at.bank}/")
                self.supervisor.finish(
                    self.supervisor.begin(_manage("demo", product, "--write", str(demo)))
                )
            self.supervisor.finish(static)
            prepared.write_text(state)
        self.say("Starting web, worker, beat and relay")
        self._start_web_and_worker(port, product)
        self._wait_for(f"{at.base}/readyz")
        # Only now: all at once they would slow each other down on a small machine.
        self._start_beat_and_relay(product)
        self._wait_for(f"{at.bank}/")
        if not self.supervisor.wait_until(_worker_consumes(at.redis), seconds=60):
            raise CannotStart(f"the worker consumes nothing; see {self.home.path / 'logs'}")
        self._announce(at, demo, time.monotonic() - began)

    def _prepare_databases(
        self, at: Addresses, product: dict[str, str], bank: dict[str, str]
    ) -> None:
        self.say("Preparing the databases and the static files")
        ours = _manage("prepare_database", product | {"DATABASE_URL": at.database_owner})
        the_banks = Program(
            "bank-migrate",
            [PYTHON, "-m", "django", "migrate", "--no-input", "--verbosity=0"],
            bank | {"BANK_DATABASE_URL": at.bank_database_owner},
            ROOT,
        )
        self.supervisor.finish(self.supervisor.begin(ours), self.supervisor.begin(the_banks))

    def _port(self) -> int:
        raw = self.environment.get("PORT") or "8000"
        if not raw.isdecimal() or not 0 < int(raw) < 65536:
            raise CannotStart(f"PORT is {raw!r}: it should be a number from 1 to 65535.")
        port = int(raw)
        if free_port(port) != port:
            raise CannotStart(f"port {port} is taken. Try: PORT={port + 100} make run")
        return port

    def _start_servers(self, port: int) -> Addresses:
        base = f"http://127.0.0.1:{port}"
        bank = f"http://127.0.0.1:{self.home.port('bank', preferred=port + 1)}"
        broker = self.environment.get("REDIS_URL") or self._start_valkey()
        if self.environment.get("DATABASE_URL"):
            return Addresses(base, bank, *_given_databases(self.environment), broker)
        postgres = self._start_postgres()
        return Addresses(
            base,
            bank,
            postgres.url(APP, "nukkad"),
            postgres.url(OWNER, "nukkad"),
            postgres.url(APP, "nukkad_bank"),
            postgres.url(OWNER, "nukkad_bank"),
            broker,
        )

    def _start_postgres(self) -> Postgres:
        postgres = Postgres(
            self.home.path / "postgres",
            self.home.port("postgres"),
            {role: self.home.secret(role) for role in (SUPERUSER, OWNER, APP)},
        )
        new = not (postgres.data / "PG_VERSION").exists()
        self.say("Creating and starting PostgreSQL 18" if new else "Starting PostgreSQL 18")
        postgres.prepare()
        postgres.wait(self.supervisor.start(postgres.program()))
        postgres.create_roles()
        for database in ("nukkad", "nukkad_bank"):
            postgres.create_database(database)
        return postgres

    def _start_valkey(self) -> str:
        valkey = Valkey(
            self.home.path / "valkey", self.home.port("valkey"), self.home.secret("valkey")
        )
        self.say("Starting Valkey 9")
        valkey.prepare()
        valkey.wait(self.supervisor.start(valkey.program()))
        return valkey.url()

    def _product_environment(self, at: Addresses) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.local",
            "PYTHONUNBUFFERED": "1",
            "NUKKAD_HOME": str(self.home.path),
            "SECRET_KEY": self.home.secret("secret_key"),
            "DATABASE_URL": at.database,
            "REDIS_URL": at.redis,
            "BASE_URL": at.base,
            "BANK_URL": at.bank,
            "BANK_API_KEY": self.home.secret("bank_api_key"),
            "BANK_WEBHOOK_SECRET": self.home.secret("bank_webhook_secret"),
        }

    def _bank_environment(self, at: Addresses) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "payments.bank.settings",
            "PYTHONUNBUFFERED": "1",
            "BANK_SECRET_KEY": self.home.secret("bank_secret_key"),
            "BANK_DATABASE_URL": at.bank_database,
            "BANK_URL": at.bank,
            "BANK_API_KEY": self.home.secret("bank_api_key"),
            "NUKKAD_WEBHOOK_URL": f"{at.base}/bank/events/",
            "NUKKAD_WEBHOOK_SECRET": self.home.secret("bank_webhook_secret"),
        }

    def _start_bank(self, at: Addresses, environment: dict[str, str]) -> None:
        self.supervisor.start(
            _granian("bank", "payments.bank.wsgi", urlsplit(at.bank).port or 0, environment)
        )

    def _start_web_and_worker(self, port: int, environment: dict[str, str]) -> None:
        self.supervisor.start(_granian("web", "marketplace.wsgi", port, environment, workers=2))
        self.supervisor.start(
            Program(
                "worker",
                [*CELERY, "worker", "--concurrency=2", "--without-gossip", "--without-mingle"],
                # Root is what a container gives us; the tasks are our own and JSON.
                environment | {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"},
                ROOT,
                stop_seconds=35,
            )
        )

    def _start_beat_and_relay(self, environment: dict[str, str]) -> None:
        schedule = self.home.path / "beat-schedule"
        self.supervisor.start(
            Program(
                "beat", [*CELERY, "beat", f"--schedule={schedule}", "--pidfile="], environment, ROOT
            )
        )
        self.supervisor.start(_manage("relay", environment))

    def _wait_for(self, url: str) -> None:
        if not self.supervisor.wait_until(lambda: _answers(url), seconds=90):
            raise CannotStart(f"{url} does not answer; see {self.home.path / 'logs'}")

    def _announce(self, at: Addresses, demo: Path, seconds: float) -> None:
        known = json.loads(demo.read_text()) if demo.exists() else {}
        summary = {"base_url": at.base, "bank_url": at.bank, **known}
        target = self.home.path / "demo.json"
        target.touch(mode=0o600)
        target.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
        places = {
            "Customer": f"{at.base}/",
            "Shopkeeper": f"{at.base}/dashboard/",
            "Staff": f"{at.base}/staff/",
            "API docs": f"{at.base}/api/docs/",
            "Bank": f"{at.bank}/",
            "Messages": f"{at.base}/messages/",
        }
        self.say(f"Ready: {at.base}  ({seconds:.1f} s)")
        for name, url in places.items():
            who = summary.get(name.lower())
            sign_in = f"   sign in: {who['phone']}, code {who['code']}" if who else ""
            self.say(f"  {name:10} {url}{sign_in}")
        self.say(f"  Everything of this in {target}; stop with Ctrl-C")


def _fingerprint(at: Addresses, environment: Mapping[str, str]) -> str:
    """The state of everything that preparation depends on: our files, and which databases these are.

    Preparing is a no-op when nothing has changed, but finding that out takes seconds.
    """
    digest = hashlib.sha256(environment.get("NUKKAD_DEMO", "").encode())
    for url in (at.database_owner, at.bank_database_owner):
        with psycopg.connect(url, connect_timeout=4) as connection:
            row = connection.execute(
                "SELECT system_identifier, oid FROM pg_control_system(), pg_database"
                " WHERE datname = current_database()"
            ).fetchone()
        digest.update(repr(row).encode())
    for room in ("marketplace", "stores", "orders", "payments", "static", "requirements.txt"):
        for path in sorted([ROOT / room, *(ROOT / room).rglob("*")]):
            if path.is_file() and path.suffix not in {".pyc", ".mo"}:
                status = path.stat()
                digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _manage(command: str, environment: dict[str, str], *arguments: str) -> Program:
    return Program(command, [PYTHON, "manage.py", command, *arguments], environment, ROOT)


def _granian(
    name: str, module: str, port: int, environment: dict[str, str], *, workers: int = 1
) -> Program:
    options = {
        "--interface": "wsgi",
        "--host": "127.0.0.1",
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": "4",
        "--workers-kill-timeout": "8",
        "--log-level": "warning",
    }
    return Program(
        name,
        [
            *(PYTHON, "-m", "granian", f"{module}:application", "--respawn-failed-workers"),
            *(part for option in options.items() for part in option),
        ],
        environment,
        ROOT,
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _worker_consumes(broker: str) -> Callable[[], bool]:
    """Send a heartbeat now, beat's first being ten seconds away, and look out for its trace."""
    client = redis.Redis.from_url(broker, socket_timeout=2)
    client.delete(HEARTBEAT_KEY)
    with Celery(broker=broker, set_as_current=False) as celery:
        celery.send_task(HEARTBEAT)
    return lambda: bool(client.exists(HEARTBEAT_KEY))


def _given_databases(environment: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Addresses of databases that somebody else runs; the bank's is created if it may be."""
    app = environment["DATABASE_URL"]
    owner = environment.get("DATABASE_OWNER_URL") or app
    bank = environment.get("BANK_DATABASE_URL") or _sibling(owner, "_bank")
    try:
        create_database_at(owner, app=urlsplit(app).username)
        create_database_at(bank, app=None)
    except psycopg.Error as error:
        raise CannotStart(
            f"the database answers: {error} (DATABASE_URL, DATABASE_OWNER_URL and"
            " BANK_DATABASE_URL say where the product's and the bank's databases are)"
        ) from error
    return app, owner, bank, bank


def _sibling(url: str, suffix: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path + suffix))
