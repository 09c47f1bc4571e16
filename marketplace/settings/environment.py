"""The one strict reader of the environment: a missing or malformed variable stops start-up by name."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


def written_in(file: Path) -> dict[str, str]:
    """The variables that the runner left in this file; none where it has not run."""
    try:
        variables: dict[str, str] = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return variables


def home_in(root: Path, source: Mapping[str, str] = os.environ) -> Path:
    """Where a developer's machine keeps its servers and their data: $NUKKAD_HOME; `.local` where that is
    not set or empty, for the checkout itself must never be it."""
    return root / Environment(source).text("NUKKAD_HOME", default=".local")


class Environment:
    """Reads variables from a mapping, naming the variable in every complaint."""

    def __init__(self, source: Mapping[str, str] = os.environ) -> None:
        self._source = source

    def _read(self, name: str, default: T | None, convert: Callable[[str], T]) -> T:
        raw = self._source.get(name, "")
        if raw == "":
            if default is None:
                raise ImproperlyConfigured(f"The environment variable {name} is not set.")
            return default
        try:
            return convert(raw)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"The environment variable {name} is {raw!r}: {error}."
            ) from error

    def text(self, name: str, default: str | None = None) -> str:
        return self._read(name, default, str)

    def secret(self, name: str, default: str | None = None) -> str:
        """A secret of at least 32 characters; its value is never repeated in a complaint."""
        value = self._read(name, default, str)
        if len(value) < 32:
            raise ImproperlyConfigured(
                f"The environment variable {name} must have at least 32 characters."
            )
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        return self._read(name, default, int)

    def boolean(self, name: str, default: bool | None = None) -> bool:
        def convert(raw: str) -> bool:
            if raw.lower() in {"1", "true", "yes", "on"}:
                return True
            if raw.lower() in {"0", "false", "no", "off"}:
                return False
            raise ValueError("it should be true or false")

        return self._read(name, default, convert)

    def items(self, name: str, default: list[str] | None = None) -> list[str]:
        """A comma-separated list, empty items dropped."""
        return self._read(
            name, default, lambda raw: [item.strip() for item in raw.split(",") if item.strip()]
        )

    def database(self, name: str, default: str | None = None) -> dict[str, Any]:
        """A `postgresql://user:password@host:port/name?option=value` address as Django settings."""
        return self._read(name, None if default is None else _database(default), _database)

    def redis(self, name: str, default: str | None = None) -> str:
        def convert(raw: str) -> str:
            if urlsplit(raw).scheme not in {"redis", "rediss", "unix"}:
                raise ValueError("it should start with redis://, rediss:// or unix://")
            return raw

        return self._read(name, default, convert)


def _database(raw: str) -> dict[str, Any]:
    parts = urlsplit(raw)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("it should start with postgresql://")
    if not parts.path.strip("/"):
        raise ValueError("it should end in the name of a database")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "marketplace.core.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": query,
    }
