"""What customers were asked to pay, what the bank said, what came in and what went back.

Amounts are paise.
"""

from payments.upi.models.attempts import PaymentAttempt, Purpose
from payments.upi.models.differences import Difference, ReconciledDay
from payments.upi.models.events import BankEvent
from payments.upi.models.receipts import Receipt
from payments.upi.models.refunds import Refund
from payments.upi.models.shop_qrs import ShopQr

__all__ = [
    "BankEvent",
    "Difference",
    "PaymentAttempt",
    "Purpose",
    "Receipt",
    "ReconciledDay",
    "Refund",
    "ShopQr",
]
