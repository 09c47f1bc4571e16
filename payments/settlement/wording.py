"""What the parts of a shop's net amount are called, to the shop."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.settlement.selectors import Amounts

WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "gross": (_("Sales"), _("what your customers paid, tax included")),
    "delivery_fee": (_("Delivery fees"), ""),
    "rounding": (_("Rounding"), _("cash bills are rounded to the rupee")),
    "commission": (_("Nukkad's commission"), ""),
    "gst_on_commission": (_("GST on the commission"), _("you can claim it as input credit")),
    "tds": (_("TDS"), _("income tax deducted, section 194-O; it counts towards your own")),
    "tcs": (_("TCS"), _("GST collected, section 52; claim it in your return")),
    "refunds": (_("Refunds"), ""),
    "cash_set_off": (
        _("Cash and khata you hold already"),
        _("taken at the door, or owed to you by your customers"),
    ),
    "disputes": (_("Disputes"), _("kept back while a customer disputes a payment, and given back")),
    "khata": (_("Khata paid back"), _("by UPI, passed on whole")),
    "counter_qr": (_("Counter QR"), _("paid at your counter, passed on whole")),
    "other": (_("Other"), ""),
}


def parts(amounts: Amounts) -> list[tuple[str | Promise, str | Promise, int]]:
    """(words, explanation, paise) of every part of a net amount that is not zero."""
    return [
        (words, why, getattr(amounts, name))
        for name, (words, why) in WORDS.items()
        if getattr(amounts, name)
    ]
