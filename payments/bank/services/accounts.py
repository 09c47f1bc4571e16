"""The bank's accounts, and what every operation on them has in common."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from payments.bank import faults
from payments.bank.models import (
    Account,
    Alias,
    Dispute,
    Payment,
    Payout,
    Refund,
    Scheduled,
    Transfer,
)

MINT = "mint@nkbank"
SUSPENSE = "suspense@nkbank"
MERCHANT = "nukkad@nkbank"


class Refused(Exception):
    """A request that cannot be carried out; `code` is for programs, `status` for HTTP."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def deposit(*, vpa: str, name: str, amount: int, pin: str) -> Account:
    """Open a payer's account, or add to one: new money from the mint. For demos and load tests.

    Raises Refused, 422, for the bank's own accounts.
    """
    with transaction.atomic():
        account, _ = Account.objects.get_or_create(
            vpa=vpa, defaults={"name": name, "kind": Account.Kind.PAYER, "pin": pin}
        )
        if account.kind == Account.Kind.INTERNAL:
            raise Refused(422, "internal_account", f"{vpa} belongs to the bank itself.")
        lock([MINT, vpa])
        if amount:
            move(Transfer.Kind.DEPOSIT, MINT, vpa, amount)
        return Account.objects.get(pk=vpa)


def open_alias(*, vpa: str, name: str) -> Alias:
    """Give the merchant's account another UPI ID, once; again, it may get another name.

    Raises Refused, 422, for a UPI ID that is not the merchant's to give: it begins with the account's
    own name and a dot, and nobody has it.
    """
    own_name, _, bank = MERCHANT.partition("@")
    if not (vpa.startswith(f"{own_name}.") and vpa.endswith(f"@{bank}")):
        raise Refused(422, "alias_not_yours", f"An alias looks like {own_name}.name@{bank}.")
    if Account.objects.filter(pk=vpa).exists():
        raise Refused(422, "alias_taken", f"{vpa} is somebody's own UPI ID.")
    alias, _made = Alias.objects.update_or_create(
        vpa=vpa, defaults={"account_id": MERCHANT, "name": name}
    )
    return alias


def find_alias(vpa: str) -> Alias | None:
    return Alias.objects.select_related("account").filter(pk=vpa).first()


def find_payee(vpa: str, name: str) -> Account | None:
    """The account behind a UPI ID. Other banks' customers are taken on trust, our own must exist."""
    known = Account.objects.filter(pk=vpa).first()
    if known is not None:
        return None if known.kind == Account.Kind.INTERNAL else known
    if vpa.endswith("@nkbank"):
        return None
    made, _ = Account.objects.get_or_create(
        vpa=vpa, defaults={"name": (name or vpa)[:99], "kind": Account.Kind.OTHER}
    )
    return made


def lock(vpas: Iterable[str]) -> dict[str, Account]:
    locked = Account.objects.select_for_update(no_key=True).filter(pk__in=set(vpas)).order_by("pk")
    return {account.vpa: account for account in locked}


def move(
    kind: Transfer.Kind,
    debit: str,
    credit: str,
    amount: int,
    *,
    payment: Payment | None = None,
    refund: Refund | None = None,
    payout: Payout | None = None,
    dispute: Dispute | None = None,
) -> None:
    """Move money between two accounts that are locked already."""
    Account.objects.filter(pk=debit).update(balance=F("balance") - amount)
    Account.objects.filter(pk=credit).update(balance=F("balance") + amount)
    Transfer.objects.create(
        kind=kind,
        debit_id=debit,
        credit_id=credit,
        amount=amount,
        payment=payment,
        refund=refund,
        payout=payout,
        dispute=dispute,
    )


def finish_later(operation: Scheduled, drawn: faults.Drawn, *, then: str) -> None:
    operation.due_at = timezone.now() + timedelta(seconds=drawn.seconds)
    operation.then = then
    if isinstance(operation, Payment) and operation.status != Payment.Status.FAILED:
        operation.completed_at = None


def close(operation: Payment | Refund | Payout, code: str) -> None:
    operation.code = code
    operation.completed_at = timezone.now()
    operation.due_at = None
    operation.save()
