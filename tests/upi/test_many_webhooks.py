"""Many webhooks: in any order and number they come to what each once and in order comes to, and
none that the bank has not signed is believed.

WEBHOOKS says how many; the suite takes a share of the ten thousand that a release is tried with.
"""

import hashlib
import hmac
import json
import os
import time
from collections import defaultdict
from random import Random
from uuid import UUID, uuid4

import pytest
from django.db.models import Sum
from django.test import RequestFactory

from payments.ledger.models import Leg
from payments.upi.models import BankEvent, PaymentAttempt, Receipt
from payments.upi.services import start_attempt
from payments.upi.views import hear_bank

WEBHOOKS = int(os.environ.get("WEBHOOKS", "600"))
SECRET, SEED = "the-secret", 20261127
AMOUNT = 100_00
AT_ONCE = 4
# What a payer and a bank do to one attempt: each payment with its words, in the order of events.
STORIES = [
    [["SUCCESS"]],
    [["PENDING", "SUCCESS"]],
    [["PENDING", "FAILED"]],
    [["DEEMED", "SUCCESS"]],
    [["DEEMED", "FAILED"]],
    [["FAILED"], ["SUCCESS"]],
    [["FAILED"], ["PENDING", "SUCCESS"]],
    [["SUCCESS"], ["SUCCESS"]],
    [["PENDING", "SUCCESS"], ["DEEMED", "SUCCESS"]],
    [["OVER"], ["SUCCESS"]],
    [["FAILED", "SUCCESS"]],
]
# A debit that came back is no payment either way; which word was heard first decides its name.
UNPAID = {"failed": "unpaid", "reversed": "unpaid"}


def body_of(attempt, payment, status):
    """A word about one payment of an attempt, as the bank sends it."""
    event_id = uuid4().hex
    over = status == "OVER"
    told = {
        "payment_id": f"NKB{attempt.tr[-24:].upper()}{payment}",
        "tr": attempt.tr,
        "amount": AMOUNT + 1 if over else AMOUNT,
        "status": "SUCCESS" if over else status,
        "code": "00",
        "rrn": "632600000001",
        "payer_vpa": "asha@nkbank",
        "completed_at": "2026-11-22T10:00:00+05:30",
    }
    kind = f"payment.{told['status'].lower()}"
    return json.dumps({"event_id": event_id, "type": kind, "data": told}).encode()


def proof(body, secret=SECRET):
    at = str(int(time.time()))
    digest = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Bank-Timestamp": at, "X-Bank-Signature": f"sha256={digest}"}


def told(body, headers):
    request = RequestFactory().post(
        "/bank/events/", body, content_type="application/json", headers=headers
    )
    return hear_bank(request).status_code


def tell(bodies):
    for body in bodies:
        assert told(body, proof(body)) == 204


@pytest.fixture(autouse=True)
def secret(settings):
    settings.BANK_WEBHOOK_SECRET = SECRET


@pytest.fixture
def attempts(till):
    """`attempts(n)`: so many attempts of one shop and the words about each, story by story."""

    def make(webhooks):
        store_id, words = uuid4(), []
        while sum(map(len, words)) < webhooks:
            attempt = start_attempt(
                store_id=store_id, purpose="till", reference=uuid4(), amount=AMOUNT
            )
            story = STORIES[len(words) % len(STORIES)]
            words.append(
                [body_of(attempt, n, word) for n, payment in enumerate(story) for word in payment]
            )
        return store_id, words

    return make


def outcome(store_id: UUID):
    """How each attempt ended, in the order they were made, and where the shop's money stands."""
    receipts = defaultdict(list)
    for receipt in Receipt.objects.filter(store_id=store_id):
        receipts[receipt.attempt_id].append((receipt.outcome, receipt.amount, receipt.refunded))
    states = [
        (UNPAID.get(attempt.state, attempt.state), sorted(receipts[attempt.pk]))
        for attempt in PaymentAttempt.objects.filter(store_id=store_id).order_by("id")
    ]
    accounts = Leg.objects.filter(store_id=store_id).order_by().values_list("account")
    return states, dict(accounts.annotate(sum=Sum("amount")))


@pytest.mark.django_db(transaction=True)
def test_three_times_each_and_in_any_order_is_once_and_in_order(attempts, concurrently):
    in_order, words = attempts(WEBHOOKS)
    tell([body for about in words for body in about])
    shuffled, words = attempts(WEBHOOKS)
    bodies = [body for about in words for body in about] * 3
    Random(SEED).shuffle(bodies)
    concurrently([lambda n=n: tell(bodies[n::AT_ONCE]) for n in range(AT_ONCE)])

    expected, got = outcome(in_order), outcome(shuffled)
    assert got == expected
    assert expected[1]["psp_clearing"] > 0
    assert BankEvent.objects.filter(store_id=shuffled).count() == len(bodies) // 3
    assert not BankEvent.objects.waiting().exists()


@pytest.mark.django_db
def test_not_one_mutated_webhook_is_believed(attempts):
    _store_id, words = attempts(60)
    bodies = [body for about in words for body in about]
    dice = Random(SEED)
    refused = 0
    for _ in range(max(WEBHOOKS, 2_000)):
        body = bytearray(dice.choice(bodies))
        headers = proof(bytes(body))
        match dice.randrange(5):
            case 0:
                body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
            case 1:
                del body[dice.randrange(len(body))]
            case 2:
                body.insert(dice.randrange(len(body)), dice.randrange(256))
            case 3:
                signature = list(headers["X-Bank-Signature"])
                at = dice.randrange(len(signature))
                signature[at] = dice.choice([c for c in "0123456789abcdef" if c != signature[at]])
                headers["X-Bank-Signature"] = "".join(signature)
            case 4:
                moved = int(headers["X-Bank-Timestamp"]) + dice.choice([-1, 1, 60, -60])
                headers["X-Bank-Timestamp"] = str(moved)
        refused += told(bytes(body), headers) == 403
    assert refused == max(WEBHOOKS, 2_000)
    assert not BankEvent.objects.exists()
