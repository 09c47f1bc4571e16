"""Every write to a khata."""

from payments.khata.services.entries import PAID, charge, pay_back_by_upi, pay_back_cash, undo
from payments.khata.services.limits import lock_khata
from payments.khata.services.opening import change_khata, close_khata, open_khata
from payments.khata.services.promises import give_up, keep_promise, promise, take_off
from payments.khata.services.reminders import REMINDER, remind, remind_due, set_reminders

__all__ = [
    "PAID",
    "REMINDER",
    "change_khata",
    "charge",
    "close_khata",
    "give_up",
    "keep_promise",
    "lock_khata",
    "open_khata",
    "pay_back_by_upi",
    "pay_back_cash",
    "promise",
    "remind",
    "remind_due",
    "set_reminders",
    "take_off",
    "undo",
]
