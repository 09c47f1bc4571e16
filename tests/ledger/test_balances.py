"""What stands on an account as of any day, read from what is kept of closed days and the legs since."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from marketplace.core.ids import uuid7
from payments.ledger.closing import close_day, roll_up, seal_store
from payments.ledger.models import Account, Kind, PlatformBalance
from payments.ledger.selectors import account_statement, balance, trial_balance
from payments.ledger.services import Leg, post, reverse
from payments.ledger.verify import verify
from tests.ledger.conftest import DAY, LATER, NEXT, age_closings, nodes


@pytest.fixture
def two_stores(transactional_db):
    """Two stores' postings on three days; the first two days are closed and sealed."""
    stores = sorted([uuid7(), uuid7()])
    party = uuid7()
    for n, (store, day, amount) in enumerate(
        [
            (stores[0], DAY, 1000),
            (stores[0], NEXT, 300),
            (stores[0], LATER, 20),
            (stores[1], DAY, 7000),
            (stores[1], LATER, 1),
        ]
    ):
        post(
            store_id=store,
            key=str(n),
            kind=Kind.CAPTURE,
            business_date=day,
            legs=[Leg(Account.PSP_CLEARING, amount), Leg(Account.CUSTOMER_DEPOSIT, -amount)],
        )
    post(
        store_id=stores[0],
        key="khata",
        kind=Kind.CAPTURE,
        business_date=DAY,
        legs=[Leg(Account.KHATA, 60, party), Leg(Account.KHATA_CONTRA, -60, party)],
    )
    close_day(day=DAY)
    close_day(day=NEXT)
    for store in stores:
        seal_store(store_id=store)
    return stores, party


@pytest.mark.parametrize("rolled_up", [False, True])
def test_balances_as_of_any_day(two_stores, connected_as, rolled_up):
    (one, other), party = two_stores
    if rolled_up:
        age_closings(connected_as)
        assert roll_up()
        assert set(PlatformBalance.objects.values_list("day", flat=True)) == {NEXT}
    clearing, before = Account.PSP_CLEARING, DAY - timedelta(days=1)
    assert [balance(one, clearing, on=day) for day in (before, DAY, NEXT, LATER)] == [
        0,
        1000,
        1300,
        1320,
    ]
    assert [balance(other, clearing, on=day) for day in (DAY, NEXT, LATER, None)] == [
        7000,
        7000,
        7001,
        7001,
    ]
    assert [
        balance(one, Account.KHATA, on=NEXT, party_id=who) for who in (None, party, uuid7())
    ] == [
        60,
        60,
        0,
    ]
    assert trial_balance(one, on=DAY) == {
        clearing: 1000,
        Account.CUSTOMER_DEPOSIT: -1000,
        Account.KHATA: 60,
        Account.KHATA_CONTRA: -60,
    }
    assert [trial_balance(on=day)[clearing] for day in (DAY, NEXT, LATER)] == [8000, 8300, 8321]
    assert trial_balance(on=before) == {}
    assert verify() == []


def test_a_day_is_summed_over_all_stores_once_it_is_closed_for_a_day_and_sealed(
    two_stores, connected_as
):
    assert not roll_up()
    age_closings(connected_as)
    assert roll_up()
    assert not roll_up()
    assert dict(PlatformBalance.objects.values_list("account", "balance")) == {
        "psp_clearing": 8300,
        "customer_deposit": -8300,
        "khata": 60,
        "khata_contra": -60,
    }


def test_a_day_with_a_store_to_be_sealed_is_not_summed_yet(earn, connected_as, transactional_db):
    earn(100)
    close_day(day=DAY)
    age_closings(connected_as)
    assert not roll_up()
    assert not PlatformBalance.objects.exists()


def test_the_balance_of_an_account_reads_what_is_kept_and_not_its_history(
    connected_as, store_id, earn, django_assert_num_queries
):
    for n in range(5):
        earn(100, f"{n}")
    close_day(day=DAY)
    seal_store(store_id=store_id)
    earn(1, "since", NEXT)
    with django_assert_num_queries(1) as ran:
        assert balance(store_id, Account.CUSTOMER_DEPOSIT) == 501
    # until then rows have to be looked at for whether they are there
    connected_as("owner").execute("VACUUM ledger_leg")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + ran[0]["sql"])
        (plan,) = cursor.fetchone()
    legs = [node for node in nodes(plan[0]["Plan"]) if node.get("Relation Name") == "ledger_leg"]
    assert sum(node["Actual Rows"] for node in legs) == 1
    assert {node["Node Type"] for node in legs} == {"Index Only Scan"}


@pytest.mark.django_db
def test_a_statement_says_what_stood_before_and_after_each_leg(store_id, earn):
    earn(1000, "one", DAY)
    close_day(day=DAY)
    seal_store(store_id=store_id)
    second = earn(250, "two", NEXT)
    reverse(store_id=store_id, txn_id=second, key="undo", business_date=LATER)
    told = account_statement(store_id, Account.PAYABLE, first=NEXT, last=LATER, most=10)
    assert (told.opening, told.closing, told.more) == (-1000, -1000, False)
    assert [(leg.business_date, leg.amount, after) for leg, after in told.lines] == [
        (NEXT, -250, -1250),
        (LATER, 250, -1000),
    ]
    short = account_statement(store_id, Account.PAYABLE, first=NEXT, last=LATER, most=1)
    assert (len(short.lines), short.more, short.closing) == (1, True, -1000)
