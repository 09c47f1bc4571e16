"""What is wrong with a file or a row, kept untranslated until it is written for its reader."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise


class Unreadable(Exception):
    """The file as a whole cannot be imported; `str()` says why, in the active language."""

    def __init__(self, message: str | Promise, **params: Any) -> None:
        self.message, self.params = message, params
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message) % self.params


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a row was not taken."""

    message: str | Promise
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.message) % self.params
