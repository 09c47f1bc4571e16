"""Double entry per store. Amounts are signed paise: a debit is positive, a credit negative."""

from payments.ledger.models.accounts import PERSONAL_ACCOUNTS, Account, Kind
from payments.ledger.models.balances import Balance, UnsettledLeg
from payments.ledger.models.closing import Closing, DayBalance, PlatformBalance, Seal
from payments.ledger.models.postings import Leg, Txn
from payments.ledger.models.rates import Rate

__all__ = [
    "PERSONAL_ACCOUNTS",
    "Account",
    "Balance",
    "Closing",
    "DayBalance",
    "Kind",
    "Leg",
    "PlatformBalance",
    "Rate",
    "Seal",
    "Txn",
    "UnsettledLeg",
]
