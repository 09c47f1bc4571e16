"""When what a shop has earned is paid out: so many working days of the banks later."""

from datetime import date, timedelta

from django.conf import settings

from payments.settlement.models import BankHoliday

DAY = timedelta(days=1)


def last_day_paid_on(today: date) -> date | None:
    """The last business date whose earnings are paid out on this day; None on a bank holiday.

    T + settings.SETTLEMENT_DAYS working days. Payouts go over UPI, which works on Sundays too, so
    a day is a working day unless staff have entered it as a holiday.
    """
    holidays = BankHoliday.objects.between(today - 60 * DAY, today)
    if today in holidays:
        return None
    day = today
    for _ in range(settings.SETTLEMENT_DAYS - 1):
        day -= DAY
        while day in holidays:
            day -= DAY
    return day - DAY


def payout_day(earned_on: date) -> date:
    """The day on which the earnings of a business date are paid out."""
    holidays = BankHoliday.objects.between(earned_on, earned_on + 60 * DAY)
    day = earned_on
    for _ in range(settings.SETTLEMENT_DAYS):
        day += DAY
        while day in holidays:
            day += DAY
    return day
