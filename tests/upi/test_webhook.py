"""The bank's calls: who is believed, and what is written down."""

import hashlib
import hmac
import json
import time
from uuid import uuid4

import pytest

from payments.upi.models import BankEvent, PaymentAttempt, Receipt
from payments.upi.tasks import sweep_events
from tests.upi.words import balances

pytestmark = pytest.mark.django_db


@pytest.fixture
def tell(client, settings):
    """`tell(body)`: post it as the bank would; any part of the proof can be spoilt."""
    settings.BANK_WEBHOOK_SECRET = "the-secret"

    def tell(body, *, secret="the-secret", at=None, sent=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        at = str(int(time.time())) if at is None else str(at)
        digest = hmac.new(secret.encode(), at.encode() + b"." + raw, hashlib.sha256).hexdigest()
        return client.post(
            "/bank/events/",
            data=sent or raw,
            content_type="application/json",
            headers={"X-Bank-Timestamp": at, "X-Bank-Signature": f"sha256={digest}"},
        ).status_code

    return tell


def success(attempt, event_id="event-1", **changes):
    return {
        "event_id": event_id,
        "type": "payment.success",
        "data": {
            "payment_id": "NKB1",
            "tr": attempt.tr,
            "amount": attempt.amount,
            "status": "SUCCESS",
            "code": "00",
            "rrn": "632600000001",
            "payer_vpa": "asha@nkbank",
            "completed_at": "2026-11-22T10:00:00+05:30",
        }
        | changes,
    }


def test_a_signed_success_pays_and_its_body_is_kept_without_the_payer(tell, ask_for, store_id):
    attempt = ask_for(49_950)
    body = json.dumps(success(attempt), indent=3).encode()
    assert tell(body) == 204
    assert PaymentAttempt.objects.get().paid
    event = BankEvent.objects.get()
    told = json.loads(body)
    assert (json.loads(event.body), event.event_id, event.outcome, event.store_id) == (
        told | {"data": told["data"] | {"payer_vpa": ""}},
        "event-1",
        "applied",
        store_id,
    )


def test_the_same_event_again_is_answered_and_changes_nothing(tell, ask_for, till):
    attempt = ask_for(100)
    assert [tell(success(attempt)) for _ in range(3)] == [204, 204, 204]
    assert (len(till.taken), BankEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"secret": "previous secret"},
        {"seconds": -301},
        {"seconds": 320},
        {"at": "soon"},
        {"at": ""},
        {"at": "٣"},
        {"sent": b'{"event_id": "event-1"}'},
    ],
)
def test_what_is_not_proven_to_be_the_banks_leaves_no_trace(tell, ask_for, spoilt):
    attempt = ask_for(100)
    if "seconds" in spoilt:
        spoilt = {"at": int(time.time()) + spoilt["seconds"]}
    assert tell(success(attempt), **spoilt) == 403
    assert not BankEvent.objects.exists()
    assert PaymentAttempt.objects.get().state == "created"


def test_a_request_without_any_proof_is_refused(client):
    assert client.post("/bank/events/", b"{}", "application/json").status_code == 403
    assert client.get("/bank/events/").status_code == 405


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'{"event_id": "", "type": "x"}'])
def test_a_signed_body_that_cannot_be_read_is_said_so(tell, body):
    assert tell(body) == 400
    assert not BankEvent.objects.exists()


def test_an_unknown_reference_is_kept_as_an_orphan(tell, ask_for):
    assert tell(success(ask_for(100), tr=uuid4().hex)) == 204
    assert BankEvent.objects.get().outcome == "orphan"
    assert not Receipt.objects.exists()


def test_what_cannot_be_acted_upon_now_is_kept_and_done_by_the_sweep(
    tell, ask_for, till, store_id, monkeypatch
):
    attempt = ask_for(100)

    def break_down(**_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(till, "accept", break_down)
        assert tell(success(attempt)) == 204
        assert sweep_events() == 0
    assert BankEvent.objects.waiting().count() == 1
    assert balances(store_id) == {}
    assert sweep_events() == 1
    assert balances(store_id) == {"psp_clearing": 100, "customer_deposit": -100}
    assert not BankEvent.objects.waiting().exists()
