"""The days on which the banks pay nobody; entered by staff."""

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from marketplace.core.clock import business_date
from marketplace.core.errors import InvalidInput
from payments.settlement.models import BankHoliday


def add_holiday(*, day: date, name: str) -> BankHoliday:
    """Pay nobody out on this day. Raises InvalidInput for a day that is past or entered already."""
    holiday = BankHoliday()
    _save(holiday, day, name)
    return holiday


def change_holiday(*, holiday_id: UUID, day: date, name: str) -> BankHoliday:
    """Move a holiday that is still to come, or call it otherwise. Raises InvalidInput."""
    holiday = BankHoliday.objects.get(pk=holiday_id)
    if holiday.day < business_date():
        raise InvalidInput(field="day", why=str(holiday.day))
    _save(holiday, day, name)
    return holiday


def _save(holiday: BankHoliday, day: date, name: str) -> None:
    if day < business_date():
        raise InvalidInput(field="day", why=str(day))
    holiday.day, holiday.name = day, name
    try:
        with transaction.atomic():
            holiday.save()
    except IntegrityError as error:
        raise InvalidInput(field="day", why=str(day)) from error
