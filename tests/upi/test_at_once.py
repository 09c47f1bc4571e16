"""The bank's words arriving at the same moment, on real connections."""

import pytest

from payments.upi.models import Receipt, Refund
from payments.upi.services import apply_bank_event, request_refund
from tests.upi.words import balances, payment_word

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_event_delivered_eight_times_at_once_pays_once(ask_for, till, store_id, concurrently):
    attempt = ask_for(100)
    word = payment_word(attempt)
    outcomes = concurrently(8, lambda: apply_bank_event(word=word))
    assert sorted(outcomes) == ["applied", *["known"] * 7]
    assert till.taken == [(attempt.reference, 100)]
    assert balances(store_id) == {"psp_clearing": 100, "customer_deposit": -100}


def test_webhook_poll_and_file_at_once_pay_once(ask_for, till, store_id, concurrently):
    attempt = ask_for(100)
    told = payment_word(attempt)
    words = [
        type(told)(f"{source}:1", source, told.kind, told.data, "{}")
        for source in ("webhook", "poll", "file")
    ]
    acts = [lambda word=word: apply_bank_event(word=word) for word in words]
    assert sorted(concurrently(acts)) == ["applied", "known", "known"]
    assert len(till.taken) == 1
    assert balances(store_id) == {"psp_clearing": 100, "customer_deposit": -100}


def test_two_payers_at_once_one_counts_and_one_goes_back(ask_for, till, store_id, concurrently):
    attempt = ask_for(100)
    words = [payment_word(attempt, payment_id=f"NKB{n}") for n in range(2)]
    concurrently([lambda word=word: apply_bank_event(word=word) for word in words])
    assert len(till.taken) == 1
    assert sorted(Receipt.objects.values_list("outcome", flat=True)) == ["applied", "returned"]
    assert balances(store_id) == {
        "psp_clearing": 200,
        "customer_deposit": -100,
        "refund_in_transit": -100,
    }


def test_refunds_at_once_never_exceed_what_came_in(ask_for, store_id, concurrently):
    attempt = ask_for(100)
    apply_bank_event(word=payment_word(attempt))

    def refund(key):
        return lambda: (
            request_refund(
                store_id=store_id,
                purpose="till",
                reference=attempt.reference,
                amount=60,
                reason="cancelled",
                key=key,
            ).amount
        )

    outcomes = concurrently([refund("a"), refund("a"), refund("b"), refund("c")])
    assert outcomes.count("refund_too_large") >= 2
    assert sum(Refund.objects.values_list("amount", flat=True)) == 60
    assert Receipt.objects.get().refundable == 40
