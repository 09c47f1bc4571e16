"""Telling the merchant: events written with the fact they tell of, signed, and sent until heard."""

import hashlib
import hmac
import json
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from payments.bank import faults
from payments.bank.models import (
    Account,
    Dispute,
    Payment,
    Payout,
    Refund,
    WebhookDelivery,
    WebhookEvent,
)
from payments.bank.upi import timestamp

RETRY_FOR = timedelta(hours=24)
LONGEST_PAUSE = 300  # seconds
# Wakes the courier of this process at once; without it the courier looks twice a second.
something_due = threading.Event()


def announce(operation: Payment | Refund | Payout | Dispute) -> None:
    """Write the event of an operation's new status, inside the transaction that changed it."""
    if isinstance(operation, Payment):
        if operation.payee.kind != Account.Kind.MERCHANT:
            return
        kind, subject = faults.PAYMENT, operation.payment_id
        # Switches and plans know a payment by the merchant's own reference.
        drawn_for = operation.tr or operation.payment_id
    elif isinstance(operation, Refund):
        kind, subject = faults.REFUND, operation.refund_id
        drawn_for = subject
    elif isinstance(operation, Dispute):
        kind, subject = faults.DISPUTE, operation.dispute_id
        drawn_for = subject
    else:
        kind, subject = faults.PAYOUT, operation.payout_id
        drawn_for = subject

    event = _event(f"{kind}.{operation.status.lower()}", subject, operation.as_json())
    drawn = faults.draw("webhook", kind, drawn_for)
    if drawn.outcome == "webhook_lost":
        return
    flaw, copies, due_at = WebhookDelivery.Flaw.NONE, 1, timezone.now()
    if drawn.outcome == "webhook_duplicate":
        copies = int(drawn.params["times"])
    elif drawn.outcome == "webhook_delayed":
        due_at += timedelta(seconds=drawn.seconds)
    elif drawn.outcome.startswith("webhook_"):
        flaw = WebhookDelivery.Flaw(drawn.outcome.removeprefix("webhook_"))
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(event=event, flaw=flaw, due_at=due_at) for _ in range(copies)
    )
    transaction.on_commit(something_due.set)


def _event(kind: str, subject: str, facts: dict[str, Any]) -> WebhookEvent:
    event = WebhookEvent(event_id=uuid.uuid4(), type=kind, subject=subject)
    event.body = json.dumps(
        {
            "event_id": str(event.event_id),
            "type": kind,
            "created_at": timestamp(event.created_at),
            "data": facts,
        },
        ensure_ascii=False,
    )
    event.save(force_insert=True)
    return event


def resend(*, event_id: uuid.UUID) -> WebhookDelivery:
    """Send an event once more, whatever became of it before."""
    with transaction.atomic():
        event = WebhookEvent.objects.get(pk=event_id)
        delivery = WebhookDelivery.objects.create(event=event)
        transaction.on_commit(something_due.set)
    return delivery


def sign(*, secret: str, at: str, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256 of `timestamp.body` in hexadecimal."""
    digest = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def request_of(delivery: WebhookDelivery) -> tuple[bytes, dict[str, str]]:
    """The body and headers to send, with the delivery's flaw worked in."""
    secret, at = settings.NUKKAD_WEBHOOK_SECRET, int(time.time())
    signed = sent = delivery.event.body.encode()
    if delivery.flaw == WebhookDelivery.Flaw.BAD_SIGNATURE:
        signed = b"something else"
    elif delivery.flaw == WebhookDelivery.Flaw.OLD_SECRET:
        secret = f"previous {secret}"
    elif delivery.flaw == WebhookDelivery.Flaw.STALE_TIMESTAMP:
        at -= 3600
    elif delivery.flaw == WebhookDelivery.Flaw.ALTERED_BODY:
        altered = json.loads(signed)
        altered["data"]["amount"] += 100
        sent = json.dumps(altered, ensure_ascii=False).encode()
    return sent, {
        "Content-Type": "application/json",
        "User-Agent": "nkbank-webhook/1",
        "X-Bank-Event-Id": str(delivery.event_id),
        "X-Bank-Timestamp": str(at),
        "X-Bank-Signature": sign(secret=secret, at=str(at), body=signed),
    }


def record_answer(*, delivery: WebhookDelivery, status: int | None, error: str) -> WebhookDelivery:
    """Note how a sending went and when to try again: 2, 4, 8 ... 300 seconds, for a day."""
    now = timezone.now()
    delivery.attempts += 1
    delivery.last_status, delivery.last_error = status, error[:200]
    if status is not None and 200 <= status < 300:
        delivery.done_at = now
    elif delivery.flaw or now - delivery.created_at > RETRY_FOR:
        delivery.gave_up_at = now
    else:
        pause = min(2 ** min(delivery.attempts, 20), LONGEST_PAUSE)
        delivery.due_at = now + timedelta(seconds=pause)
    delivery.save(
        update_fields=[
            "attempts", "last_status", "last_error", "done_at", "gave_up_at", "due_at"
        ]
    )  # fmt: skip
    return delivery
