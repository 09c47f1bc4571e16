"""Every write of settlement: sweep what a shop has earned, and pay it out once."""

from payments.settlement.services.holidays import add_holiday, change_holiday
from payments.settlement.services.payouts import apply_payout, retry_payout, send_payout
from payments.settlement.services.sweeps import settle_all, settle_store

__all__ = [
    "add_holiday",
    "apply_payout",
    "change_holiday",
    "retry_payout",
    "send_payout",
    "settle_all",
    "settle_store",
]
