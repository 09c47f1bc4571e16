"""Money is integer paise. Everything shown, charged and posted is computed here."""

from collections.abc import Sequence
from dataclasses import dataclass

BPS = 10_000


def divide_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded to the nearest integer, halves away from zero."""
    if denominator <= 0:
        raise ValueError("The denominator must be positive.")
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def charge(*, price: int, per: int, quantity: int) -> int:
    """Paise for `quantity` base units when `per` base units cost `price` paise."""
    return divide_half_up(price * quantity, per)


def apply_bps(amount: int, bps: int) -> int:
    """`bps` hundredths of a per cent of `amount` paise."""
    return divide_half_up(amount * bps, BPS)


def round_to_rupee(amount: int) -> int:
    """What to add to `amount` paise so that it is a whole number of rupees (cash bills)."""
    return divide_half_up(amount, 100) * 100 - amount


def cumulative_share(*, whole: int, part: int, of: int) -> int:
    """The share of `whole` paise that belongs to the first `part` of `of` units.

    A partial refund is the difference of two cumulative shares, so that refunds of any sizes add
    up to exactly `whole`.
    """
    return divide_half_up(whole * part, of)


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax inside an amount, in paise: `taxable + cgst + sgst` is the amount itself."""

    taxable: int
    cgst: int
    sgst: int


def tax_inside(gross: int, rate_bps: int) -> Tax:
    """Take GST of `rate_bps` out of a price that includes it; CGST and SGST are always equal.

    Rounding leaves at most one paisa in the taxable value (CGST Act s.170, per line).
    """
    half = divide_half_up(gross * rate_bps, 2 * (BPS + rate_bps))
    return Tax(taxable=gross - 2 * half, cgst=half, sgst=half)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide `amount` paise in proportion to `weights`, to the last paisa, by cumulative difference."""
    total = sum(weights)
    shares, done, before = [], 0, 0
    for weight in weights:
        done += weight
        upto = divide_half_up(amount * done, total) if total else 0
        shares.append(upto - before)
        before = upto
    return shares


def group_indian(whole: int) -> str:
    """Digits grouped as in India: 1234567 is `12,34,567`."""
    digits = str(whole)
    head, tail = digits[:-3], digits[-3:]
    while head:
        head, tail = head[:-2], f"{head[-2:]},{tail}"
    return tail


def rupees(amount: int) -> str:
    """`₹12,34,567.50`; whole rupees without decimals, as on a price tag; a minus goes before the sign."""
    whole, paise = divmod(abs(amount), 100)
    sign = "−" if amount < 0 else ""
    decimals = f".{paise:02d}" if paise else ""
    return f"{sign}₹{group_indian(whole)}{decimals}"


def in_rupees(amount: int) -> str:
    """`-1234.50`: plain, with two decimals, for a spreadsheet."""
    whole, paise = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole}.{paise:02d}"
