import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from marketplace.accounts.errors import InvalidPhone

HOME = "IN"
_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
# some plans do not tell mobile from landline (North America)
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def normalise_phone(raw: str) -> str:
    """A mobile number as anybody types it, in E.164: `098765 43210` is `+919876543210`.

    Without a country code it is Indian. Raises InvalidPhone for what cannot receive an SMS.
    """
    try:
        number = phonenumbers.parse(raw.translate(_DIGITS), HOME)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhone(field="phone") from error
    if number.extension or phonenumbers.number_type(number) not in _MOBILE:
        raise InvalidPhone(field="phone")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
