"""The only way money is recorded: one call of the database function `ledger_post`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.errors import DomainError
from marketplace.core.ids import uuid7
from payments.ledger.models import Account, Kind
from payments.ledger.models import Leg as LegRow


@dataclass(frozen=True, slots=True)
class Leg:
    """`amount` paise on `account`: positive debits it, negative credits it.

    `party_id` names the customer on the khata accounts, and stands on no other.
    """

    account: Account
    amount: int
    party_id: UUID | None = None


class Unbalanced(ValueError):
    """The legs do not sum to zero, or there are none: a mistake in the program."""


class KeyReused(DomainError):
    """The key already names a posting with another body; nothing has been posted."""

    code = "key_reused"
    message = _("The key %(key)s was already used for something else.")


class AlreadyReversed(DomainError):
    """The transaction was reversed before, under another key; nothing has been posted."""

    code = "already_reversed"
    message = _("This posting has been reversed already.")


class AlreadySettled(DomainError):
    """A leg to be settled is not in the queue, or the sweep is not their sum; nothing is posted."""

    code = "already_settled"
    message = _("Part of this settlement has been settled already.")


# Raised by ledger_post (migration 0002)
_REFUSALS: dict[str, type[DomainError]] = {
    "NK001": KeyReused,
    "NK002": AlreadyReversed,
    "NK003": AlreadySettled,
}


def post(
    *,
    store_id: UUID,
    key: str,
    kind: Kind,
    business_date: date,
    legs: Sequence[Leg],
    reference: UUID | None = None,
    reverses: UUID | None = None,
    effective_at: datetime | None = None,
    settles: Sequence[UUID] | None = None,
) -> UUID:
    """Record one business fact in the caller's transaction, once per (store, key); returns its id.

    `legs` are signed paise that sum to zero; legs of nothing are dropped. `reference` is the order,
    attempt or payout that it is about. `settles` are the unsettled payable legs that a settlement
    takes: they leave the queue, and the payable legs posted must undo exactly their sum.

    The same key with the same kind, reference and legs returns the first id and changes nothing:
    a retry after midnight keeps the business date first given. Raises KeyReused for another body,
    AlreadyReversed, AlreadySettled and Unbalanced; a DomainError here has spoilt the caller's transaction.
    """
    moved = [leg for leg in legs if leg.amount]
    if not moved or sum(leg.amount for leg in moved) != 0:
        raise Unbalanced(f"{kind} {key}: {moved}")
    parties = [leg.party_id for leg in moved]
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ledger_post(%s, %s, %s, %s, %s, %s, %s, %s,"
                " %s::text[], %s::bigint[], %s::uuid[], %s::uuid[])",
                [
                    store_id,
                    uuid7(),
                    key,
                    str(kind),
                    business_date,
                    effective_at or now(),
                    reference,
                    reverses,
                    [str(leg.account) for leg in moved],
                    [leg.amount for leg in moved],
                    parties if any(parties) else None,
                    list(settles) if settles is not None else None,
                ],
            )
            (txn_id,) = cursor.fetchone()
    except DatabaseError as error:
        refusal = _REFUSALS.get(getattr(error.__cause__, "sqlstate", None) or "")
        if refusal:
            raise refusal(key=key) from error
        raise
    return UUID(str(txn_id))


def reverse(*, store_id: UUID, txn_id: UUID, key: str, business_date: date) -> UUID:
    """Undo a transaction by posting its legs with the other sign; the first stays as it was.

    Once per transaction: again with the same key returns the same id, with another key raises
    AlreadyReversed. Raises LookupError when the store has no such transaction.
    """
    rows = list(LegRow.objects.filter(store_id=store_id, txn_id=txn_id).select_related("txn"))
    if not rows:
        raise LookupError(f"Store {store_id} has no transaction {txn_id}.")
    return post(
        store_id=store_id,
        key=key,
        kind=Kind.REVERSAL,
        business_date=business_date,
        legs=[Leg(Account(row.account), -row.amount, row.party_id) for row in rows],
        reference=rows[0].txn.reference,
        reverses=txn_id,
    )


def lock_payable(*, store_id: UUID) -> int:
    """Hold a store's payable until the transaction ends; returns its balance in paise.

    Negative is owed to the shop. Two settlements of one store wait for each other here; orders go
    on being posted meanwhile, and fall to the next settlement.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock_payable(%s)", [store_id])
        (amount,) = cursor.fetchone()
    return int(amount)
