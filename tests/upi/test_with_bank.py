"""Payments and refunds with the simulated bank over HTTP, its webhooks coming to a live server."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core.clock import INDIA, travel
from marketplace.core.models import OutboxEntry
from payments.upi import bank_client
from payments.upi.models import BankEvent, Difference, PaymentAttempt, Receipt, Refund
from payments.upi.payees import Refund as SendBack
from payments.upi.services import (
    RefundTooLarge,
    ask_bank,
    intent_uri,
    request_refund,
    retry_refund,
    send_refund,
)
from payments.upi.services.reconciliation import reconcile
from payments.upi.tasks import poll_due
from tests.upi.words import balances

pytestmark = pytest.mark.django_db(transaction=True)


def today():
    return datetime.now(UTC).astimezone(INDIA).date()


@pytest.fixture
def paid(bank, ask_for, eventually):
    """An attempt of ₹499.50 that its customer has paid and the webhook has told."""
    attempt = ask_for(49_950)
    bank.pay(intent_uri(attempt), bank.open_payer())
    eventually(lambda: Receipt.objects.filter(attempt=attempt).exists())
    attempt.refresh_from_db()
    return attempt


def refund_of(attempt, amount, key="cancel:1"):
    return request_refund(
        store_id=attempt.store_id,
        purpose=attempt.purpose,
        reference=attempt.reference,
        amount=amount,
        reason="cancelled",
        key=key,
    )


def test_a_payment_is_told_by_webhook(bank, paid, till, store_id):
    assert paid.state == "success"
    assert till.taken == [(paid.reference, 49_950)]
    assert balances(store_id) == {"psp_clearing": 49_950, "customer_deposit": -49_950}
    receipt = Receipt.objects.get()
    told = bank.paid(paid.tr)[0]
    assert (receipt.payment_id, receipt.rrn) == (told["payment_id"], told["rrn"])


def test_a_lost_webhook_is_made_good_by_asking(bank, ask_for, till, store_id):
    attempt = ask_for(100)
    bank.next("webhook_lost", match=attempt.tr)
    bank.pay(intent_uri(attempt), bank.open_payer())
    poll_due()
    assert till.taken == []
    with travel(seconds=91):
        poll_due()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.asked, attempt.ask_at) == ("success", 1, None)
    assert balances(store_id) == {"psp_clearing": 100, "customer_deposit": -100}


def test_the_bank_is_asked_thrice_in_two_hours_then_daily_for_a_week(bank, ask_for):
    attempt = ask_for(100)
    asked = []
    moment = attempt.created_at
    while attempt.ask_at:
        moment = attempt.ask_at
        asked.append(moment - attempt.created_at)
        with travel(to=moment):
            poll_due()
        attempt.refresh_from_db()
        assert len(asked) < 20
    assert [wait for wait in asked if wait <= timedelta(hours=2)] == [
        timedelta(seconds=90),
        timedelta(minutes=11),
        timedelta(hours=2),
    ]
    assert len(asked) == 10
    assert asked[-1] < timedelta(days=8)
    assert attempt.state == "expired"


def test_a_bank_that_is_down_changes_nothing(bank, ask_for, store_id):
    attempt = ask_for(100)
    bank.next("api_5xx", operation="query", match=attempt.tr)
    with travel(seconds=601):
        with pytest.raises(bank_client.BankUnavailable):
            ask_bank(attempt.pk)
        attempt.refresh_from_db()
        assert attempt.state == "created"
        assert ask_bank(attempt.pk).state == "expired"


def test_a_payment_under_way_does_not_expire(bank, ask_for, eventually):
    attempt = ask_for(100)
    bank.next("pending", match=attempt.tr, seconds=600)
    bank.pay(intent_uri(attempt), bank.open_payer())
    with travel(seconds=601):
        assert ask_bank(attempt.pk).state == "pending"


def test_late_money_goes_back_when_the_order_is_gone(
    bank, ask_for, till, store_id, deliver_due, eventually
):
    attempt = ask_for(100)
    bank.next("failed_then_success", match=attempt.tr, seconds=2)
    till.answer = SendBack("order cancelled")
    payer = bank.open_payer(1_000)
    bank.pay(intent_uri(attempt), payer)
    eventually(lambda: Refund.objects.exists())
    deliver_due()
    assert Refund.objects.get().state == "done"
    assert bank.balance(payer) == 1_000
    assert balances(store_id) == {}


def test_a_debit_of_another_amount_goes_back(bank, ask_for, store_id, deliver_due, eventually):
    attempt = ask_for(10_000)
    bank.next("wrong_amount", match=attempt.tr, delta=-1)
    payer = bank.open_payer(20_000)
    bank.pay(intent_uri(attempt), payer)
    eventually(lambda: Refund.objects.exists())
    deliver_due()
    assert bank.balance(payer) == 20_000
    attempt.refresh_from_db()
    assert (attempt.state, attempt.code) == ("failed", "wrong_amount")
    assert balances(store_id) == {}


def test_two_payers_of_one_code(bank, paid, store_id, deliver_due, eventually):
    second = bank.open_payer(50_000)
    bank.pay(intent_uri(paid), second)
    eventually(lambda: Refund.objects.exists())
    deliver_due()
    assert bank.balance(second) == 50_000
    assert balances(store_id) == {"psp_clearing": 49_950, "customer_deposit": -49_950}


def test_a_refund_reaches_the_payer_once(bank, paid, store_id, deliver_due):
    payer = Receipt.objects.get().payer_vpa
    before = bank.balance(payer)
    first = refund_of(paid, 20_000)
    assert refund_of(paid, 20_000).pk == first.pk
    assert balances(store_id) == {
        "psp_clearing": 49_950,
        "customer_deposit": -29_950,
        "refund_in_transit": -20_000,
    }
    assert deliver_due() == 1
    send_refund(refund_id=first.pk)
    assert bank.balance(payer) == before + 20_000
    assert balances(store_id) == {"psp_clearing": 29_950, "customer_deposit": -29_950}
    assert OutboxEntry.objects.filter(event="refund.asked", done_at=None).count() == 0


def test_more_than_came_in_is_never_sent_back(bank, paid, store_id, deliver_due):
    refund_of(paid, 49_000)
    with pytest.raises(RefundTooLarge):
        refund_of(paid, 951, key="cancel:2")
    refund_of(paid, 950, key="cancel:3")
    assert Receipt.objects.get().refundable == 0
    assert Refund.objects.count() == 2


def test_a_refund_whose_answer_never_comes_is_asked_about_not_sent_again(
    bank, paid, store_id, deliver_due, monkeypatch
):
    monkeypatch.setattr(bank_client, "TIMEOUT", 1)
    bank_client._http.cache_clear()
    payer = Receipt.objects.get().payer_vpa
    before = bank.balance(payer)
    refund = refund_of(paid, 20_000)
    bank.next("api_timeout_after_commit", operation="refund", match=refund.bank_id, seconds=3)
    deliver_due()
    bank_client._http.cache_clear()
    refund.refresh_from_db()
    assert (refund.state, refund.tries) == ("done", 1)
    assert bank.balance(payer) == before + 20_000


def test_a_pending_refund_is_asked_about_until_it_is_done(bank, paid, store_id, deliver_due):
    refund = refund_of(paid, 20_000)
    bank.next("refund_pending", match=refund.bank_id, seconds=600)
    bank.next("webhook_lost", operation="refund", match=refund.bank_id)
    deliver_due()
    refund.refresh_from_db()
    assert refund.state == "pending"
    bank.post("/control/finish", id=refund.bank_id)
    with travel(seconds=15 * 60 + 1):
        poll_due()
    refund.refresh_from_db()
    assert refund.state == "done"
    assert balances(store_id) == {"psp_clearing": 29_950, "customer_deposit": -29_950}


def test_a_failed_refund_is_sent_again_and_at_last_left_to_people(
    bank, paid, store_id, deliver_due, eventually
):
    def told(bank_id):
        """The webhook has been acted upon: it no longer locks the refund, which a poll passes by."""
        applied = BankEvent.objects.filter(kind="refund.failed", body__contains=f'"{bank_id}"')
        return applied.exclude(applied_at=None).exists()

    refund = refund_of(paid, 20_000)
    bank.next("refund_failed", count=4)
    deliver_due()
    refund.refresh_from_db()
    assert (refund.state, refund.tries, refund.bank_id) == (
        "started",
        2,
        f"{refund.id.hex}-2",
    )
    sent = refund.id.hex
    for tries in range(2, 5):
        eventually(lambda sent=sent: told(sent))
        sent = refund.bank_id
        with travel(to=refund.ask_at):
            poll_due()
        refund.refresh_from_db()
        assert refund.tries == min(tries + 1, 4)
    assert refund.state == "failed"
    assert balances(store_id) == {"psp_clearing": 49_950, "customer_deposit": -49_950}
    assert Receipt.objects.get().refundable == 49_950

    eventually(lambda sent=sent: told(sent))
    retry_refund(store_id=store_id, refund_id=refund.pk)
    deliver_due()
    refund.refresh_from_db()
    assert refund.state == "done"
    assert balances(store_id) == {"psp_clearing": 29_950, "customer_deposit": -29_950}


def test_the_bank_is_never_called_inside_a_transaction(bank, paid):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError):
        ask_bank(paid.pk)


def test_the_file_brings_what_nobody_told_and_then_nothing_differs(bank, ask_for, till, store_id):
    attempt = ask_for(100)
    bank.next("webhook_lost", match=attempt.tr)
    bank.pay(intent_uri(attempt), bank.open_payer())
    assert not Receipt.objects.exists()
    reconcile(day=today())
    assert PaymentAttempt.objects.get().state == "success"
    assert BankEvent.objects.get(store_id=store_id).source == "file"
    assert not Difference.objects.filter(store_id=store_id).exists()
    reconcile(day=today())
    assert till.taken == [(attempt.reference, 100)]


@pytest.mark.parametrize(
    ("fault", "kind", "ours", "theirs"),
    [
        ("reconciliation_row_missing", "not_at_bank", 49_950, None),
        ("reconciliation_row_extra", "not_ours", None, 12_345),
    ],
)
def test_a_row_too_few_or_too_many_is_a_difference(bank, paid, fault, kind, ours, theirs):
    reconcile(day=today())
    open_now = Difference.objects.open()
    before = set(open_now.values_list("kind", "bank_reference"))
    bank.next(fault, operation="reconciliation")
    reconcile(day=today())
    (new,) = open_now.exclude(bank_reference__in=[reference for _kind, reference in before])
    assert (new.kind, new.ours, new.theirs, new.movement) == (kind, ours, theirs, "payment")
    reconcile(day=today())
    assert set(open_now.values_list("kind", "bank_reference")) == before


def test_a_paisa_off_is_a_difference(bank_server, bank, paid):
    """The file's first row is the one that is off: it may be another test's payment."""
    bank.next("reconciliation_off_by_one", operation="reconciliation")
    first = bank.get("/v1/reconciliation", date=str(today())).text.splitlines()[1].split(",")
    Receipt.objects.filter(attempt=paid).update(payment_id=first[6], amount=int(first[3]) - 1)
    bank.next("reconciliation_off_by_one", operation="reconciliation")
    reconcile(day=today())
    difference = Difference.objects.get(kind="amount")
    assert difference.theirs == difference.ours + 1
