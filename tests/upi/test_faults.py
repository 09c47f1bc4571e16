"""A seeded mix of everything the bank can do wrong; in the end no paisa is unexplained."""

from datetime import UTC, datetime
from random import Random

import pytest
from django.db.models import Sum

from marketplace.core.clock import INDIA, travel
from payments.ledger.models import Account, Leg
from payments.upi.models import Difference, Receipt, Refund
from payments.upi.payees import Applied
from payments.upi.payees import Refund as SendBack
from payments.upi.services import intent_uri
from payments.upi.services.reconciliation import reconcile
from payments.upi.tasks import poll_due
from tests.upi.words import balances

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS = [
    *("ZA", "U69", "Z9", "U16", "pending", "deemed_then_success", "deemed_then_reversed"),
    *("failed_then_success", "wrong_amount", "refund_pending", "refund_failed"),
    *("webhook_lost", "webhook_duplicate", "webhook_bad_signature", "webhook_altered_body"),
    *("webhook_old_secret", "webhook_stale_timestamp"),
]

SEED = "nukkad"


def test_after_every_fault_each_success_is_applied_or_sent_back(
    bank, till, ask_for, store_id, deliver_due, eventually
):
    bank.post("/control/faults", seed=SEED, rate=0.7, kinds=FAULTS)
    dice = Random(SEED)
    attempts = [ask_for(dice.randint(1_00, 900_00)) for _ in range(30)]
    payer = bank.open_payer(1_00_000_00)
    for attempt in attempts:
        till.answer = dice.choice([Applied(), Applied(), SendBack("order cancelled")])
        for _ in range(dice.choice([1, 1, 2])):
            paid = bank.post(
                "/v1/pay", uri=intent_uri(attempt), payer_vpa=payer, pin="1234", action="approve"
            )
            assert paid.status_code == 200

    # What was left open ends now; then the bank behaves, and days pass.
    opened = [told for each in attempts for told in bank.paid(each.tr)]
    for told in opened:
        if told["status"] in ("PENDING", "DEEMED"):
            bank.post("/control/finish", id=told["payment_id"])
    bank.post("/control/faults", seed=SEED, rate=0, kinds=[])
    eventually(lambda: not open_at_bank(bank, attempts))
    for days in range(8):
        with travel(days=days, seconds=7200):
            poll_due()
            while deliver_due():
                pass
    reconcile(day=datetime.now(UTC).astimezone(INDIA).date())
    with travel(days=9):
        deliver_due()
        poll_due()

    successes = {
        told["payment_id"]: told["amount"]
        for each in attempts
        for told in bank.paid(each.tr)
        if told["status"] == "SUCCESS"
    }
    assert len(successes) > 10
    assert dict(Receipt.objects.values_list("payment_id", "amount")) == successes
    assert not Receipt.objects.unapplied().exists()
    assert set(Refund.objects.values_list("state", flat=True)) == {"done"}
    applied = sum(
        Receipt.objects.filter(outcome="applied").values_list("amount", flat=True), start=0
    )
    sent_back = Refund.objects.aggregate(total=Sum("amount"))["total"]
    assert applied + sent_back == sum(successes.values())
    expected = {"psp_clearing": applied, "customer_deposit": -applied}
    assert balances(store_id) == {name: amount for name, amount in expected.items() if amount}
    assert sum(amount for _reference, amount in till.taken) >= applied
    assert not Difference.objects.filter(store_id=store_id).exists()
    unapplied = Leg.objects.of_account(store_id=store_id, account=Account.UNAPPLIED_RECEIPTS)
    assert unapplied.balance() == 0


def open_at_bank(bank, attempts):
    """Payments that the bank has still to bring to an end, or planned to correct."""
    lines = bank.get("/control/").text
    return any(told["payment_id"] in lines for each in attempts for told in bank.paid(each.tr))
