"""Many connections at once, as the application's role."""

import threading
from uuid import UUID

import pytest
from django.db import connection, transaction

from marketplace.core.errors import Busy
from payments.ledger.closing import close_day, seal_store
from payments.ledger.models import Account, Balance, Kind, Txn, UnsettledLeg
from payments.ledger.selectors import balance
from payments.ledger.services import Leg, lock_payable, post
from payments.ledger.verify import verify
from tests import patience
from tests.ledger.conftest import DAY


def test_the_same_key_at_once_is_posted_once(concurrently, earn, store_id):
    outcomes = concurrently(8, lambda: earn(100))
    assert len(set(outcomes)) == 1
    assert isinstance(outcomes[0], UUID)
    assert Txn.objects.count() == 1
    assert balance(store_id, Account.PAYABLE) == -100
    assert verify() == []


def test_one_key_for_two_bodies_at_once_lets_one_in(concurrently, earn, store_id):
    outcomes = concurrently([lambda: earn(100), lambda: earn(200)])
    assert sorted(isinstance(outcome, UUID) for outcome in outcomes) == [False, True]
    assert "key_reused" in outcomes
    assert balance(store_id, Account.PAYABLE) in {-100, -200}
    assert verify() == []


def test_a_busy_store_loses_no_posting(concurrently, earn, store_id):
    def sell(worker):
        return lambda: [earn(n + 1, f"{worker}:{n}") for n in range(25)]

    concurrently([sell(worker) for worker in range(16)])
    assert Txn.objects.count() == 16 * 25
    assert balance(store_id, Account.PAYABLE) == -16 * 25 * 26 // 2
    assert lock_payable(store_id=store_id) == -16 * 25 * 26 // 2
    assert Balance.objects.filter(store_id=store_id).count() <= 16
    assert verify() == []


def test_a_posting_does_not_wait_for_another_that_is_not_yet_committed(
    concurrently, earn, store_id
):
    earn(1, "first")
    second_is_in = threading.Event()

    def slow():
        with transaction.atomic():
            earn(10, "slow")
            assert second_is_in.wait(patience.SECONDS)

    def quick():
        earn(100, "quick")
        second_is_in.set()

    concurrently([slow, quick])
    assert balance(store_id, Account.PAYABLE) == -111
    assert verify() == []


def test_two_settlements_at_once_settle_once(concurrently, earn, store_id):
    for n in range(20):
        earn(10, f"order:{n}")
    legs = list(UnsettledLeg.objects.values_list("leg_id", flat=True))

    def settle(key):
        return lambda: post(
            store_id=store_id,
            key=key,
            kind=Kind.SETTLEMENT,
            business_date=DAY,
            legs=[Leg(Account.PAYABLE, 200), Leg(Account.PAYOUT_IN_TRANSIT, -200)],
            settles=legs,
        )

    outcomes = concurrently([settle("one"), settle("two"), settle("three")])
    assert outcomes.count("already_settled") == 2
    assert balance(store_id, Account.PAYABLE) == 0
    assert balance(store_id, Account.PAYOUT_IN_TRANSIT) == -200
    assert not UnsettledLeg.objects.exists()
    assert verify() == []


def test_the_payable_lock_makes_settlements_take_turns(concurrently, earn, store_id):
    earn(100)
    inside = []
    most = []

    def settle():
        with transaction.atomic():
            lock_payable(store_id=store_id)
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.05)
            inside.pop()

    concurrently(4, settle)
    assert most == [1, 1, 1, 1]


def test_a_caller_that_rolls_back_leaves_nothing(transactional_db, earn, store_id):
    with pytest.raises(RuntimeError), transaction.atomic():
        earn(100)
        raise RuntimeError
    assert not Txn.objects.exists()
    assert balance(store_id, Account.PAYABLE) == 0


def test_a_settlement_takes_its_locks_in_the_order_of_a_posting(store_id, earn, elsewhere):
    """The store's shared lock comes before its balances: a seal waits for a settlement from the
    start, and never stands between it and a posting that waits for these balances."""
    earn(100)
    close_day(day=DAY)
    with elsewhere(lambda: lock_payable(store_id=store_id)):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 200")
        with pytest.raises(Busy):
            seal_store(store_id=store_id)
    assert seal_store(store_id=store_id) == 1
