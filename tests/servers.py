"""The PostgreSQL and Valkey of a test run: started once, shared by its xdist workers.

The migrated schema is kept as a template database under `.local/test`, one per state of the
migrations, so that only the first run after a change of them pays for it.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from marketplace.local.home import Home, HomeInUse
from marketplace.local.postgres import APP, OWNER, SUPERUSER, Postgres
from marketplace.local.programs import Program, end_orphans, start, stop
from marketplace.local.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES_KEPT = 3
RUN = "NUKKAD_TEST_RUN"


@dataclass(frozen=True)
class Servers:
    """Where the servers of this run are, and the template that its databases are cloned from."""

    postgres: Postgres
    valkey: Valkey
    template: str

    @property
    def home(self) -> Path:
        """The folder of this run, where nobody ran a product."""
        return self.postgres.data.parent

    @property
    def static(self) -> Path:
        """Where products started by tests keep their collected static files between runs."""
        return self.home / "static"

    def clone(self, name: str) -> None:
        """Create the database `name` with the schema, empty of everything that tests wrote."""
        with self.postgres.connect() as connection:
            _drop(connection, name)
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(self.template), sql.Identifier(OWNER)
                )
            )

    def drop(self, name: str) -> None:
        with self.postgres.connect() as connection:
            _drop(connection, name)

    def environment(self) -> dict[str, str]:
        """The servers, as variables that `from_environment` reads in a worker."""
        return {
            "TEST_POSTGRES": f"{self.postgres.data}|{self.postgres.port}",
            "TEST_POSTGRES_PASSWORDS": "|".join(
                f"{role}={password}" for role, password in self.postgres.passwords.items()
            ),
            "TEST_VALKEY": f"{self.valkey.data}|{self.valkey.port}|{self.valkey.password}",
            "TEST_TEMPLATE": self.template,
        }

    @classmethod
    def from_environment(cls) -> Self:
        data, port = os.environ["TEST_POSTGRES"].split("|")
        roles = os.environ["TEST_POSTGRES_PASSWORDS"].split("|")
        passwords = dict(role.split("=", 1) for role in roles)
        folder, valkey_port, password = os.environ["TEST_VALKEY"].split("|")
        return cls(
            Postgres(Path(data), int(port), passwords, throwaway=True),
            Valkey(Path(folder), int(valkey_port), password, throwaway=True),
            os.environ["TEST_TEMPLATE"],
        )


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Start both servers in the first home that no other test run holds."""
    with ExitStack() as stack:
        home = _free_home(stack)
        # A run that was killed leaves web servers' workers behind, which would find the databases
        # of this run under the same names and speak for them. All carry the name of their run.
        end_orphans(mark=home.mark, variable=RUN)
        os.environ[RUN] = home.mark
        postgres = Postgres(
            home.path / "postgres",
            home.port("postgres"),
            {role: home.secret(role) for role in (SUPERUSER, OWNER, APP)},
            throwaway=True,
        )
        valkey = Valkey(
            home.path / "valkey", home.port("valkey"), home.secret("valkey"), throwaway=True
        )
        servers: tuple[Postgres | Valkey, ...] = (postgres, valkey)
        for server in servers:
            server.prepare()
            program = server.program()
            server.wait(stack.enter_context(running(program, mark=home.mark, logs=home.path)))
        postgres.create_roles()
        found = Servers(postgres, valkey, _template(postgres))
        found.static.mkdir(exist_ok=True)
        yield found


@contextmanager
def running(program: Program, *, mark: str, logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for as long as the block lasts, its output in a file of its name."""
    with (logs / f"{program.name}.log").open("wb") as log:
        process = start(program, mark=mark, output=log)
        try:
            yield process
        finally:
            stop(process, with_signal=program.stop_signal, seconds=program.stop_seconds)


def _free_home(stack: ExitStack) -> Home:
    folder = Path(os.environ.get("NUKKAD_TEST_HOME", ROOT / ".local" / "test"))
    for number in range(32):
        try:
            return stack.enter_context(Home(folder / str(number)))
        except HomeInUse:
            continue
    raise HomeInUse(f"every home in {folder} is in use")


def _drop(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


def _template(postgres: Postgres) -> str:
    """The name of a database migrated to what stands in the checkout, built if there is none."""
    name = f"template_{state_of_migrations()}"
    with postgres.connect() as connection:
        rows = connection.execute("SELECT datname FROM pg_database ORDER BY oid").fetchall()
        names = [str(row[0]) for row in rows]
        templates = [known for known in names if known.startswith("template_")]
        stale = [] if name in templates else templates[: -TEMPLATES_KEPT + 1]
        for database in [known for known in names if known.startswith("test_")] + stale:
            _drop(connection, database)
        if name in templates:
            return name
    postgres.create_database("test_template")
    migration = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
            "DATABASE_URL": postgres.url(OWNER, "test_template"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if migration.returncode:
        raise RuntimeError(f"migrate failed:\n{migration.stdout}{migration.stderr}")
    with postgres.connect() as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE test_template RENAME TO {}").format(sql.Identifier(name))
        )
    return name


def state_of_migrations() -> str:
    """A name for what the checkout's migrations make of an empty database."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for room in ("marketplace", "stores", "orders", "payments"):
        files = {*(ROOT / room).glob("**/migrations/**/*.py"), *(ROOT / room).glob("**/*.sql")}
        for file in sorted(files | {*(ROOT / room).glob("core/append_only*.py")}):
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]
