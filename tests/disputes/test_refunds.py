"""What a lost dispute has paid back is not refunded as well, whatever comes first.

But for the last test nobody asks the bank: it is made to refuse what it would refuse.
"""

import itertools
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from uuid import uuid4

import pytest
from django.db import connection

from marketplace.core.clock import business_date, now, travel
from payments.disputes.models import Dispute
from payments.ledger.models import Account, Kind, Txn
from payments.ledger.services import Leg, post
from payments.settlement.selectors import statement
from payments.settlement.services import settle_store
from payments.upi.models import Difference, Receipt, Refund, ShopQr
from payments.upi.payees import Refund as SendBack
from payments.upi.services import (
    apply_bank_event,
    intent_uri,
    keep_for_shop,
    request_refund,
    retry_refund,
    return_receipt,
    start_attempt,
)
from payments.upi.services.reconciliation import reconcile
from payments.upi.services.refunds import claim_refunds_to_ask
from payments.upi.tasks import poll_due
from tests.invariants import broken_invariants
from tests.upi.words import balances, counter_word, dispute_word, payment_word, refund_word

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def prepaid(store, till):
    """₹1,000 paid for something that has not been delivered."""
    attempt = start_attempt(
        store_id=store.pk, purpose="till", reference=uuid4(), amount=1_000_00, note="Order NK-1"
    )
    apply_bank_event(word=payment_word(attempt))
    return Receipt.objects.get(attempt=attempt)


@pytest.fixture(autouse=True)
def every_invariant_holds_in_the_end(transactional_db):
    yield
    assert broken_invariants(connection) == []


def hear(receipt, status, amount=1_000_00, n=1):
    apply_bank_event(word=dispute_word(receipt, status, amount, n=n))


def call_off(receipt, amount=1_000_00, key="called-off", source=Account.CUSTOMER_DEPOSIT):
    return request_refund(
        store_id=receipt.store_id,
        purpose="till",
        reference=receipt.attempt.reference,
        amount=amount,
        reason="called off",
        key=key,
        source=source,
    )


def tell(refund, status):
    refund.refresh_from_db()
    apply_bank_event(word=refund_word(refund, status))


def fail(refund):
    """The bank refuses it for good."""
    refund.refresh_from_db()
    for _ in range(max(1, 5 - refund.tries)):
        tell(refund, "FAILED")


def refunds():
    """(state, paise) of each refund, in the order of their parts."""
    return list(Refund.objects.order_by("created_at", "n").values_list("state", "amount"))


def sent():
    return Refund.objects.get(state="started")


# What happens to an order of ₹1,000 that is called off, in any order that is possible.
ORDERS = [
    order
    for order in itertools.permutations(("open", "decide", "call off", "fail"))
    if order.index("open") < order.index("decide") and order.index("call off") < order.index("fail")
]


def go_through(order, receipt, outcome, amount):
    for step in order:
        if step == "open":
            hear(receipt, "OPEN", amount)
        elif step == "decide":
            hear(receipt, outcome, amount)
        elif step == "call off":
            call_off(receipt)
        else:
            fail(Refund.objects.get(n=1))


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_a_called_off_order_that_was_lost_holds_no_deposit_and_costs_the_shop_nothing(
    prepaid, store, order
):
    go_through(order, prepaid, "LOST", 1_000_00)
    assert balances(store.pk) == {}
    assert refunds() == [("made_good", 1_000_00)]
    prepaid.refresh_from_db()
    assert (prepaid.disputed, prepaid.lost, prepaid.refunded) == (0, 1_000_00, 1_000_00)
    assert Txn.objects.filter(kind="refund_made_good").count() == 1


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_what_was_not_lost_is_sent_and_the_rest_made_good(prepaid, store, order):
    go_through(order, prepaid, "LOST", 400_00)
    assert sorted(refunds()) == [("made_good", 400_00), ("started", 600_00)]
    tell(sent(), "SUCCESS")
    assert balances(store.pk) == {}


@pytest.mark.parametrize("amount", [400_00, 1_000_00])
@pytest.mark.parametrize("order", [order for order in ORDERS if order[-1] == "decide"])
def test_a_dispute_won_sends_what_had_failed_again(prepaid, store, order, amount):
    go_through(order, prepaid, "WON", amount)
    for refund in Refund.objects.filter(state="started"):
        tell(refund, "SUCCESS")
    assert {state for state, _amount in refunds()} == {"done"}
    assert balances(store.pk) == {}


def test_the_undisputed_part_is_sent_under_its_own_name_while_the_rest_waits(prepaid, store):
    hear(prepaid, "OPEN", 400_00)
    refund = call_off(prepaid)
    fail(refund)
    assert refunds() == [("failed", 400_00), ("started", 600_00)]
    part = sent()
    assert (part.key, part.n, part.reason) == (refund.key, 2, refund.reason)
    assert part.bank_id not in (refund.bank_id, refund.pk.hex)
    # the same request again is still the same
    assert call_off(prepaid).pk == refund.pk
    tell(part, "SUCCESS")
    assert balances(store.pk) == {
        "psp_clearing": 400_00,
        "customer_deposit": -400_00,
        "payable": 400_00,
        "dispute_hold": -400_00,
    }


def test_a_part_that_fails_for_another_cause_is_left_to_staff_and_not_sent_for_ever(prepaid):
    hear(prepaid, "OPEN", 400_00)
    fail(call_off(prepaid))
    fail(sent())
    assert refunds() == [("failed", 400_00), ("failed", 600_00)]
    # nor does a dispute lost make more good than was lost
    hear(prepaid, "LOST", 400_00)
    assert sorted(refunds()) == [("made_good", 400_00), ("started", 600_00)]
    fail(sent())
    assert sorted(refunds()) == [("failed", 600_00), ("made_good", 400_00)]


def test_two_refunds_share_what_was_lost_and_two_disputes_add_up(prepaid, store):
    hear(prepaid, "OPEN", 300_00, n=1)
    hear(prepaid, "OPEN", 500_00, n=2)
    first, second = call_off(prepaid, 400_00, "a"), call_off(prepaid, 600_00, "b")
    fail(first)
    fail(second)
    # ₹400 and ₹400 wait; ₹200 can be had
    tell(sent(), "SUCCESS")
    hear(prepaid, "LOST", 300_00, n=1)
    assert sorted(refunds()) == [
        ("done", 200_00),
        ("failed", 100_00),
        ("failed", 400_00),
        ("made_good", 300_00),
    ]
    hear(prepaid, "WON", 500_00, n=2)
    for refund in Refund.objects.filter(state="started"):
        tell(refund, "SUCCESS")
    assert sorted(refunds()) == [
        ("done", 100_00),
        ("done", 200_00),
        ("done", 400_00),
        ("made_good", 300_00),
    ]
    assert balances(store.pk) == {}


def deliver(receipt, amount):
    post(
        store_id=receipt.store_id,
        key=f"deliver:{receipt.pk}",
        kind=Kind.DELIVERY,
        business_date=business_date(),
        legs=[Leg(Account.CUSTOMER_DEPOSIT, amount), Leg(Account.PAYABLE, -amount)],
        reference=receipt.attempt.reference,
    )


def test_a_refund_for_returned_goods_costs_the_shop_what_was_lost_and_no_more(prepaid, store):
    deliver(prepaid, 1_000_00)
    hear(prepaid, "OPEN")
    fail(call_off(prepaid, 250_00, "return", Account.PAYABLE))
    hear(prepaid, "LOST")
    assert refunds() == [("made_good", 250_00)]
    assert balances(store.pk) == {}
    assert not Txn.objects.filter(kind="refund_made_good").exists()


def test_the_statement_calls_it_a_dispute_and_not_a_sale(prepaid, store):
    hear(prepaid, "OPEN", 995_00)
    # ₹20 less was weighed out, of which the bank has ₹5 left
    fail(call_off(prepaid, 20_00))
    deliver(prepaid, 980_00)
    hear(prepaid, "LOST", 995_00)
    settlement = settle_store(store_id=store.pk, upto=business_date())
    assert settlement is not None
    told = statement(settlement).totals
    assert (told.gross, told.disputes, told.net) == (980_00, -975_00, 5_00)


@pytest.mark.parametrize("lost", [200_00, 80_00])
def test_money_for_nothing_that_was_lost_goes_back_once(store, till, lost):
    till.answer = SendBack("order cancelled")
    attempt = start_attempt(store_id=store.pk, purpose="till", reference=uuid4(), amount=200_00)
    apply_bank_event(word=payment_word(attempt))
    receipt = Receipt.objects.get()
    hear(receipt, "OPEN", lost)
    fail(Refund.objects.get())
    receipt.refresh_from_db()
    # what is on its way back is nobody's to keep
    assert receipt.outcome == ("unapplied" if lost == 200_00 else "returned")
    hear(receipt, "LOST", lost)
    for refund in Refund.objects.filter(state="started"):
        tell(refund, "SUCCESS")
    receipt.refresh_from_db()
    assert (receipt.outcome, receipt.refunded, receipt.lost) == ("returned", 200_00, lost)
    assert balances(store.pk) == {}
    assert not Txn.objects.filter(kind="refund_made_good").exists()


@pytest.fixture
def counter_money(store):
    shop_qr = ShopQr.objects.create(
        store_id=store.pk, vpa="nukkad.7f3k92qa@nkbank", opened_at=now()
    )
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    return Receipt.objects.get(shop_qr=shop_qr)


def test_what_the_shop_kept_is_not_sent_back_by_a_dispute_won(counter_money, store):
    about = {"store_id": store.pk, "receipt_id": counter_money.pk}
    fail(return_receipt(**about, reason="not for us"))
    keep_for_shop(**about, actor="person:gupta")
    hear(counter_money, "OPEN", 75_00)
    hear(counter_money, "WON", 75_00)
    assert refunds() == [("failed", 75_00)]
    assert balances(store.pk) == {"psp_clearing": 75_00, "payable": -75_00}


def test_what_is_made_good_is_final(prepaid, store):
    hear(prepaid, "LOST")
    refund = call_off(prepaid)
    fail(refund)
    refund.refresh_from_db()
    assert (refund.state, refund.ask_at, refund.completed_at) == ("made_good", None, None)
    assert retry_refund(store_id=store.pk, refund_id=refund.pk).state == "made_good"
    tell(refund, "FAILED")
    tell(refund, "SUCCESS")
    for status in ("LOST", "WON", "OPEN"):
        hear(prepaid, status)
    assert claim_refunds_to_ask(limit=10) == []
    assert refunds() == [("made_good", 1_000_00)]
    assert balances(store.pk) == {}


@pytest.mark.parametrize(
    ("first", "outcome"), [("fail", "LOST"), ("decide", "LOST"), ("fail", "WON")]
)
def test_a_refund_fails_while_its_dispute_is_decided(
    patient_locks, prepaid, store, elsewhere, eventually, first, outcome
):
    hear(prepaid, "OPEN", 400_00)
    refund = call_off(prepaid)
    for _ in range(3):
        tell(refund, "FAILED")
    acts = [lambda: tell(refund, "FAILED"), lambda: hear(prepaid, outcome, 400_00)]

    def on_its_own(act):
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        # both have begun, and the one that came first has the refund
        with elsewhere(lambda: Receipt.objects.locked().get(pk=prepaid.pk)):
            running = []
            for act in acts if first == "fail" else reversed(acts):
                running.append(pool.submit(on_its_own, act))
                eventually(lambda: waiting_for_locks() == len(running))
        for each in running:
            each.result()
    lost = outcome == "LOST"
    states = {state for state, _amount in refunds()}
    assert states == ({"made_good", "started"} if lost else {"started"})
    assert sum(amount for state, amount in refunds() if state == "made_good") == 400_00 * lost
    for each in Refund.objects.filter(state="started"):
        tell(each, "SUCCESS")
    assert balances(store.pk) == {}


def waiting_for_locks():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def test_receipts_from_before_tell_what_is_disputed_from_what_was_lost(prepaid):
    for n, status, amount in ((1, "OPEN", 100_00), (2, "LOST", 200_00), (3, "WON", 300_00)):
        hear(prepaid, status, amount, n=n)
    migration = import_module("payments.disputes.migrations.0002_lost_of_receipts")
    facts = {"disputed": 100_00, "lost": 200_00}
    told = Receipt.objects.filter(pk=prepaid.pk).values(*facts)
    with connection.cursor() as cursor:
        for split_or_join, expected in (
            (migration.JOIN, {"disputed": 300_00, "lost": 200_00}),
            (migration.SPLIT, facts),
        ):
            cursor.execute(split_or_join)
            assert told.get() == expected
        told.update(disputed=0, lost=0)
        cursor.execute(migration.SPLIT)
    assert told.get() == facts


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_with_the_bank_a_payer_gets_the_whole_once_and_its_file_agrees(
    live_bank, store, till, deliver_due, eventually, outcome
):
    payer = live_bank.open_payer(1_000_00)
    attempt = start_attempt(store_id=store.pk, purpose="till", reference=uuid4(), amount=1_000_00)
    live_bank.pay(intent_uri(attempt), payer)
    eventually(lambda: Receipt.objects.filter(attempt=attempt).exists())
    receipt = Receipt.objects.get(attempt=attempt)
    told = {"payment_id": receipt.payment_id, "amount": 400_00, "seconds": 600}
    dispute_id = live_bank.post("/control/disputes", **told).json()["dispute_id"]
    eventually(Dispute.objects.exists)

    def let_days_pass():
        for days in range(4):
            with travel(days=days, seconds=7200):
                poll_due()
                while deliver_due():
                    pass

    call_off(receipt)
    let_days_pass()
    assert live_bank.balance(payer) == 600_00
    assert refunds() == [("failed", 400_00), ("done", 600_00)]
    live_bank.post(f"/control/disputes/{dispute_id}", outcome=outcome)
    eventually(lambda: Dispute.objects.filter(state=outcome).exists())
    let_days_pass()
    assert live_bank.balance(payer) == 1_000_00
    assert refunds()[0] == ({"won": "done", "lost": "made_good"}[outcome], 400_00)
    assert balances(store.pk) == {}
    reconcile(day=business_date())
    assert not Difference.objects.filter(store_id=store.pk).exists()
