"""What the bank would say, for tests of what we make of it."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from marketplace.core.clock import now
from payments.ledger.models import Account, Leg
from payments.upi.payees import Applied, Outcome
from payments.upi.services import BankWord


class Till:
    """A payee that answers as it is told and remembers what it took."""

    def __init__(self) -> None:
        self.answer: Outcome = Applied()
        self.taken: list[tuple[UUID, int]] = []
        self.locked: list[UUID] = []
        self.waits: list[UUID] = []

    def lock(self, *, store_id: UUID, reference: UUID) -> None:
        self.locked.append(reference)

    def waiting(
        self, *, store_id: UUID, amount: int, since: datetime, until: datetime
    ) -> list[UUID]:
        return self.waits

    def accept(self, *, store_id: UUID, reference: UUID, amount: int) -> Outcome:
        self.taken.append((reference, amount))
        return self.answer


def payment_word(attempt: Any, **changes: Any) -> BankWord:
    payment = {
        "payment_id": "NKB" + attempt.tr.upper(),
        "tr": attempt.tr,
        "amount": attempt.amount,
        "status": "SUCCESS",
        "code": "00",
        "rrn": "632600000001",
        "payer_vpa": "asha@nkbank",
        "completed_at": now().isoformat(),
    } | changes
    return BankWord(
        event_id=f"{payment['payment_id']}-{payment['status']}-{payment['amount']}",
        source="webhook",
        kind=f"payment.{payment['status'].lower()}",
        data=payment,
        body="{}",
    )


def counter_word(shop_qr: Any, amount: int, **changes: Any) -> BankWord:
    """`amount` paise that Ravi paid to a shop's counter QR."""
    payment = {
        "payment_id": "NKB" + uuid4().hex.upper(),
        "tr": "",
        "amount": amount,
        "status": "SUCCESS",
        "code": "00",
        "rrn": "632600000001",
        "payer_vpa": "ravi@nkbank",
        "payee_vpa": shop_qr.vpa,
        "completed_at": now().isoformat(),
    } | changes
    kind = f"payment.{payment['status'].lower()}"
    return BankWord(payment["payment_id"], "webhook", kind, payment, "{}")


def dispute_word(receipt: Any, status: str, amount: int, *, n: int = 1) -> BankWord:
    """What becomes of the `n`th dispute about a receipt, of `amount` paise."""
    told = {
        "dispute_id": f"D{n}-{receipt.payment_id}"[:35],
        "payment_id": receipt.payment_id,
        "amount": amount,
        "reason": "not delivered",
        "status": status,
        "created_at": now().isoformat(),
        "respond_by": now().isoformat(),
        "completed_at": now().isoformat(),
    }
    kind = f"dispute.{status.lower()}"
    return BankWord(f"{kind}:{n}:{receipt.pk}", "webhook", kind, told, "{}")


def refund_word(refund: Any, status: str) -> BankWord:
    """What becomes of a refund's newest try."""
    told = {
        "refund_id": refund.bank_id,
        "amount": refund.amount,
        "status": status,
        "code": "00" if status == "SUCCESS" else "U30",
        "completed_at": now().isoformat(),
    }
    kind = f"refund.{status.lower()}"
    return BankWord(f"{kind}:{refund.bank_id}", "webhook", kind, told, "{}")


def balances(store_id: Any) -> dict[str, int]:
    """Every account of the store that is not empty, in paise."""
    found = {
        account.value: Leg.objects.of_account(store_id=store_id, account=account).balance()
        for account in Account
    }
    return {account: amount for account, amount in found.items() if amount}
