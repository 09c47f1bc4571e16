"""Paid on the next working day; a bank holiday pays nobody, and nothing of it is lost."""

from datetime import date

import pytest
from django.conf import settings as configured

from marketplace.core.clock import business_date, travel
from marketplace.core.errors import InvalidInput
from payments.settlement.calendar import last_day_paid_on, payout_day
from payments.settlement.models import BankHoliday, Settlement
from payments.settlement.services import add_holiday, change_holiday
from payments.settlement.tasks import due_on, settle_stores

pytestmark = pytest.mark.django_db


def day(number):
    return date(2026, 11, number)


@pytest.fixture
def holidays():
    """22 and 23 November"""
    return BankHoliday.objects.bulk_create(
        BankHoliday(day=day(n), name="Holiday") for n in (22, 23)
    )


@pytest.mark.parametrize(
    ("days", "today", "last"),
    [
        (1, 21, 20),
        (1, 22, None),
        (1, 23, None),
        (1, 24, 23),
        (1, 25, 24),
        (2, 21, 19),
        (2, 24, 20),
        (2, 25, 23),
        (3, 25, 20),
    ],
)
def test_what_is_paid_on_a_day(settings, holidays, days, today, last):
    settings.SETTLEMENT_DAYS = days
    assert last_day_paid_on(day(today)) == (last and day(last))


@pytest.mark.parametrize("days", [1, 2, 3])
def test_both_ways_of_counting_agree(settings, holidays, days):
    settings.SETTLEMENT_DAYS = days
    for earned in range(10, 26):
        paid = payout_day(day(earned))
        last = last_day_paid_on(paid)
        assert last is not None
        assert last >= day(earned)
        before = [last_day_paid_on(day(n)) for n in range(earned, paid.day)]
        assert all(each is None or each < day(earned) for each in before)


def test_nobody_is_paid_on_a_holiday_and_all_of_it_afterwards(deliver, store):
    deliver(1_000_00)
    BankHoliday.objects.create(day=day(21), name="Guru Nanak Jayanti")
    assert due_on(day(21)) == []
    assert due_on(day(22)) == [([str(store.pk)], "2026-11-21")]
    for stores, upto in due_on(day(22)):
        settle_stores(stores, upto)
    assert Settlement.objects.get().business_date == day(21)
    assert due_on(day(22)) == []


def test_a_holiday_is_entered_once_moved_and_not_rewritten():
    today = business_date()
    holiday = add_holiday(day=today.replace(year=today.year + 1), name="Republic Day")
    with pytest.raises(InvalidInput):
        add_holiday(day=holiday.day, name="again")
    with pytest.raises(InvalidInput):
        add_holiday(day=date(2020, 1, 26), name="past")
    moved = change_holiday(holiday_id=holiday.pk, day=today, name="Bank strike")
    assert (moved.day, moved.name) == (today, "Bank strike")
    with travel(days=1), pytest.raises(InvalidInput):
        change_holiday(holiday_id=holiday.pk, day=today.replace(year=today.year + 2), name="no")
    assert BankHoliday.objects.get().day == today


def test_by_default_money_is_paid_on_the_next_day():
    assert configured.SETTLEMENT_DAYS == 1
    assert payout_day(day(20)) == day(21)
