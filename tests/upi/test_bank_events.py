"""What the bank says, and what becomes of the money."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.core.clock import travel
from marketplace.core.models import OutboxEntry
from payments.upi.models import BankEvent, PaymentAttempt, Receipt, Refund
from payments.upi.payees import Refund as SendBack
from payments.upi.payees import Unapplied, UnknownPurpose
from payments.upi.services import apply_bank_event, expire_attempt, start_attempt
from tests.upi.words import balances, payment_word

pytestmark = pytest.mark.django_db


def state_of(attempt):
    return PaymentAttempt.objects.get(pk=attempt.pk).state


def test_asking_for_money_is_one_statement(till, store_id, django_assert_num_queries):
    with django_assert_num_queries(1):
        attempt = start_attempt(
            store_id=store_id, purpose="till", reference=uuid4(), amount=49_950, note="x" * 80
        )
    assert (attempt.state, len(attempt.note), len(attempt.tr)) == ("created", 50, 32)


def test_a_purpose_without_a_payee_is_refused(store_id):
    with pytest.raises(UnknownPurpose):
        start_attempt(store_id=store_id, purpose="gift", reference=uuid4(), amount=1)
    assert not PaymentAttempt.objects.exists()


def test_a_payment_is_captured_once_however_often_it_is_told(ask_for, till, store_id):
    attempt = ask_for(49_950)
    first = payment_word(attempt)
    assert apply_bank_event(word=first) == "applied"
    assert apply_bank_event(word=first) == "known"
    again = payment_word(attempt, completed_at="2026-11-22T10:00:00+05:30")
    assert apply_bank_event(word=type(first)("poll:1", "poll", again.kind, again.data, "{}")) == (
        "known"
    )
    assert till.taken == [(attempt.reference, 49_950)]
    assert state_of(attempt) == "success"
    assert balances(store_id) == {"psp_clearing": 49_950, "customer_deposit": -49_950}
    assert BankEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (["PENDING"], "pending"),
        (["FAILED", "PENDING"], "failed"),
        (["PENDING", "DEEMED", "PENDING"], "deemed"),
        (["DEEMED", "FAILED"], "reversed"),
        (["DEEMED", "SUCCESS"], "success"),
        (["SUCCESS", "FAILED", "PENDING"], "success"),
        (["FAILED", "SUCCESS"], "success"),
        (["DEEMED", "FAILED", "SUCCESS"], "late_success"),
    ],
)
def test_an_attempt_only_moves_forward_whatever_the_order_of_words(ask_for, told, state):
    attempt = ask_for(100)
    for status in told:
        apply_bank_event(word=payment_word(attempt, status=status, code="ZA"))
    assert state_of(attempt) == state


def test_late_money_that_the_payee_takes_is_captured(ask_for, store_id):
    attempt = ask_for(100)
    with travel(seconds=601):
        assert expire_attempt(store_id=store_id, attempt_id=attempt.pk)
        apply_bank_event(word=payment_word(attempt))
    assert state_of(attempt) == "late_success"
    assert balances(store_id) == {"psp_clearing": 100, "customer_deposit": -100}


def test_an_attempt_does_not_expire_before_its_time(ask_for, store_id):
    attempt = ask_for(100)
    assert not expire_attempt(store_id=store_id, attempt_id=attempt.pk)
    assert state_of(attempt) == "created"


def test_late_money_that_the_payee_cannot_take_goes_back(ask_for, till, store_id):
    attempt = ask_for(100)
    till.answer = SendBack("order cancelled")
    apply_bank_event(word=payment_word(attempt))
    receipt = Receipt.objects.get()
    assert (receipt.outcome, receipt.reason, receipt.refunded) == (
        "returned",
        "order cancelled",
        100,
    )
    refund = Refund.objects.get()
    assert (refund.amount, refund.state, refund.source) == (100, "started", "unapplied_receipts")
    assert balances(store_id) == {"psp_clearing": 100, "refund_in_transit": -100}
    entry = OutboxEntry.objects.get(event="refund.asked")
    assert entry.payload == {"refund_id": str(refund.pk)}


def test_undecided_money_stays_unapplied(ask_for, till, store_id):
    attempt = ask_for(100)
    till.answer = Unapplied()
    apply_bank_event(word=payment_word(attempt))
    assert Receipt.objects.unapplied().count() == 1
    assert balances(store_id) == {"psp_clearing": 100, "unapplied_receipts": -100}
    assert not Refund.objects.exists()


@pytest.mark.parametrize("amount", [99, 101])
def test_a_wrong_amount_goes_back_and_the_payee_is_not_asked(ask_for, till, store_id, amount):
    attempt = ask_for(100)
    apply_bank_event(word=payment_word(attempt, amount=amount))
    assert till.taken == []
    assert Refund.objects.get().amount == amount
    attempt.refresh_from_db()
    assert (attempt.state, attempt.code) == ("failed", "wrong_amount")
    assert balances(store_id) == {"psp_clearing": amount, "refund_in_transit": -amount}


def test_after_a_wrong_amount_the_right_one_still_counts(ask_for, till, store_id):
    attempt = ask_for(100)
    apply_bank_event(word=payment_word(attempt, amount=90))
    apply_bank_event(word=payment_word(attempt, payment_id="NKBRIGHT"))
    assert state_of(attempt) == "success"
    assert till.taken == [(attempt.reference, 100)]
    assert balances(store_id) == {
        "psp_clearing": 190,
        "refund_in_transit": -90,
        "customer_deposit": -100,
    }


def test_a_second_payment_goes_back_at_once(ask_for, till, store_id):
    attempt = ask_for(100)
    apply_bank_event(word=payment_word(attempt))
    apply_bank_event(word=payment_word(attempt, payment_id="NKBSECOND"))
    assert till.taken == [(attempt.reference, 100)]
    assert Refund.objects.get().receipt.payment_id == "NKBSECOND"
    assert balances(store_id) == {
        "psp_clearing": 200,
        "refund_in_transit": -100,
        "customer_deposit": -100,
    }


@pytest.mark.parametrize("tr", ["", "not-ours", "01981f00" * 4])
def test_a_payment_under_an_unknown_reference_is_an_orphan(ask_for, till, store_id, tr):
    attempt = ask_for(100)
    assert apply_bank_event(word=payment_word(attempt, tr=tr)) == "orphan"
    assert BankEvent.objects.get().outcome == "orphan"
    assert state_of(attempt) == "created"
    assert balances(store_id) == {}


def test_a_payee_that_breaks_leaves_nothing_half_done(ask_for, till, store_id, monkeypatch):
    attempt = ask_for(100)

    def break_down(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(till, "accept", break_down)
    with pytest.raises(ZeroDivisionError):
        apply_bank_event(word=payment_word(attempt))
    assert state_of(attempt) == "created"
    assert not Receipt.objects.exists()
    assert not BankEvent.objects.exists()
    assert balances(store_id) == {}


def test_a_failed_attempt_tried_again_after_its_time_is_late(ask_for):
    attempt = ask_for(100)
    apply_bank_event(word=payment_word(attempt, status="FAILED", code="ZM"))
    with travel(seconds=int(timedelta(minutes=11).total_seconds())):
        apply_bank_event(word=payment_word(attempt))
    assert state_of(attempt) == "late_success"
