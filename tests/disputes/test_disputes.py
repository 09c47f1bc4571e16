"""Chargebacks with the simulated bank over HTTP: held at onset, answered in time, ended once."""

from uuid import uuid4

import pytest

from marketplace.core.clock import business_date, now, travel
from marketplace.core.errors import InvalidInput
from marketplace.core.models import OutboxEntry
from payments.disputes.models import Dispute
from payments.disputes.services import DisputeClosed, accept, contest
from payments.disputes.tasks import ask_about_disputes
from payments.ledger.models import Txn
from payments.settlement.selectors import statement
from payments.settlement.services import settle_store
from payments.upi.models import BankEvent, Difference, Receipt, Refund, ShopQr
from payments.upi.payees import Refund as SendBack
from payments.upi.services import (
    BankWord,
    Contested,
    apply_bank_event,
    ask_bank,
    intent_uri,
    keep_for_shop,
    start_attempt,
)
from payments.upi.services.reconciliation import reconcile
from payments.upi.tasks import keep_undecided, poll_due
from tests.upi.words import balances, counter_word

pytestmark = pytest.mark.django_db(transaction=True)

OWNER = "person:owner"
PAID = {"psp_clearing": 1_000_00, "payable": -1_000_00}


def answer(dispute, evidence="She took it at the door."):
    return contest(store_id=dispute.store_id, dispute_id=dispute.pk, evidence=evidence, actor=OWNER)


def decide(bank, dispute, outcome):
    bank.post(f"/control/disputes/{dispute.dispute_id}", outcome=outcome)


def becomes(dispute, state):
    return lambda: Dispute.objects.get(pk=dispute.pk).state == state


def word(dispute, status, **changes):
    data = {
        "dispute_id": dispute.dispute_id,
        "payment_id": dispute.receipt.payment_id,
        "amount": dispute.amount,
        "reason": dispute.reason,
        "status": status,
        "respond_by": dispute.respond_by.isoformat(),
        "completed_at": now().isoformat(),
    } | changes
    return BankWord(
        f"{data['dispute_id']}-{status}", "webhook", f"dispute.{status.lower()}", data, "{}"
    )


def test_what_is_disputed_is_held_back_from_the_shop(open_dispute, store, receipt):
    dispute = open_dispute(amount=300_00)
    assert (dispute.amount, dispute.state, dispute.receipt) == (300_00, "open", receipt)
    assert dispute.can_be_answered
    assert balances(store.pk) == PAID | {"payable": -700_00, "dispute_hold": -300_00}
    settlement = settle_store(store_id=store.pk, upto=business_date())
    told = statement(settlement)
    assert (told.totals.gross, told.totals.disputes, told.totals.net) == (
        1_000_00,
        -300_00,
        700_00,
    )
    assert told.totals.other == 0


def test_a_dispute_won_gives_the_money_back_to_the_shop(
    live_bank, open_dispute, store, deliver_due, eventually
):
    dispute = open_dispute()
    answer(dispute)
    while deliver_due():
        pass
    eventually(becomes(dispute, "contested"))
    assert balances(store.pk) == {"psp_clearing": 1_000_00, "dispute_hold": -1_000_00}
    decide(live_bank, dispute, "won")
    eventually(becomes(dispute, "won"))
    assert balances(store.pk) == PAID
    assert OutboxEntry.objects.filter(event="dispute.decided").count() == 1


@pytest.mark.parametrize("how", ["decided", "accepted", "deadline"])
def test_a_dispute_lost_gives_it_to_the_payer_and_the_file_agrees(
    live_bank, open_dispute, store, payer, deliver_due, eventually, how
):
    dispute = open_dispute(amount=400_00, seconds=0 if how == "deadline" else 600)
    if how == "decided":
        answer(dispute)
        decide(live_bank, dispute, "lost")
    elif how == "accepted":
        accept(store_id=store.pk, dispute_id=dispute.pk, actor=OWNER)
    while deliver_due():
        pass
    eventually(becomes(dispute, "lost"))
    assert live_bank.balance(payer) == 400_00
    assert balances(store.pk) == {"psp_clearing": 600_00, "payable": -600_00}
    reconcile(day=business_date())
    assert not Difference.objects.filter(bank_reference=dispute.dispute_id).exists()
    assert not Difference.objects.filter(store_id=store.pk).exists()


def test_a_dispute_that_no_webhook_told_of_is_asked_for(live_bank, store, receipt):
    live_bank.next("webhook_lost", operation="dispute")
    live_bank.post("/control/disputes", payment_id=receipt.payment_id)
    assert not Dispute.objects.exists()
    ask_about_disputes()
    assert Dispute.objects.get().amount == 1_000_00
    ask_about_disputes()
    assert balances(store.pk)["dispute_hold"] == -1_000_00


def test_a_dispute_told_before_its_payment_is_opened_once_that_is_known(
    live_bank, store, till, eventually
):
    live_bank.next("webhook_lost", operation="payment")
    attempt = start_attempt(store_id=store.pk, purpose="till", reference=uuid4(), amount=200_00)
    told = live_bank.pay(intent_uri(attempt), live_bank.open_payer())
    live_bank.post("/control/disputes", payment_id=told["payment_id"])
    eventually(lambda: BankEvent.objects.filter(kind="dispute.open", outcome="orphan").exists())
    ask_about_disputes()
    assert not Dispute.objects.exists()
    ask_bank(attempt.pk)
    for _ in range(2):
        ask_about_disputes()
        assert Dispute.objects.get().amount == 200_00
        assert balances(store.pk)["dispute_hold"] == -200_00


@pytest.fixture
def stray(live_bank, store, till, receipt, eventually):
    """₹200 that came for nothing; their refund has not been sent yet."""
    till.answer = SendBack("order cancelled")
    attempt = start_attempt(store_id=store.pk, purpose="till", reference=uuid4(), amount=200_00)
    told = live_bank.pay(intent_uri(attempt), live_bank.open_payer())
    eventually(lambda: Refund.objects.filter(receipt__payment_id=told["payment_id"]).exists())
    live_bank.post("/control/disputes", payment_id=told["payment_id"])
    eventually(lambda: Dispute.objects.exists())
    return Dispute.objects.get()


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_shop_does_not_answer_for_money_that_goes_back(
    live_bank, store, stray, outcome, deliver_due, eventually
):
    assert balances(store.pk)["payable"] == PAID["payable"]
    while deliver_due():
        pass
    assert balances(store.pk)["dispute_hold"] == -200_00
    decide(live_bank, stray, outcome)
    eventually(becomes(stray, outcome))
    for days in range(3):
        with travel(days=days, seconds=7200):
            poll_due()
            while deliver_due():
                pass
    assert Refund.objects.get().state == {"won": "done", "lost": "made_good"}[outcome]
    assert balances(store.pk) == PAID


def test_an_answer_that_did_not_get_through_is_sent_again(
    live_bank, open_dispute, deliver_due, eventually
):
    dispute = open_dispute()
    live_bank.next("api_5xx", operation="dispute")
    answer(dispute)
    deliver_due()
    assert becomes(dispute, "open")()
    ask_about_disputes()
    eventually(becomes(dispute, "contested"))


def test_an_answer_too_late_for_the_bank_leaves_it_to_the_bank(
    live_bank, open_dispute, deliver_due, eventually
):
    dispute = open_dispute()
    decide(live_bank, dispute, "lost")
    Dispute.objects.filter(pk=dispute.pk).update(state="open", decided_at=None)
    answer(dispute)
    while deliver_due():
        pass
    assert OutboxEntry.objects.get(event="dispute.answered").done_at is not None


def test_words_in_any_order_and_many_times_end_as_the_last_one_says(
    open_dispute, store, receipt, concurrently
):
    first = open_dispute(amount=100_00)
    Dispute.objects.get(pk=first.pk)
    other = {"dispute_id": "NKDOTHER", "amount": 200_00}
    for status in ("LOST", "CONTESTED", "OPEN", "LOST"):
        apply_bank_event(word=word(first, status, **other))
    lost = Dispute.objects.get(dispute_id="NKDOTHER")
    assert lost.state == "lost"
    expected = {"psp_clearing": 800_00, "payable": -700_00, "dispute_hold": -100_00}
    assert balances(store.pk) == expected
    at_once = {"dispute_id": "NKDATONCE", "amount": 50_00}
    words = [word(first, status, **at_once) for status in ("OPEN", "CONTESTED", "WON", "OPEN")]
    concurrently([lambda each=each: apply_bank_event(word=each) for each in words])
    assert Dispute.objects.get(dispute_id="NKDATONCE").state == "won"
    assert balances(store.pk) == expected
    assert Txn.objects.filter(kind="dispute_opened").count() == 3


def test_a_dispute_about_no_payment_of_ours_is_an_orphan(open_dispute, store):
    dispute = open_dispute()
    stray = word(dispute, "OPEN", dispute_id="NKDSTRAY", payment_id="NKBNOTOURS")
    assert apply_bank_event(word=stray) == "orphan"
    assert Dispute.objects.count() == 1


def test_it_is_answered_once_and_in_time(open_dispute, concurrently):
    dispute = open_dispute()
    about = {"store_id": dispute.store_id, "dispute_id": dispute.pk, "actor": OWNER}
    for nothing in ("", "  ", "x" * 2001):
        with pytest.raises(InvalidInput):
            answer(dispute, nothing)
    with travel(days=3, seconds=1), pytest.raises(DisputeClosed):
        answer(dispute)

    def act(step):
        try:
            return step().answer
        except DisputeClosed:
            return "closed"

    steps = [lambda: act(lambda: answer(dispute)), lambda: act(lambda: accept(**about))]
    outcomes = concurrently(steps * 2)
    assert outcomes.count("closed") == 3
    assert OutboxEntry.objects.filter(event="dispute.answered").count() == 1


@pytest.fixture
def by_counter_qr(store):
    """₹75 that came by the QR on the shop's counter; its owner has not said what for."""
    shop_qr = ShopQr.objects.create(
        store_id=store.pk, vpa="nukkad.7f3k92qa@nkbank", opened_at=now()
    )
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    return Receipt.objects.get(shop_qr=shop_qr)


def hear(receipt, status):
    data = {
        "dispute_id": f"D-{receipt.payment_id}"[:35],
        "payment_id": receipt.payment_id,
        "amount": receipt.amount,
        "reason": "not mine",
        "status": status,
        "created_at": now().isoformat(),
        "respond_by": now().isoformat(),
        "completed_at": now().isoformat(),
    }
    kind = f"dispute.{status.lower()}"
    apply_bank_event(word=BankWord(f"{kind}:{receipt.pk}", "webhook", kind, data, "{}"))


def keep(receipt):
    return keep_for_shop(store_id=receipt.store_id, receipt_id=receipt.pk, actor="person:gupta")


def test_counter_money_that_is_contested_is_not_the_shops_until_it_is_won(by_counter_qr, store):
    hear(by_counter_qr, "OPEN")
    with pytest.raises(Contested):
        keep(by_counter_qr)
    with travel(days=8):
        keep_undecided()
    assert balances(store.pk) == {"psp_clearing": 75_00, "dispute_hold": -75_00}
    hear(by_counter_qr, "WON")
    keep(by_counter_qr)
    assert balances(store.pk) == {"psp_clearing": 75_00, "payable": -75_00}


def test_counter_money_that_the_payer_had_back_is_never_the_shops(by_counter_qr, store):
    hear(by_counter_qr, "LOST")
    with pytest.raises(Contested):
        keep(by_counter_qr)
    assert balances(store.pk) == {}


@pytest.mark.parametrize(
    ("status", "left"), [("WON", {"psp_clearing": 75_00, "payable": -75_00}), ("LOST", {})]
)
def test_counter_money_that_was_kept_is_the_shops_to_answer_for(by_counter_qr, store, status, left):
    keep(by_counter_qr)
    hear(by_counter_qr, "OPEN")
    assert balances(store.pk) == {"psp_clearing": 75_00, "dispute_hold": -75_00}
    hear(by_counter_qr, status)
    assert balances(store.pk) == left
