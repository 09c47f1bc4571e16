"""By when what must have happened.

Consumer Protection (E-Commerce) Rules 2020, rule 4(5): a complaint is acknowledged within 48 hours
and redressed within one month of the day on which it came. It is acknowledged in the transaction that
files it; the 48 hours are the shop's to answer.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from marketplace.core.clock import INDIA

ANSWER_WITHIN = timedelta(hours=48)
# Of those, how long before their end the shop is reminded.
REMIND_BEFORE = timedelta(hours=24)
# Whoever says nothing for so long after an answer is content with it.
SILENCE = timedelta(days=7)
# How long before its end the month is called to the officer's mind.
WARN_BEFORE = timedelta(days=5)


def one_month_after(at: datetime) -> datetime:
    """The same hour of the same day of the next month in India, or of its last day."""
    here = at.astimezone(INDIA)
    following = date(here.year + here.month // 12, here.month % 12 + 1, 1)
    last = monthrange(following.year, following.month)[1]
    day = following.replace(day=min(here.day, last))
    return datetime.combine(day, here.timetz())
