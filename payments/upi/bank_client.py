"""The bank over HTTP: what can be asked of it and what it answers. Amounts are paise.

Never call this inside a transaction: the bank may take ten seconds, and the locks would wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Self
from urllib.parse import quote

import httpx
from django.conf import settings
from django.db import connection

from marketplace.core.clock import now

# A status or a reversal is answered within 10 s, a payment within 15 s (NPCI turn-around times).
TIMEOUT = httpx.Timeout(10, connect=2, pool=2)


class BankError(Exception):
    """The bank did not do what was asked; `code` is its own word for it."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


class BankUnavailable(BankError):
    """Nothing is known: it could not be reached, did not answer in time, or answered nonsense.

    Whatever was asked may have been done. Ask again by the same id, never under another.
    """


class BankRefused(BankError):
    """The bank understood and said no; nothing was done."""


class BankUnknown(BankError):
    """The bank knows nothing under this id."""


@dataclass(frozen=True, slots=True)
class BankPayment:
    """A payment as the bank tells it; `status` is SUCCESS, FAILED, PENDING or DEEMED."""

    payment_id: str
    tr: str
    amount: int
    status: str
    code: str
    rrn: str
    payer_vpa: str
    completed_at: datetime
    # which of our UPI ids was paid
    payee_vpa: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            payment_id=text(data, "payment_id"),
            tr=str(data.get("tr") or ""),
            amount=whole(data, "amount"),
            status=text(data, "status"),
            code=str(data.get("code") or ""),
            rrn=str(data.get("rrn") or ""),
            payer_vpa=str(data.get("payer_vpa") or ""),
            completed_at=moment(data, "completed_at"),
            payee_vpa=str(data.get("payee_vpa") or ""),
        )


@dataclass(frozen=True, slots=True)
class BankRefund:
    """A refund as the bank tells it; `status` is SUCCESS, PENDING or FAILED."""

    refund_id: str
    amount: int
    status: str
    code: str
    rrn: str
    completed_at: datetime

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            refund_id=text(data, "refund_id"),
            amount=whole(data, "amount"),
            status=text(data, "status"),
            code=str(data.get("code") or ""),
            rrn=str(data.get("rrn") or ""),
            completed_at=moment(data, "completed_at"),
        )


@dataclass(frozen=True, slots=True)
class BankPayout:
    """A payout as the bank tells it; `status` is SENT, SUCCESS or FAILED."""

    payout_id: str
    amount: int
    status: str
    code: str
    utr: str
    sent_at: datetime | None
    completed_at: datetime

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            payout_id=text(data, "payout_id"),
            amount=whole(data, "amount"),
            status=text(data, "status"),
            code=str(data.get("code") or ""),
            utr=str(data.get("utr") or ""),
            sent_at=moment(data, "created_at"),
            completed_at=moment(data, "completed_at"),
        )


@dataclass(frozen=True, slots=True)
class BankDispute:
    """A payment contested by its payer; `status` is OPEN, CONTESTED, WON or LOST."""

    dispute_id: str
    payment_id: str
    amount: int
    reason: str
    status: str
    opened_at: datetime
    respond_by: datetime
    completed_at: datetime

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            dispute_id=text(data, "dispute_id"),
            payment_id=text(data, "payment_id"),
            amount=whole(data, "amount"),
            reason=str(data.get("reason") or ""),
            status=text(data, "status"),
            opened_at=moment(data, "created_at"),
            respond_by=moment(data, "respond_by"),
            completed_at=moment(data, "completed_at"),
        )


def find_payments(*, tr: str) -> list[dict[str, Any]]:
    """Every payment made under `tr`, as the bank tells them; empty when it knows of none."""
    return _payments(f"tr={quote(tr)}")


def find_payments_to_aliases(*, since: datetime) -> list[dict[str, Any]]:
    """Every payment to an alias of ours that ended since a moment, as the bank tells them."""
    return _payments(f"since={quote(since.isoformat())}")


def open_alias(*, vpa: str, name: str) -> None:
    """Have another UPI id of our account; `name` is whom its payers' phones show. Again is harmless."""
    _ask("PUT", f"/v1/aliases/{quote(vpa, safe='@')}", {"name": name})


def send_collect(*, tr: str, payer_vpa: str, amount: int, note: str, expires_in: int) -> None:
    """Have a payer's phone ask for `amount` paise for so many seconds; once per `tr`."""
    body = {"tr": tr, "payer_vpa": payer_vpa, "amount": amount, "note": note}
    _ask("POST", "/v1/collects", body | {"expires_in": expires_in})


def find_collect(*, tr: str) -> str:
    """Whose phone was asked under `tr`; raises BankUnknown."""
    return text(_ask("GET", f"/v1/collects/{quote(tr)}"), "payer_vpa")


def send_refund(*, refund_id: str, payment_id: str, amount: int, note: str) -> BankRefund:
    """Ask for `amount` paise of a payment to be returned; once per `refund_id`, however often sent."""
    body = {"refund_id": refund_id, "payment_id": payment_id, "amount": amount, "note": note}
    return BankRefund.read(_ask("POST", "/v1/refunds", body))


def find_refund(*, refund_id: str) -> BankRefund:
    """What became of a refund; raises BankUnknown."""
    return BankRefund.read(_ask("GET", f"/v1/refunds/{quote(refund_id, safe='')}"))


def send_payout(*, payout_id: str, vpa: str, amount: int, note: str) -> BankPayout:
    """Pay `amount` paise to a UPI id; once per `payout_id`, however often sent."""
    body = {"payout_id": payout_id, "vpa": vpa, "amount": amount, "note": note}
    return BankPayout.read(_ask("POST", "/v1/payouts", body))


def find_payout(*, payout_id: str) -> BankPayout:
    """What became of a payout; raises BankUnknown."""
    return BankPayout.read(_ask("GET", f"/v1/payouts/{quote(payout_id, safe='')}"))


def find_disputes(*, since: date) -> list[dict[str, Any]]:
    """Disputes that are open, or were opened or decided since an Indian calendar day."""
    found = _ask("GET", f"/v1/disputes?since={since.isoformat()}").get("disputes")
    if not isinstance(found, list):
        raise BankUnavailable("nonsense", "disputes is not a list")
    return found


def contest_dispute(*, dispute_id: str, evidence: str) -> dict[str, Any]:
    """Send the shop's evidence; once, however often sent."""
    path = f"/v1/disputes/{quote(dispute_id, safe='')}/evidence"
    return _ask("POST", path, {"evidence": evidence})


def accept_dispute(*, dispute_id: str) -> dict[str, Any]:
    """Let the payer have the money back; again changes nothing."""
    return _ask("POST", f"/v1/disputes/{quote(dispute_id, safe='')}/accept", {})


def reconciliation_file(*, day: date) -> str:
    """The CSV of one Indian calendar day's money in and out."""
    return _call("GET", f"/v1/reconciliation?date={day.isoformat()}").text


def _payments(query: str) -> list[dict[str, Any]]:
    found = _ask("GET", f"/v1/payments?{query}").get("payments")
    if not isinstance(found, list):
        raise BankUnavailable("nonsense", "payments is not a list")
    return found


def _ask(method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    answer = _call(method, path, body)
    try:
        told = answer.json()
    except ValueError as error:
        raise BankUnavailable("nonsense", "not JSON") from error
    if not isinstance(told, dict):
        raise BankUnavailable("nonsense", "not an object")
    return told


def _call(method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
    # As Django's own durable=True does: the transaction around a test is not one of ours.
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("The bank must not be called inside a transaction.")
    headers = {"Authorization": f"Bearer {settings.BANK_API_KEY}"}
    try:
        answer = _http().request(method, settings.BANK_URL + path, json=body, headers=headers)
    except httpx.HTTPError as error:
        raise BankUnavailable(type(error).__name__, str(error)) from error
    if answer.is_success:
        return answer
    code, message = _complaint(answer)
    if answer.status_code == 404 and method == "GET":
        raise BankUnknown(code, message)
    if answer.status_code in (408, 429) or answer.status_code >= 500:
        raise BankUnavailable(code, message)
    raise BankRefused(code, message)


def _complaint(answer: httpx.Response) -> tuple[str, str]:
    try:
        error = answer.json()["error"]
        return str(error["code"])[:20], str(error["message"])
    except (ValueError, KeyError, TypeError):
        return f"http_{answer.status_code}", ""


@cache
def _http() -> httpx.Client:
    # The bank is reached directly: a proxy in the environment is meant for the outside world.
    return httpx.Client(timeout=TIMEOUT, trust_env=False)


def text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise BankUnavailable("nonsense", f"{name} is {value!r}")
    return value


def whole(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    if type(value) is not int:
        raise BankUnavailable("nonsense", f"{name} is {value!r}")
    return value


def moment(data: Mapping[str, Any], name: str) -> datetime:
    """A time the bank names, or this moment while it has none to name."""
    raw = data.get(name)
    if not raw:
        return now()
    try:
        return datetime.fromisoformat(str(raw))
    except ValueError as error:
        raise BankUnavailable("nonsense", f"{name} is {raw!r}") from error
