from datetime import date

import pytest
from django.db import IntegrityError, transaction

from payments.ledger.models import Rate
from payments.ledger.selectors import NoRate, TaxRates, rate_on, tax_rates

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("has_pan", "gst_registered", "tds_bps", "tcs_bps"),
    [(True, True, 10, 50), (True, False, 10, 0), (False, True, 500, 50), (False, False, 500, 0)],
)
def test_the_rates_of_november_2026(has_pan, gst_registered, tds_bps, tcs_bps):
    in_force = dict(Rate.objects.in_force(DAY).values_list("name", "bps"))
    rates = tax_rates(in_force, has_pan=has_pan, gst_registered=gst_registered)
    assert rates == TaxRates(gst_on_commission_bps=1800, tds_bps=tds_bps, tcs_bps=tcs_bps)


def test_a_rate_holds_from_its_first_day_to_the_day_before_its_end():
    Rate.objects.filter(name=Rate.Name.TCS).update(valid_to=date(2027, 4, 1))
    Rate.objects.create(
        name=Rate.Name.TCS, bps=100, valid_from=date(2027, 4, 1), section="52", source="a test"
    )
    assert rate_on(Rate.Name.TCS, date(2024, 7, 10)) == 50
    assert rate_on(Rate.Name.TCS, date(2027, 3, 31)) == 50
    assert rate_on(Rate.Name.TCS, date(2027, 4, 1)) == 100
    with pytest.raises(NoRate):
        rate_on(Rate.Name.TCS, date(2024, 7, 9))


@pytest.mark.parametrize(
    ("valid_from", "valid_to"),
    [
        (date(2025, 1, 1), None),
        (date(2020, 1, 1), date(2024, 7, 11)),
        (date(2020, 1, 1), date(2020, 1, 1)),
    ],
)
def test_two_rates_never_hold_on_one_day(valid_from, valid_to):
    with pytest.raises(IntegrityError), transaction.atomic():
        Rate.objects.create(
            name=Rate.Name.TCS, bps=1, valid_from=valid_from, valid_to=valid_to, section="x"
        )
    assert rate_on(Rate.Name.TCS, DAY) == 50
