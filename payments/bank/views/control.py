"""The control desk: what the bank does next. Open to all who reach the simulator, in JSON or forms.

Forms carry a CSRF token; JSON needs none, since no foreign page can send it without CORS.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from payments.bank import faults, services, upi
from payments.bank.models import (
    Collect,
    Dispute,
    FaultPlan,
    Payment,
    Payout,
    Refund,
    Switch,
    WebhookEvent,
)
from payments.bank.upi import BadLink
from payments.bank.views.requests import answers_errors, is_json, json_body, text, whole
from payments.bank.webhooks import resend

NUMBERS = ("count", "seconds", "times", "delta", "amount")


def controls(action: Callable[..., dict[str, Any]]) -> Callable[..., HttpResponse]:
    """A control that answers JSON with what it did, or goes back to the page it was pressed on."""

    @wraps(action)
    def do(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        body = json_body(request) if is_json(request) else _form_body(request)
        done = action(body, **kwargs)
        if is_json(request):
            return JsonResponse(done)
        return redirect("home" if request.POST.get("from") == "home" else "control")

    strict = csrf_protect(answers_errors(do))

    @csrf_exempt
    @require_POST
    @wraps(action)
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return (answers_errors(do) if is_json(request) else strict)(request, **kwargs)

    return view


def _form_body(request: HttpRequest) -> dict[str, Any]:
    """A form's fields as the JSON would say them: blanks left out, numbers as numbers."""
    body: dict[str, Any] = {name: value for name, value in request.POST.items() if value}
    for name in NUMBERS:
        if name in body:
            try:
                body[name] = int(body[name])
            except ValueError as bad:
                raise BadLink(name, "should be a whole number") from bad
    if "kinds" in body:
        body["kinds"] = request.POST.getlist("kinds")
    if "rate" in body:
        try:
            body["rate"] = float(body["rate"])
        except ValueError as bad:
            raise BadLink("rate", "should be a number from 0 to 1") from bad
    return body


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    grouped: dict[str, list[tuple[str, str]]] = {}
    for name, kind in faults.KINDS.items():
        group = kind.side if kind.side != "result" or name == "success" else kind.operations[0]
        grouped.setdefault("any" if name == "success" else group, []).append((name, kind.label))
    return render(
        request,
        "bank/control.html",
        {
            "grouped": grouped,
            "operations": faults.OPERATIONS,
            "waiting": Switch.objects.filter(remaining__gt=0).order_by("created_at"),
            "magic": faults.MAGIC,
            "plan": FaultPlan.objects.first(),
            "open_payments": Payment.objects.filter(due_at__isnull=False),
            "open_refunds": Refund.objects.filter(due_at__isnull=False),
            "open_payouts": Payout.objects.filter(due_at__isnull=False),
            "open_disputes": Dispute.objects.filter(completed_at=None),
        },
    )


@controls
def set_next(body: dict[str, Any]) -> dict[str, Any]:
    """Queue what happens to the next `count` matching operations."""
    outcome = text(body, "outcome", longest=32)
    kind = faults.KINDS.get(outcome)
    if kind is None:
        raise BadLink("outcome", f"is none of: {', '.join(faults.KINDS)}")
    operation = text(body, "operation", longest=16, default="")
    if operation and operation not in kind.operations:
        raise BadLink("operation", f"should be one of: {', '.join(kind.operations)}")
    params: dict[str, Any] = {}
    if "seconds" in body:
        params["seconds"] = whole(body, "seconds", least=0, most=7 * 86400)
    if "times" in body:
        params["times"] = whole(body, "times", most=100)
    if "delta" in body:
        params["delta"] = whole(body, "delta", least=-(10**9), most=10**9)
    if "then" in body:
        then = text(body, "then", longest=7)
        params["then"] = upi.APPROVED if then == "success" else then
        if params["then"] != upi.APPROVED and then not in upi.DECLINES:
            raise BadLink("then", "should be success or a decline code")
    if "code" in body:
        params["code"] = text(body, "code", longest=3)
        if params["code"] not in upi.DECLINES:
            raise BadLink("code", "should be a decline code")
    switch = Switch.objects.create(
        outcome=outcome,
        operation=operation,
        match=text(body, "match", longest=64, default=""),
        remaining=whole(body, "count", most=1_000_000, default=1),
        params=params,
    )
    return {
        "outcome": outcome,
        "operations": [operation] if operation else list(kind.operations),
        "match": switch.match,
        "count": switch.remaining,
        "params": {**kind.defaults, **params},
    }


@controls
def set_faults(body: dict[str, Any]) -> dict[str, Any]:
    """Set the seeded mix: a share `rate` of operations gets one of `kinds`; rate 0 ends it."""
    return _set_plan(body)


def _set_plan(body: dict[str, Any]) -> dict[str, Any]:
    rate = body.get("rate")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise BadLink("rate", "should be a number from 0 to 1")
    kinds = body.get("kinds", [])
    fitting = [name for name, kind in faults.KINDS.items() if kind.side != "read"]
    if not isinstance(kinds, list) or any(name not in fitting for name in kinds):
        raise BadLink("kinds", f"should be a list out of: {', '.join(fitting)}")
    if rate and not kinds:
        raise BadLink("kinds", "should name at least one")
    plan = {"seed": str(body.get("seed", ""))[:64], "rate": float(rate), "kinds": kinds}
    FaultPlan.objects.update_or_create(pk=1, defaults=plan)
    return plan


@csrf_exempt
@require_http_methods(["GET", "PUT"])
@answers_errors
def fault_plan(request: HttpRequest) -> HttpResponse:
    """The seeded mix as it stands, or another in its place; JSON both ways."""
    if request.method == "PUT":
        return JsonResponse(_set_plan(json_body(request)))
    plan = FaultPlan.objects.first() or FaultPlan(seed="", rate=0, kinds=[])
    return JsonResponse({"seed": plan.seed, "rate": plan.rate, "kinds": plan.kinds})


@controls
def clear(body: dict[str, Any]) -> dict[str, Any]:
    """Behave again: forget every switch and the mix; what is scheduled still happens."""
    cleared, _ = Switch.objects.filter(remaining__gt=0).delete()
    FaultPlan.objects.all().delete()
    return {"cleared": cleared}


@controls
def open_account(body: dict[str, Any]) -> dict[str, Any]:
    """Open a payer's account or put money (paise) into one."""
    pin = text(body, "pin", longest=4, default="1234")
    if not (len(pin) == 4 and pin.isascii() and pin.isdigit()):
        raise BadLink("pin", "should be four digits")
    vpa = upi.read_vpa(text(body, "vpa", longest=255), field="vpa")
    account = services.deposit(
        vpa=vpa,
        name=text(body, "name", longest=99, default=vpa.split("@")[0]),
        amount=whole(body, "amount", least=0, default=0),
        pin=pin,
    )
    return {"vpa": account.vpa, "name": account.name, "balance": account.balance}


@controls
def finish(body: dict[str, Any]) -> dict[str, Any]:
    """End a pending, deemed or sent operation now: `then` is success or a code."""
    then = text(body, "then", longest=7, default="success")
    code = upi.APPROVED if then == "success" else then
    if code != upi.APPROVED and code not in upi.DECLINES:
        raise BadLink("then", "should be success or a decline code")
    operation_id = text(body, "id", longest=64)
    if Payment.objects.filter(pk=operation_id).exists():
        return services.finish_payment(payment_id=operation_id, code=code).as_json()
    if Refund.objects.filter(pk=operation_id).exists():
        return services.finish_refund(refund_id=operation_id, code=code).as_json()
    if Payout.objects.filter(pk=operation_id).exists():
        return services.finish_payout(payout_id=operation_id, code=code).as_json()
    if Collect.objects.filter(pk=operation_id).exists():
        return services.hasten_collect(tr=operation_id).as_json()
    raise BadLink("id", "is no payment, refund, payout or collect request of this bank")


@controls
def open_dispute(body: dict[str, Any]) -> dict[str, Any]:
    """A payer's bank contests a payment: three days to answer, unless `seconds` says otherwise."""
    return services.open_dispute(
        payment_id=text(body, "payment_id", longest=35),
        amount=whole(body, "amount") if "amount" in body else None,
        reason=text(body, "reason", longest=100, default="Goods not received"),
        seconds=whole(body, "seconds", least=0, most=30 * 86400, default=3 * 86400),
    ).as_json()


@controls
def decide(body: dict[str, Any], dispute_id: str) -> dict[str, Any]:
    """The payer's bank decides for the merchant (won) or the payer (lost)."""
    outcome = text(body, "outcome", longest=4)
    if outcome not in ("won", "lost"):
        raise BadLink("outcome", "should be won or lost")
    return services.decide_dispute(dispute_id=dispute_id, won=outcome == "won").as_json()


@controls
def resend_webhook(body: dict[str, Any], event_id: uuid.UUID) -> dict[str, Any]:
    """Send one event again."""
    if not WebhookEvent.objects.filter(pk=event_id).exists():
        raise services.Refused(404, "event_unknown", f"No event {event_id}.")
    return {
        "event_id": str(event_id),
        "due_at": resend(event_id=event_id).due_at.isoformat(),
    }
