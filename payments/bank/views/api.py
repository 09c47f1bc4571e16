"""The HTTP API for the merchant: JSON, amounts in paise, `Authorization: Bearer $BANK_API_KEY`."""

import hmac
import time
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from payments.bank import faults, services, upi
from payments.bank.models import Dispute, Payment, Payout, Refund, WebhookDelivery
from payments.bank.reconciliation import reconciliation_file
from payments.bank.views.requests import (
    View,
    answers_errors,
    error,
    json_body,
    text,
    whole,
)


def for_merchant(view: View) -> View:
    """Let in the holder of the API key only; errors come back as JSON."""
    checked = answers_errors(view)

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {settings.BANK_API_KEY}".encode()):
            refused = error(401, "unauthorised", "Send Authorization: Bearer and the API key.")
            refused["WWW-Authenticate"] = "Bearer"
            return refused
        return checked(request, *args, **kwargs)

    return wrapped


def turned_away(drawn: faults.Drawn) -> HttpResponse | None:
    """The answer of a bank that is down or has had enough; nothing was done."""
    if drawn.outcome == "api_5xx":
        return error(503, "bank_unavailable", "The bank is not available.")
    if drawn.outcome == "rate_limited":
        refused = error(429, "rate_limited", "Too many requests.")
        refused["Retry-After"] = "1"
        return refused
    return None


def answer(drawn: faults.Drawn, body: dict[str, Any], subject: str) -> HttpResponse:
    """The answer after the work is committed, late or after its webhook where that was drawn."""
    if drawn.outcome == "api_timeout_after_commit":
        time.sleep(drawn.seconds)
        return error(504, "timeout", "The bank did not answer in time.")
    if drawn.outcome == "webhook_before_response":
        until = time.monotonic() + drawn.seconds
        while time.monotonic() < until and not _webhook_heard(subject):
            time.sleep(0.05)
    return JsonResponse(body)


def _webhook_heard(subject: str) -> bool:
    deliveries = WebhookDelivery.objects.filter(event__subject=subject)
    return deliveries.filter(done_at__isnull=False).exists()


@for_merchant
@require_POST
def pay(request: HttpRequest) -> HttpResponse:
    """A payer's answer without the phone's pages, for tests and load: approve or decline a link."""
    body = json_body(request)
    link = upi.parse_link(text(body, "uri", longest=2000))
    action = text(body, "action", longest=10, default="approve")
    if action not in ("approve", "decline"):
        raise upi.BadLink("action", "should be approve or decline")
    payer_vpa = upi.read_vpa(text(body, "payer_vpa", longest=320), field="payer_vpa")
    pin = text(body, "pin", longest=4, default="")
    amount = whole(body, "amount") if "amount" in body else None
    drawn = faults.draw("api", faults.PAYMENT, link.tr) if link.tr else faults.NOTHING
    if (away := turned_away(drawn)) is not None:
        return away
    payment = services.pay(
        link=link,
        payer_vpa=payer_vpa,
        pin=pin,
        amount=amount,
        decline=action == "decline",
    )
    return answer(drawn, payment.as_json(), payment.payment_id)


@for_merchant
@require_GET
def payments(request: HttpRequest) -> HttpResponse:
    """Every payment made on one `tr`; an empty list when the bank knows of none.

    Without a `tr` but `since` a moment: what was paid to the merchant's aliases and ended since.
    """
    if "tr" not in request.GET and "since" in request.GET:
        return _to_aliases(request)
    tr = text(request.GET.dict(), "tr", longest=35)
    if (away := turned_away(faults.draw("api", faults.QUERY, tr))) is not None:
        return away
    found = [payment.as_json() for payment in Payment.objects.to_merchant_with(tr)]
    if found and faults.draw("read", faults.QUERY, tr).outcome == "stale_pending":
        for told in found:
            told |= {"status": "PENDING", "code": upi.IN_PROGRESS, "completed_at": None}
    return JsonResponse({"payments": found})


def _to_aliases(request: HttpRequest) -> HttpResponse:
    raw = text(request.GET.dict(), "since", longest=40)
    try:
        since = datetime.fromisoformat(raw.replace(" ", "+"))
    except ValueError as bad:
        raise upi.BadLink("since", "should be an ISO 8601 time") from bad
    if since.tzinfo is None:
        raise upi.BadLink("since", "should name its offset from UTC")
    if (away := turned_away(faults.draw("api", faults.QUERY, "aliases"))) is not None:
        return away
    found = Payment.objects.to_aliases_since(since)
    return JsonResponse({"payments": [payment.as_json() for payment in found]})


@for_merchant
@require_POST
def refunds(request: HttpRequest) -> HttpResponse:
    body = json_body(request)
    refund_id = text(body, "refund_id", longest=64)
    payment_id = text(body, "payment_id", longest=35)
    amount = whole(body, "amount")
    note = text(body, "note", longest=255, default="")
    drawn = faults.draw("api", faults.REFUND, refund_id)
    if (away := turned_away(drawn)) is not None:
        return away
    made = services.refund(refund_id=refund_id, payment_id=payment_id, amount=amount, note=note)
    return answer(drawn, made.as_json(), refund_id)


@for_merchant
@require_GET
def refund(request: HttpRequest, refund_id: str) -> HttpResponse:
    if (away := turned_away(faults.draw("api", faults.QUERY, refund_id))) is not None:
        return away
    made = Refund.objects.filter(pk=refund_id).first()
    if made is None:
        raise services.Refused(404, "refund_unknown", f"No refund {refund_id}.")
    return JsonResponse(made.as_json())


@for_merchant
@require_POST
def payouts(request: HttpRequest) -> HttpResponse:
    body = json_body(request)
    payout_id = text(body, "payout_id", longest=64)
    vpa = text(body, "vpa", longest=320)
    amount = whole(body, "amount")
    note = text(body, "note", longest=255, default="")
    drawn = faults.draw("api", faults.PAYOUT, payout_id)
    if (away := turned_away(drawn)) is not None:
        return away
    made = services.pay_out(payout_id=payout_id, vpa=vpa, amount=amount, note=note)
    return answer(drawn, made.as_json(), payout_id)


@for_merchant
@require_GET
def payout(request: HttpRequest, payout_id: str) -> HttpResponse:
    if (away := turned_away(faults.draw("api", faults.QUERY, payout_id))) is not None:
        return away
    made = Payout.objects.filter(pk=payout_id).first()
    if made is None:
        raise services.Refused(404, "payout_unknown", f"No payout {payout_id}.")
    return JsonResponse(made.as_json())


@for_merchant
@require_GET
def disputes(request: HttpRequest) -> HttpResponse:
    """Disputes opened or decided on or after `since` (YYYY-MM-DD), newest first."""
    raw = text(request.GET.dict(), "since", longest=10)
    try:
        start = datetime.combine(date.fromisoformat(raw), datetime.min.time(), upi.IST)
    except ValueError as bad:
        raise upi.BadLink("since", "should be YYYY-MM-DD") from bad
    if (away := turned_away(faults.draw("api", faults.QUERY, raw))) is not None:
        return away
    found = Dispute.objects.filter(
        Q(created_at__gte=start) | Q(completed_at__gte=start) | Q(completed_at=None)
    ).order_by("-created_at")
    return JsonResponse({"disputes": [each.as_json() for each in found]})


@for_merchant
@require_POST
def contest(request: HttpRequest, dispute_id: str) -> HttpResponse:
    """Send evidence, once."""
    evidence = text(json_body(request), "evidence", longest=5000)
    drawn = faults.draw("api", faults.DISPUTE, dispute_id)
    if (away := turned_away(drawn)) is not None:
        return away
    made = services.contest(dispute_id=dispute_id, evidence=evidence)
    return answer(drawn, made.as_json(), dispute_id)


@for_merchant
@require_POST
def accept(request: HttpRequest, dispute_id: str) -> HttpResponse:
    """Give in: the payer gets the money back."""
    drawn = faults.draw("api", faults.DISPUTE, dispute_id)
    if (away := turned_away(drawn)) is not None:
        return away
    return answer(drawn, services.accept(dispute_id=dispute_id).as_json(), dispute_id)


@for_merchant
@require_GET
def reconciliation(request: HttpRequest) -> HttpResponse:
    """CSV of one day's money in and out; `date` defaults to today in India."""
    raw = request.GET.get("date") or timezone.now().astimezone(upi.IST).date().isoformat()
    try:
        day = date.fromisoformat(raw)
    except ValueError as bad:
        raise upi.BadLink("date", "should be YYYY-MM-DD") from bad
    if (away := turned_away(faults.draw("api", faults.RECONCILIATION, raw))) is not None:
        return away
    drawn = faults.draw("read", faults.RECONCILIATION, raw)
    return HttpResponse(
        reconciliation_file(day=day, drawn=drawn),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="reconciliation-{day}.csv"'},
    )
