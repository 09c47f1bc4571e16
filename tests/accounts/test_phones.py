import pytest

from marketplace.accounts.services import InvalidPhone, normalise_phone


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("9876543210", "+919876543210"),
        ("098765 43210", "+919876543210"),
        ("+91-98765-43210", "+919876543210"),
        ("0091 98765 43210", "+919876543210"),
        ("९८७६५४३२१०", "+919876543210"),
        (" 6000012345 ", "+916000012345"),
        ("+971 50 123 4567", "+971501234567"),
        ("+1 202 555 0143", "+12025550143"),
    ],
)
def test_mobile_numbers_become_e164(typed, number):
    assert normalise_phone(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "hello",
        "98765",
        "98765432101",
        "1234567890",
        "011 2345 6789",
        "1800 11 4000",
        "+",
        "9" * 300,
    ],
)
def test_what_cannot_get_an_sms_is_refused_by_name(typed):
    with pytest.raises(InvalidPhone) as refusal:
        normalise_phone(typed)
    assert refusal.value.code == "invalid_phone"
    assert refusal.value.params == {"field": "phone"}
