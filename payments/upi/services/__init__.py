"""Every write of payments over UPI: ask for money, hear the bank, send money back."""

from payments.upi.bank_client import BankPayment
from payments.upi.links import intent_uri, qr_svg, shop_qr_svg, shop_qr_uri
from payments.upi.services.attempts import (
    ask_bank,
    expire_attempt,
    new_attempt,
    start_attempt,
)
from payments.upi.services.collects import VPA, ask_payer
from payments.upi.services.differences import settle_difference
from payments.upi.services.events import (
    BankWord,
    apply_bank_event,
    on_bank_word,
    record_bank_event,
)
from payments.upi.services.refunds import (
    RefundTooLarge,
    request_refund,
    resolve_failed_refunds,
    retry_refund,
    return_receipt,
    send_refund,
)
from payments.upi.services.shop_qrs import AlreadyDecided, Contested, keep_for_shop, make_shop_qr

__all__ = [
    "VPA",
    "AlreadyDecided",
    "BankPayment",
    "BankWord",
    "Contested",
    "RefundTooLarge",
    "apply_bank_event",
    "ask_bank",
    "ask_payer",
    "expire_attempt",
    "intent_uri",
    "keep_for_shop",
    "make_shop_qr",
    "new_attempt",
    "on_bank_word",
    "qr_svg",
    "record_bank_event",
    "request_refund",
    "resolve_failed_refunds",
    "retry_refund",
    "return_receipt",
    "send_refund",
    "settle_difference",
    "shop_qr_svg",
    "shop_qr_uri",
    "start_attempt",
]
