"""The folder $NUKKAD_HOME: secrets and ports chosen once, one runner at a time."""

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from marketplace.local.programs import free_port


class HomeInUse(RuntimeError):
    """Another runner holds this folder."""


class Home:
    """What has to survive a restart, in `state.json`, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = None
            raise HomeInUse(f"{self.path} is in use by another run") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def mark(self) -> str:
        """What the programs started for this folder carry in their environment."""
        return str(self.path)

    def secret(self, name: str) -> str:
        """A random secret of 43 characters, the same on every start."""
        state = self._read()
        if name not in state:
            state[name] = secrets.token_urlsafe(32)
            self._write(state)
        return str(state[name])

    def port(self, name: str, *, preferred: int = 0) -> int:
        """A free loopback port, the same on every start unless somebody has taken it since."""
        state = self._read()
        wanted = state.get(f"{name}_port", preferred)
        port = free_port(int(wanted))
        if port != wanted or f"{name}_port" not in state:
            state[f"{name}_port"] = port
            self._write(state)
        return port

    def leave_environment(self, variables: Mapping[str, str]) -> None:
        """Write down where the servers are, for a `manage.py` typed by hand."""
        self._write_file("environment.json", variables)

    def _read(self) -> dict[str, str | int]:
        try:
            state: dict[str, str | int] = json.loads((self.path / "state.json").read_text())
        except FileNotFoundError:
            return {}
        return state

    def _write(self, state: dict[str, str | int]) -> None:
        self._write_file("state.json", state)

    def _write_file(self, name: str, content: Mapping[str, str | int]) -> None:
        scratch = self.path / f"{name}.new"
        scratch.touch(mode=0o600)
        scratch.write_text(json.dumps(content, indent=2) + "\n")
        scratch.replace(self.path / name)
