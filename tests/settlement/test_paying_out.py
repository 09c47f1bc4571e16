"""A settlement's money reaches the shop once, whatever the bank does."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from marketplace.core.clock import INDIA, travel
from marketplace.core.models import OutboxEntry
from payments.ledger.models import Account
from payments.ledger.selectors import trial_balance
from payments.settlement.models import Payout, Settlement
from payments.settlement.services import retry_payout, settle_store
from payments.settlement.tasks import poll_payouts
from payments.upi import bank_client, payees
from payments.upi.models import Difference
from payments.upi.services import intent_uri, start_attempt
from payments.upi.services.reconciliation import reconcile
from tests.upi.words import Till

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 20)
NET_OF_1000 = 958_84


@pytest.fixture
def bank(live_bank, monkeypatch):
    """A bank where a customer has paid us enough to pay shops from."""
    monkeypatch.setitem(payees._payees, "till", Till())
    attempt = start_attempt(
        store_id=uuid4(), purpose="till", reference=uuid4(), amount=50_000_00, note=""
    )
    live_bank.pay(intent_uri(attempt), live_bank.open_payer(50_000_00))
    return live_bank


@pytest.fixture
def vpa(bank, store):
    """The shop's own account, empty."""
    store.payout_vpa = bank.open_payer(0)
    store.save()
    return store.payout_vpa


@pytest.fixture
def settlement(store, deliver, vpa):
    deliver(1_000_00)
    return settle_store(store_id=store.pk, upto=DAY)


def clearing_and_transit(store):
    balances = trial_balance(store.pk)
    return balances[Account.PSP_CLEARING], balances[Account.PAYOUT_IN_TRANSIT]


def sent_payouts(bank, vpa):
    text = bank.get("/v1/reconciliation").text
    return [line for line in text.splitlines() if f",{vpa}," in line and ",payout," in line]


def test_the_shop_is_paid_and_told(bank, store, settlement, vpa, deliver_due):
    deliver_due()
    settlement.refresh_from_db()
    assert settlement.state == "confirmed"
    assert settlement.utr.startswith("NKBN")
    assert settlement.paid_at is not None
    assert bank.balance(vpa) == NET_OF_1000
    assert clearing_and_transit(store) == (1_000_00 - NET_OF_1000, 0)
    entry = OutboxEntry.objects.get(event="settlement.paid")
    assert entry.payload == {
        "settlement_id": str(settlement.pk),
        "store_id": str(store.pk),
    }


def test_an_answer_that_never_comes_pays_once(bank, settlement, vpa, deliver_due, monkeypatch):
    monkeypatch.setattr(bank_client, "TIMEOUT", 1)
    bank_client._http.cache_clear()
    bank.next("api_timeout_after_commit", operation="payout", match=settlement.key, seconds=3)
    deliver_due()
    bank_client._http.cache_clear()
    settlement.refresh_from_db()
    assert settlement.state == "confirmed"
    assert bank.balance(vpa) == NET_OF_1000
    assert len(sent_payouts(bank, vpa)) == 1


def test_a_bank_that_is_down_leaves_it_to_the_next_round(bank, settlement, vpa, deliver_due):
    bank.next("api_5xx", operation="payout", match=settlement.key)
    deliver_due()
    settlement.refresh_from_db()
    assert settlement.state == "ready"
    with travel(seconds=15 * 60 + 1):
        poll_payouts()
    settlement.refresh_from_db()
    assert settlement.state == "confirmed"
    assert Payout.objects.filter(settlement=settlement).count() == 1
    assert bank.balance(vpa) == NET_OF_1000


def test_a_payout_under_way_is_told_by_webhook(bank, settlement, deliver_due, eventually):
    bank.next("payout_pending", match=settlement.key, seconds=600)
    deliver_due()
    settlement.refresh_from_db()
    assert settlement.state == "sent"
    bank.post("/control/finish", id=settlement.key)
    eventually(lambda: Settlement.objects.get(pk=settlement.pk).state == "confirmed")


def test_a_failed_payout_is_sent_again_after_its_wait(bank, settlement, vpa, deliver_due):
    bank.next("payout_failed", match=settlement.key)
    deliver_due()
    settlement.refresh_from_db()
    assert settlement.state == "ready"
    first, second = settlement.payouts.order_by("n")
    assert (first.state, first.code, second.state) == ("failed", "U30", "ready")
    assert second.payout_id == f"{settlement.key}.2"
    poll_payouts()
    second.refresh_from_db()
    assert second.state == "ready"
    with travel(seconds=2 * 3600 + 1):
        poll_payouts()
    settlement.refresh_from_db()
    assert settlement.state == "confirmed"
    assert bank.balance(vpa) == NET_OF_1000


def test_a_failed_payout_that_was_paid_after_all_is_not_sent_again(
    bank, store, settlement, vpa, deliver_due
):
    bank.next("payout_failed_then_success", match=settlement.key, seconds=600)
    bank.next("webhook_lost", operation="payout", match=settlement.key, count=2)
    deliver_due()
    settlement.refresh_from_db()
    assert settlement.state == "ready"
    bank.post("/control/finish", id=settlement.key)
    with travel(seconds=2 * 3600 + 1):
        poll_payouts()
    settlement.refresh_from_db()
    assert settlement.state == "confirmed"
    first, second = settlement.payouts.order_by("n")
    assert (first.state, second.state, second.code) == ("confirmed", "failed", "superseded")
    assert bank.balance(vpa) == NET_OF_1000
    assert clearing_and_transit(store) == (1_000_00 - NET_OF_1000, 0)


def test_a_shop_paid_twice_owes_the_second(bank, store, settlement, vpa, deliver_due, eventually):
    bank.next("payout_failed_then_success", match=settlement.key, seconds=600)
    deliver_due()
    with travel(seconds=2 * 3600 + 1):
        poll_payouts()
    bank.post("/control/finish", id=settlement.key)
    eventually(lambda: settlement.payouts.get(n=1).state == "confirmed")
    assert bank.balance(vpa) == 2 * NET_OF_1000
    assert trial_balance(store.pk)[Account.PAYABLE] == NET_OF_1000
    assert clearing_and_transit(store) == (1_000_00 - 2 * NET_OF_1000, 0)
    assert OutboxEntry.objects.filter(event="settlement.paid").count() == 1


def test_an_address_that_does_not_exist_is_left_to_people(bank, store, settlement, deliver_due):
    store.payout_vpa = "nobody-at-all@nkbank"
    store.save()
    deliver_due()
    for _ in range(3):
        waiting = settlement.payouts.filter(state="ready").get()
        with travel(to=waiting.ask_at):
            poll_payouts()
    settlement.refresh_from_db()
    assert settlement.state == "failed"
    assert {payout.code for payout in settlement.payouts.all()} == {"ZH"}
    store.payout_vpa = bank.open_payer(0)
    store.save()
    retry_payout(store_id=store.pk, settlement_id=settlement.pk)
    deliver_due()
    settlement.refresh_from_db()
    assert settlement.state == "confirmed"
    assert bank.balance(store.payout_vpa) == NET_OF_1000
    assert clearing_and_transit(store) == (1_000_00 - NET_OF_1000, 0)


def test_a_payout_that_went_out_and_came_back_agrees_with_the_file(
    bank, settlement, deliver_due, eventually
):
    def differences():
        reconcile(day=datetime.now(UTC).astimezone(INDIA).date())
        return Difference.objects.filter(bank_reference__startswith=settlement.key).count()

    bank.next("payout_pending", match=settlement.key, seconds=600)
    deliver_due()
    assert differences() == 0
    bank.post("/control/finish", id=settlement.key, then="U30")
    eventually(lambda: settlement.payouts.get(n=1).state == "failed")
    assert differences() == 0


def test_two_beats_at_once_settle_and_pay_once(
    bank, store, deliver, vpa, two_connections, deliver_due
):
    deliver(1_000_00)
    made = two_connections(lambda: settle_store(store_id=store.pk, upto=DAY))
    assert sorted(each is not None for each in made) == [False, True]
    assert Settlement.objects.count() == 1
    deliver_due()
    assert bank.balance(vpa) == NET_OF_1000


def test_deliveries_during_a_settlement_are_in_this_one_or_the_next(store, deliver, concurrently):
    for _ in range(3):
        deliver(1_000_00)
    acts = [lambda: settle_store(store_id=store.pk, upto=DAY)] * 3
    acts += [lambda: deliver(1_000_00)] * 5
    concurrently(acts)
    settle_store(store_id=store.pk, upto=DAY)
    assert sum(Settlement.objects.values_list("net", flat=True)) == 8 * NET_OF_1000
    assert trial_balance(store.pk)[Account.PAYABLE] == 0
