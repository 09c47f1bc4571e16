"""Who a payment is for. Payments know nothing of orders: they only know a registered payee."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Applied:
    """The money counts: whatever was waiting for it has been confirmed in this transaction."""


@dataclass(frozen=True, slots=True)
class Unapplied:
    """The money stays with us until somebody decides."""


@dataclass(frozen=True, slots=True)
class Refund:
    """The money must go back; `reason` is for the payer's statement and for staff."""

    reason: str


Outcome = Applied | Unapplied | Refund


class Payee(Protocol):
    """What an app that takes payments implements, all called inside one transaction."""

    def lock(self, *, store_id: UUID, reference: UUID) -> None:
        """Hold the thing paid for until the transaction ends; nothing to do when it is unknown."""

    def accept(self, *, store_id: UUID, reference: UUID, amount: int) -> Outcome:
        """Take `amount` paise, now or late: it has been locked, and its amount is right."""

    def waiting(
        self, *, store_id: UUID, amount: int, since: datetime, until: datetime
    ) -> list[UUID]:
        """What was asked for between two moments, for exactly so many paise, waits still, and may be
        paid at the shop's counter; two of them are as many as anybody asks for."""


class UnknownPurpose(LookupError):
    """No payee is registered for this purpose: a mistake in the program."""


_payees: dict[str, Payee] = {}


def register_payee(purpose: str, payee: Payee) -> None:
    """Say who decides about payments of a purpose; called from the AppConfig of its owner."""
    known = _payees.get(purpose)
    if known is not None and known is not payee:
        raise ValueError(f"The purpose {purpose!r} has a payee already.")
    _payees[purpose] = payee


def payee_of(purpose: str) -> Payee:
    """The payee of a purpose; raises UnknownPurpose."""
    try:
        return _payees[purpose]
    except KeyError:
        raise UnknownPurpose(purpose) from None


def waiting_for(
    *, store_id: UUID, amount: int, since: datetime, until: datetime
) -> list[tuple[str, UUID]]:
    """(purpose, reference) of all that waits at a shop for exactly so many paise, asked for between
    two moments."""
    return [
        (purpose, reference)
        for purpose, payee in _payees.items()
        for reference in payee.waiting(store_id=store_id, amount=amount, since=since, until=until)
    ]


def registered(purpose: str) -> bool:
    return purpose in _payees
