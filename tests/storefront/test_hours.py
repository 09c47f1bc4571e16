from datetime import date, datetime

import pytest

from marketplace.core.clock import INDIA
from marketplace.storefront.hours import opening
from stores.shops.models import Store
from stores.shops.validators import WEEKDAYS

ALL_DAY = {day: [["00:00", "24:00"]] for day in WEEKDAYS}
BY_DAY = {day: [["07:00", "13:00"], ["16:00", "22:00"]] for day in WEEKDAYS[:6]}
UNTIL_MIDNIGHT = {day: [["06:00", "24:00"]] for day in WEEKDAYS}


@pytest.mark.parametrize(
    ("hours", "at", "words"),
    [
        (ALL_DAY, (21, 23, 59), "Open day and night"),
        (UNTIL_MIDNIGHT, (21, 23, 59), "Open until midnight"),
        (BY_DAY, (21, 12, 0), "Open until 1:00 PM"),
        (BY_DAY, (21, 14, 0), "Opens at 4:00 PM"),
        (BY_DAY, (20, 23, 0), "Opens tomorrow at 7:00 AM"),
        (BY_DAY, (21, 23, 0), "Opens on Monday at 7:00 AM"),
        ({}, (21, 12, 0), "Closed"),
    ],
)
def test_hours_in_words(hours, at, words):
    day, hour, minute = at
    store = Store(status=Store.Status.ACTIVE, hours=hours)
    told = opening(store, datetime(2026, 11, day, hour, minute, tzinfo=INDIA))
    assert told.words == words
    assert told.is_open == words.startswith("Open ")


def test_the_eve_of_a_holiday_ends_at_midnight():
    store = Store(status=Store.Status.ACTIVE, hours=ALL_DAY, holidays=[date(2026, 11, 22)])
    eve = datetime(2026, 11, 21, 23, 0, tzinfo=INDIA)
    assert opening(store, eve).words == "Open until midnight"
