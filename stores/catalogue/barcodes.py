"""Barcodes: GS1 General Specifications, section 7.9 (check digits)."""


def check_digit(digits: str) -> str:
    """The last digit of an EAN or UPC, from the ones before it: weights 3 and 1 from the right."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def ean13(raw: str) -> str | None:
    """The 13 digits of an EAN-13, EAN-8 or UPC-A as scanned or typed; None if it is none of them."""
    digits = "".join(raw.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (8, 12, 13):
        return None
    if check_digit(digits[:-1]) != digits[-1]:
        return None
    return digits.zfill(13)
