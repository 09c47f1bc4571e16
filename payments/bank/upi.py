"""UPI as the bank reads it: addresses, links, reply codes and the numbers printed on receipts.

Sources: NPCI UPI linking specification 1.6 (links), NPCI reply code list (codes). Limits and codes
are dated data: the bank is where they live, nothing else repeats them.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

IST = ZoneInfo("Asia/Kolkata")
VPA = re.compile(r"[A-Za-z0-9.\-_]{2,256}@[A-Za-z]{2,64}")
AMOUNT = re.compile(r"[0-9]{1,9}\.[0-9]{2}")
REFERENCE = re.compile(r"[A-Za-z0-9\-]{1,35}")

PAYMENT_LIMIT = 1_00_000_00  # paise: one lakh rupees, person to merchant
PIN_TRIES = 3

APPROVED, IN_PROGRESS, DEEMED, REVERSED = "00", "01", "RB", "21"
EXPIRED, NO_FUNDS, OVER_LIMIT, PIN_LOCKED, WRONG_PIN, DECLINED, NO_SUCH_VPA = (
    "U69",
    "Z9",
    "Z8",
    "Z6",
    "ZM",
    "ZA",
    "ZH",
)
# Why a payment fails, in the words a payer sees.
DECLINES = {
    "ZA": "You declined the request · आपने मना किया",
    "U69": "The request has expired · समय समाप्त हो गया",
    "Z9": "Not enough balance · खाते में पर्याप्त राशि नहीं",
    "Z8": "Over the limit for one payment · एक भुगतान की सीमा से अधिक",
    "Z7": "Too many payments today · आज के भुगतान की संख्या पूरी",
    "Z6": "Too many wrong PINs · कई बार गलत पिन",
    "ZM": "Wrong UPI PIN · गलत यूपीआई पिन",
    "ZH": "No such UPI ID · यह यूपीआई आईडी नहीं मिली",
    "U16": "Stopped by the risk check · जोखिम जाँच में रोका गया",
    "U09": "The bank took too long · बैंक से उत्तर नहीं आया",
    "U20": "The bank took too long · बैंक से उत्तर नहीं आया",
    "U28": "Your bank is not available · आपका बैंक उपलब्ध नहीं",
    "U30": "The debit failed · राशि नहीं कटी",
    "U48": "Transaction not found · लेन-देन नहीं मिला",
    "U67": "The debit timed out · समय पर राशि नहीं कटी",
    "U68": "The credit timed out · समय पर राशि नहीं पहुँची",
    "BT": "The bank is not responding · बैंक से संपर्क नहीं",
    "96": "The payee's bank is not responding · पाने वाले का बैंक उपलब्ध नहीं",
    "RB": "The credit timed out · समय पर राशि नहीं पहुँची",
    "21": "Reversed to your account · राशि आपके खाते में लौटाई गई",
}


def timestamp(moment: datetime | None) -> str | None:
    """A moment as the HTTP API and the files write it."""
    return None if moment is None else moment.isoformat(timespec="milliseconds")


class BadLink(ValueError):
    """A UPI link, or a field of a request, that no bank would take; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True)
class PaymentLink:
    """What a QR code or an intent asks for.

    `amount` is in paise, None on a static code where the payer types it; `tr` is the merchant's
    own reference, "" on a static code.
    """

    uri: str
    payee_vpa: str
    payee_name: str
    amount: int | None
    minimum: int | None
    tr: str
    note: str
    expires_at: datetime | None
    return_url: str

    def expired(self) -> bool:
        return self.expires_at is not None and timezone.now() >= self.expires_at


def parse_link(uri: str) -> PaymentLink:
    """Read `upi://pay?...`; raise BadLink naming the first field that breaks the rules."""
    parts = urlsplit(uri)
    if parts.scheme.lower() != "upi" or (parts.netloc or parts.path.strip("/")).lower() != "pay":
        raise BadLink("uri", "should start with upi://pay?")
    fields = parse_qs(parts.query, keep_blank_values=True)
    twice = sorted(name for name, values in fields.items() if len(values) > 1)
    if twice:
        raise BadLink(twice[0], "stands twice in the link")
    given = {name: values[0].strip() for name, values in fields.items()}

    payee_vpa = read_vpa(given.get("pa", ""), field="pa")
    tr = given.get("tr", "")
    if tr and not REFERENCE.fullmatch(tr):
        raise BadLink("tr", "should be at most 35 letters and digits")
    if given.get("cu", "INR") != "INR":
        raise BadLink("cu", "should be INR")
    note = given.get("tn", "")
    if len(note) > 50:
        raise BadLink("tn", "should be at most 50 characters")
    return PaymentLink(
        uri=uri,
        payee_vpa=payee_vpa,
        payee_name=given.get("pn", "")[:99],
        amount=read_rupees(given["am"], field="am") if given.get("am") else None,
        minimum=read_rupees(given["mam"], field="mam") if given.get("mam") else None,
        tr=tr,
        note=note,
        expires_at=read_time(given["QRexpire"]) if given.get("QRexpire") else None,
        return_url=read_return_url(given.get("url", "")),
    )


def read_vpa(raw: str, *, field: str) -> str:
    """A UPI ID in the one spelling the bank keeps; upper and lower case are the same address."""
    if not VPA.fullmatch(raw):
        raise BadLink(field, "is not a UPI ID like name@bank")
    return raw.lower()


def read_rupees(raw: str, *, field: str) -> int:
    """'123.45' as paise; two decimals are required by the linking specification."""
    if not AMOUNT.fullmatch(raw):
        raise BadLink(field, "should be rupees with two decimals, like 123.45")
    rupees, paise = raw.split(".")
    amount = int(rupees) * 100 + int(paise)
    if amount <= 0:
        raise BadLink(field, "should be more than zero")
    return amount


def read_time(raw: str) -> datetime:
    try:
        # A plus sign in a link that was not encoded arrives as a space.
        moment = datetime.fromisoformat(raw.replace(" ", "+"))
    except ValueError as error:
        raise BadLink("QRexpire", "should be an ISO 8601 time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=IST)


def read_return_url(raw: str) -> str:
    if raw and (urlsplit(raw).scheme not in {"http", "https"} or len(raw) > 500):
        raise BadLink("url", "should be an http or https address of at most 500 characters")
    return raw


def new_payment_id() -> str:
    """A UPI transaction id: 35 letters and digits, the first three naming the bank."""
    return "NKB" + uuid.uuid4().hex.upper()


def new_rrn() -> str:
    """Retrieval reference number: 12 digits, year and day of the year, then a running number."""
    today = timezone.now().astimezone(IST)
    return f"{today.year % 10}{today:%j}{_running_number() % 10**8:08d}"


def new_utr() -> str:
    """Reference of a bank transfer: 18 characters, so never mistaken for an RRN."""
    today = timezone.now().astimezone(IST)
    return f"NKBN{today:%y%j}{_running_number() % 10**9:09d}"


def _running_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('bank_reference')")
        return int(cursor.fetchone()[0])
