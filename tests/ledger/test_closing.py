"""A closed day takes no more postings, and what stands on it is sealed for good."""

import threading
from datetime import date, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from marketplace.core.clock import business_date, travel
from marketplace.core.errors import Busy
from marketplace.core.ids import uuid7
from marketplace.local.postgres import APP
from payments.ledger.closing import DayNotOver, close_day, seal_store, stores_to_seal
from payments.ledger.models import (
    Account,
    Closing,
    DayBalance,
    Kind,
    Leg,
    Seal,
    Txn,
    UnsettledLeg,
)
from payments.ledger.selectors import balance, trial_balance
from payments.ledger.services import Leg as NewLeg
from payments.ledger.services import post
from payments.ledger.tasks import close_books, seal_stores
from payments.ledger.verify import verify
from tests import patience
from tests.ledger.conftest import DAY, LATER, NEXT


@pytest.mark.django_db
def test_what_comes_late_for_a_closed_day_counts_for_the_next(store_id, earn):
    earn(100, "in time")
    close_day(day=DAY)
    late = earn(250, "late")
    txn = Txn.objects.get(pk=late)
    assert txn.business_date == NEXT
    assert set(txn.legs.values_list("business_date", flat=True)) == {NEXT}
    assert sorted(UnsettledLeg.objects.values_list("business_date", "amount")) == [
        (DAY, -100),
        (NEXT, -250),
    ]
    assert earn(250, "late") == late
    assert earn(100, "in time", DAY) != late
    assert Txn.objects.count() == 2


@pytest.mark.django_db
def test_a_day_is_closed_for_every_store_and_for_the_days_before_it(earn):
    close_day(day=NEXT)
    assert Txn.objects.get(pk=earn(100, day=DAY - timedelta(days=30))).business_date == LATER
    close_day(day=DAY)
    assert Closing.objects.last_day() == NEXT
    close_day(day=NEXT)
    assert Closing.objects.count() == 2


@pytest.mark.django_db
def test_only_a_day_that_is_over_can_be_closed():
    with pytest.raises(DayNotOver):
        close_day(day=business_date())
    # Nor by a machine whose clock is ahead: the database has a clock of its own.
    with (
        travel(days=40),
        pytest.raises(Exception, match="is not over"),
        transaction.atomic(),
    ):
        close_day(day=business_date() - timedelta(days=1))
    assert not Closing.objects.exists()


@pytest.mark.django_db
def test_a_store_is_sealed_day_by_day_and_each_seal_continues_the_last(store_id, earn):
    earn(100, "one", DAY)
    earn(250, "two", DAY)
    earn(40, "three", LATER)
    close_day(day=LATER)
    assert stores_to_seal() == [store_id]
    assert seal_store(store_id=store_id) == 2
    assert seal_store(store_id=store_id) == 0
    assert stores_to_seal() == []
    first, second = Seal.objects.order_by("day")
    assert (first.day, first.txn_count, bytes(first.previous)) == (DAY, 2, b"")
    assert (second.day, second.txn_count) == (LATER, 1)
    assert bytes(second.previous) == bytes(first.digest) != bytes(second.digest)
    assert len(bytes(second.digest)) == 32
    assert list(
        DayBalance.objects.of_account(store_id=store_id, account="payable")
        .order_by("day")
        .values_list("day", "debits", "credits", "balance")
    ) == [(DAY, 0, 350, -350), (LATER, 0, 40, -390)]
    assert verify() == []


@pytest.mark.django_db
def test_a_day_that_is_not_closed_is_not_sealed(store_id, earn):
    earn(100)
    assert (stores_to_seal(), seal_store(store_id=store_id)) == ([], 0)
    close_day(day=DAY)
    earn(7, "after", NEXT)
    assert seal_store(store_id=store_id) == 1
    assert list(Seal.objects.values_list("day", flat=True)) == [DAY]


def test_sealing_waits_for_postings_under_way(store_id, earn, transactional_db):
    """The posting has seen the day open; its row must be in the seal, or the seal must wait."""
    posted, go_on = threading.Event(), threading.Event()

    def post_slowly():
        try:
            with transaction.atomic():
                earn(100, "under way")
                posted.set()
                go_on.wait(patience.SECONDS)
        finally:
            connections.close_all()

    earn(50, "done")
    slow = threading.Thread(target=post_slowly)
    slow.start()
    assert posted.wait(patience.SECONDS)
    close_day(day=DAY)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 200")
    with pytest.raises(Busy):
        seal_store(store_id=store_id)
    assert not Seal.objects.exists()
    assert not DayBalance.objects.exists()
    go_on.set()
    slow.join()
    assert seal_store(store_id=store_id) == 1
    assert Seal.objects.get().txn_count == 2
    assert balance(store_id, Account.PAYABLE, on=DAY) == -150
    assert verify() == []


def test_days_are_closed_and_sealed_while_everybody_posts(store_id, transactional_db, concurrently):
    """However they meet, every posting is on an open day and in exactly one seal."""
    stores, numbers = [store_id, uuid7()], iter(range(8))

    def post_or_close():
        number = next(numbers)
        store = stores[number % 2]
        for turn in range(15):
            if number < 2:
                close_day(day=DAY + timedelta(days=turn // 5))
                seal_store(store_id=store)
            else:
                post(
                    store_id=store,
                    key=f"{number}-{turn}",
                    kind=Kind.CAPTURE,
                    business_date=DAY,
                    legs=[NewLeg(Account.PSP_CLEARING, 5), NewLeg(Account.CUSTOMER_DEPOSIT, -5)],
                )

    assert set(concurrently(8, post_or_close)) == {None}
    for store in stores:
        seal_store(store_id=store)
    assert Txn.objects.count() == 6 * 15
    assert verify() == []
    assert trial_balance()[Account.PSP_CLEARING] == 6 * 15 * 5


def test_the_nightly_round_closes_and_seals_with_a_real_worker(
    store_id, earn, celery_worker, eventually
):
    yesterday = business_date() - timedelta(days=1)
    before = yesterday - timedelta(days=3)
    earn(100, "one", before)
    earn(7, "two", business_date())
    close_books.delay()
    assert eventually(lambda: Seal.objects.filter(store_id=store_id, day=before).exists())
    assert Seal.objects.count() == 1
    # Before three in the morning the day before is still open.
    assert Closing.objects.last_day() in {yesterday, yesterday - timedelta(days=1)}
    close_books.delay()
    assert verify() == []


@pytest.mark.django_db
def test_before_three_in_the_morning_yesterday_is_still_open():
    from datetime import UTC, datetime

    with travel(to=datetime(2026, 11, 20, 21, 29, tzinfo=UTC)):  # 2:59 in India on the 21st
        close_books()
        assert Closing.objects.last_day() == date(2026, 11, 19)
    with travel(to=datetime(2026, 11, 20, 21, 31, tzinfo=UTC)):
        close_books()
        assert Closing.objects.last_day() == date(2026, 11, 20)
    assert not Leg.objects.exists()


def test_the_ledger_refuses_to_look_at_an_old_snapshot(store_id, earn, transactional_db, servers):
    """Under REPEATABLE READ a posting would not see that its day is sealed, nor a seal its posting."""
    earn(50, "first")
    url = servers.postgres.url(APP, str(connection.settings_dict["NAME"]))
    with psycopg.connect(url) as late:
        late.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        late.execute("SELECT FROM ledger_txn")
        close_day(day=DAY)
        assert seal_store(store_id=store_id) == 1
        for call, params in (
            (
                "SELECT ledger_post(%s, uuidv7(), 'late', 'capture', %s, now(), NULL, NULL,"
                " '{bank,payable}', '{5,-5}', NULL, NULL)",
                [store_id, DAY],
            ),
            ("SELECT ledger_seal_store(%s, %s)", [store_id, DAY]),
            ("SELECT ledger_roll_up(%s)", [DAY]),
        ):
            with pytest.raises(psycopg.Error, match="READ COMMITTED"):
                late.execute(call, params)
            late.rollback()
    assert Txn.objects.count() == 1
    assert verify() == []


@pytest.mark.django_db
def test_an_amount_that_a_days_sum_could_not_hold_is_refused(store_id):
    with pytest.raises(DatabaseError, match="cannot be"), transaction.atomic():
        post(
            store_id=store_id,
            key="absurd",
            kind=Kind.CAPTURE,
            business_date=DAY,
            legs=[NewLeg(Account.BANK, 10**15), NewLeg(Account.PAYABLE, -(10**15))],
        )
    assert not Txn.objects.exists()


def test_a_store_that_cannot_be_sealed_keeps_no_other_waiting(
    store_id, earn, connected_as, transactional_db
):
    other = uuid7()
    earn(50, "ours")
    post(
        store_id=other,
        key="theirs",
        kind=Kind.CAPTURE,
        business_date=DAY,
        legs=[NewLeg(Account.BANK, 5), NewLeg(Account.PAYABLE, -5)],
    )
    close_day(day=DAY)
    # A row that is there already, though nothing sealed it.
    superuser = connected_as("superuser")
    superuser.execute(
        "INSERT INTO ledger_daybalance (id, store_id, day, account, debits, credits, balance)"
        " VALUES (gen_random_uuid(), %s, %s, 'payable', 0, 50, -50)",
        [store_id, DAY],
    )
    seal_stores([str(store_id), str(other)])
    assert list(Seal.objects.values_list("store_id", flat=True)) == [other]
