from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told, and how they can be reached; `phone` in E.164."""

    language: str
    person_id: UUID | None = None
    phone: str = ""
    email: str = ""
