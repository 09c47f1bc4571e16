"""What the bank does: pay, ask payers to pay, refund, pay out, hear disputes, and finish later what was left open.

Amounts are paise. One transaction each; locks are taken on the operation's own row first, then on
the accounts in the order of their addresses.
"""

from payments.bank.services.accounts import Refused, deposit, find_alias, open_alias
from payments.bank.services.collects import (
    answer_collect,
    expire_collect,
    hasten_collect,
    request_collect,
)
from payments.bank.services.disputes import accept, contest, decide_dispute, open_dispute
from payments.bank.services.payments import finish_payment, pay
from payments.bank.services.payouts import finish_payout, pay_out
from payments.bank.services.refunds import finish_refund, refund

__all__ = [
    "Refused",
    "accept",
    "answer_collect",
    "contest",
    "decide_dispute",
    "deposit",
    "expire_collect",
    "find_alias",
    "finish_payment",
    "finish_payout",
    "finish_refund",
    "hasten_collect",
    "open_alias",
    "open_dispute",
    "pay",
    "pay_out",
    "refund",
    "request_collect",
]
