"""The request to pay as a UPI app reads it: a link, and the same as a QR code.

Source: NPCI UPI linking specification 1.6. Both are made here, so a checkout needs no bank.
"""

from urllib.parse import quote, urlencode

import segno
from django.conf import settings

from payments.upi.models import PaymentAttempt

INTENT_MODE = "04"
QR_MODE = "01"
NOTE_LENGTH = 50


def intent_uri(attempt: PaymentAttempt, *, return_url: str = "") -> str:
    """The `upi://pay` link that opens the payer's app; `return_url` brings them back to the page."""
    return _uri(attempt, mode=INTENT_MODE, return_url=return_url)


def qr_svg(attempt: PaymentAttempt) -> str:
    """The QR code of the attempt as an SVG element to put into a page.

    Colours are attributes, not styles, so that it stands under a strict content security policy;
    it has its own white ground and quiet zone, so that it can be scanned on a dark page.
    """
    code = segno.make(_uri(attempt, mode=QR_MODE), error="m", micro=False)
    return code.svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )


def _uri(attempt: PaymentAttempt, *, mode: str, return_url: str = "") -> str:
    rupees, paise = divmod(attempt.amount, 100)
    fields = {
        "pa": settings.PLATFORM_VPA,
        "pn": settings.PLATFORM_NAME,
        "mc": settings.PLATFORM_MCC,
        "tr": attempt.tr,
        "tn": attempt.note[:NOTE_LENGTH],
        "am": f"{rupees}.{paise:02d}",
        "cu": "INR",
        "mode": mode,
        "url": return_url,
    }
    given = {name: value for name, value in fields.items() if value}
    return "upi://pay?" + urlencode(given, quote_via=quote, safe="@")
