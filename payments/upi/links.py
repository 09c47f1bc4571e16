"""The request to pay as a UPI app reads it: a link, and the same as a QR code.

Source: NPCI UPI linking specification 1.6. Both are made here, so a checkout needs no bank.
"""

from urllib.parse import quote, urlencode

import segno
from django.conf import settings

from payments.upi.models import PaymentAttempt, ShopQr

INTENT_MODE = "04"
QR_MODE = "01"
NOTE_LENGTH = 50
NAME_LENGTH = 99


def intent_uri(attempt: PaymentAttempt, *, return_url: str = "") -> str:
    """The `upi://pay` link that opens the payer's app; `return_url` brings them back to the page."""
    return _uri(attempt, mode=INTENT_MODE, return_url=return_url)


def qr_svg(attempt: PaymentAttempt) -> str:
    """The QR code of the attempt as an SVG element to put into a page."""
    return _svg(_uri(attempt, mode=QR_MODE))


def shop_qr_uri(shop_qr: ShopQr, *, name: str) -> str:
    """The link of a shop's counter QR: whom to pay and nothing else, so that it holds for ever.

    The payer types the amount; without a `tr` the bank tells the shop by the alias in `pa`.
    """
    return _link(
        {
            "pa": shop_qr.vpa,
            "pn": name[:NAME_LENGTH],
            "mc": settings.PLATFORM_MCC,
            "cu": "INR",
            "mode": QR_MODE,
        }
    )


def shop_qr_svg(shop_qr: ShopQr, *, name: str) -> str:
    """The shop's counter QR as an SVG element to put into a page, and to print."""
    return _svg(shop_qr_uri(shop_qr, name=name))


def _svg(uri: str) -> str:
    """Colours are attributes, not styles, so that it stands under a strict content security policy;
    it has its own white ground and quiet zone, so that it can be scanned on a dark page."""
    code = segno.make(uri, error="m", micro=False)
    return code.svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )


def _uri(attempt: PaymentAttempt, *, mode: str, return_url: str = "") -> str:
    rupees, paise = divmod(attempt.amount, 100)
    return _link(
        {
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
    )


def _link(fields: dict[str, str]) -> str:
    given = {name: value for name, value in fields.items() if value}
    return "upi://pay?" + urlencode(given, quote_via=quote, safe="@")
