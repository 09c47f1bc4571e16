"""Numbers as they are typed: what is not one is told so at once."""

from decimal import Decimal

import pytest

from marketplace.core.measures import parse_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("₹1,250.50", "1250.50"),
        ("१२५०.५", "1250.5"),
        (" 12. ", "12"),
        (".5", "0.5"),
        ("-3", "-3"),
    ],
)
def test_a_number_is_read_in_either_script(typed, number):
    assert parse_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed", ["", "-", ".", "1e9999999", "1E5", "NaN", "Infinity", "1_000", "9" * 16, "1.2.3"]
)
def test_what_is_no_plain_number_is_refused(typed):
    with pytest.raises(ValueError):
        parse_number(typed)
