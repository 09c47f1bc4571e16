"""Where the bank calls us. It proves itself by its signature and is answered within seconds."""

import hashlib
import hmac
import json
import logging
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.upi.models import BankEvent
from payments.upi.services import BankWord, apply_bank_event, record_bank_event

logger = logging.getLogger(__name__)

LONGEST_BODY = 64 * 1024


@csrf_exempt
@require_POST
def hear_bank(request: HttpRequest) -> HttpResponse:
    """Take the bank's word: 403 unless it is the bank's and fresh, 400 unless it can be read.

    Once written down it is answered 204 even if it cannot be acted upon just now: the sweep in
    `poll_due` will. Acting on it is a handful of statements under a three-second lock timeout.
    """
    if len(request.body) > LONGEST_BODY:
        return HttpResponse(status=413)
    if not _is_from_bank(request):
        logger.warning("A bank event with a bad signature or an old time was refused.")
        return HttpResponse(status=403)
    try:
        word = read_webhook(request.body)
    except ValueError as error:
        logger.error("A signed bank event cannot be read: %s", error)
        return HttpResponse(status=400)
    record_bank_event(word=word)
    try:
        apply_bank_event(word=word)
    except Exception:
        logger.exception("The bank event %s is recorded and waits for the sweep.", word.event_id)
    return HttpResponse(status=204)


def read_webhook(body: bytes) -> BankWord:
    """The bank's word in a request body; raises ValueError."""
    said = json.loads(body)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    event_id, kind, about = said.get("event_id"), said.get("type"), said.get("data")
    if not (isinstance(event_id, str) and 0 < len(event_id) <= 90):
        raise ValueError("no event_id")
    if not (isinstance(kind, str) and 0 < len(kind) <= 40 and isinstance(about, dict)):
        raise ValueError("no type or data")
    return BankWord(
        event_id=event_id,
        source=BankEvent.Source.WEBHOOK,
        kind=kind,
        data=about,
        body=body.decode(),
    )


def _is_from_bank(request: HttpRequest) -> bool:
    at = request.headers.get("X-Bank-Timestamp", "")
    given = request.headers.get("X-Bank-Signature", "")
    secret = settings.BANK_WEBHOOK_SECRET.encode()
    digest = hmac.new(secret, at.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={digest}".encode(), given.encode()):
        return False
    if not (at.isascii() and at.isdecimal()):
        return False
    # The bank's clock is compared with the wall, not with core.clock, which tests move.
    return abs(time.time() - int(at)) <= settings.BANK_WEBHOOK_TOLERANCE.total_seconds()
