"""What staff do about a difference with the bank: always a posting, so that the books agree again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import business_date
from marketplace.core.errors import DomainError, InvalidInput
from marketplace.core.locks import busy_when_locked
from payments.ledger import postings
from payments.ledger.models import Account, Kind
from payments.ledger.services import post
from payments.upi.models import Difference, Receipt
from payments.upi.services.payments import write_receipt
from payments.upi.services.reconciliation import PAYMENT, direction_of, settle, take_turns

Settled = Difference.Settled

# The account of a correction, by how the difference is settled.
_AGAINST = {Settled.BOOKED: Account.BANK_DIFFERENCES, Settled.SHOP: Account.PAYABLE}


class CannotSettle(DomainError):
    """This difference is not settled that way; nothing has been done."""

    code = "cannot_settle"
    message = _("This difference cannot be settled that way.")


class SettledOtherwise(DomainError):
    """The difference has been settled in another way meanwhile; nothing has been done."""

    code = "settled_otherwise"
    message = _("This difference has been settled already: %(how)s.")


def settle_difference(
    *, difference_id: UUID, how: Settled, by: UUID, note: str, store_id: UUID | None = None
) -> Difference:
    """Bring our books to what the bank has, once; again the same way changes nothing.

    A payment that we know nothing of is taken in as a stray receipt of a shop, to be sent back; any
    other difference becomes our gain or loss, or the shop's. `store_id` says whose books, where the
    line does not. Raises CannotSettle, SettledOtherwise, InvalidInput and Busy; then nothing has
    changed.
    """
    if not note.strip():
        raise InvalidInput(field="note", why="")
    with busy_when_locked(), transaction.atomic():
        take_turns()
        difference = Difference.objects.get(pk=difference_id)
        if difference.settled:
            if difference.settled != how:
                raise SettledOtherwise(how=difference.get_settled_display())
            return difference
        store_id = difference.store_id or store_id
        if store_id is None:
            raise InvalidInput(field="shop", why="")
        difference.store_id = store_id
        if how == Settled.TAKEN_IN:
            _take_in(difference, store_id)
        elif how in _AGAINST:
            _correct(difference, store_id, _AGAINST[how])
        else:
            raise CannotSettle
        settle(difference, how, by=by, note=note.strip()[:200])
        return difference


def _take_in(difference: Difference, store_id: UUID) -> None:
    """The money is there: it becomes a receipt that nothing of ours has asked for."""
    if (difference.movement, difference.kind) != (PAYMENT, Difference.Kind.NOT_OURS):
        raise CannotSettle
    row = difference.bank_row
    receipt = Receipt(
        store_id=store_id,
        payment_id=difference.bank_reference,
        rrn=row["rrn"],
        amount=difference.missing,
        payer_vpa=row["counterparty_vpa"],
        outcome=Receipt.Outcome.UNAPPLIED,
        completed_at=datetime.fromisoformat(row["at"]),
    )
    write_receipt(receipt)


def _correct(difference: Difference, store_id: UUID, against: Account) -> None:
    amount = direction_of(difference.movement) * difference.missing
    post(
        store_id=store_id,
        key=f"difference:{difference.pk}",
        kind=Kind.BANK_CORRECTION,
        business_date=business_date(),
        legs=postings.bank_correction(amount, against=against),
        reference=difference.pk,
    )
