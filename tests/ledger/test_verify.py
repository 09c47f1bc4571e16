"""Each fault, put there by a superuser who switched the guards off, is found and named."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from payments.ledger.closing import close_day, roll_up, seal_store
from payments.ledger.models import Account, Kind, PlatformBalance
from payments.ledger.services import Leg, post
from payments.ledger.verify import INVARIANTS, verify
from tests.ledger.conftest import DAY, NEXT, age_closings, nodes

STRAY_LEG = (
    "INSERT INTO ledger_leg (id, store_id, txn_id, n, business_date, account, amount)"
    " SELECT gen_random_uuid(), store_id, {txn}, 9, business_date, 'bank', {amount}"
    " FROM ledger_txn LIMIT 1"
)
REVERSAL_OF_NOTHING = (
    "UPDATE ledger_txn SET kind = 'reversal', reverses = gen_random_uuid()"
    " WHERE idempotency_key = 'one'"
)
REVERSALS_OF_ONE = (
    "UPDATE ledger_txn SET kind = 'reversal',"
    " reverses = (SELECT id FROM ledger_txn WHERE idempotency_key = 'one')"
    " WHERE idempotency_key IN ({keys})"
)


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("DELETE FROM ledger_leg", {"1 each transaction", "3 ", "4 each unsettled"}),
        (
            "UPDATE ledger_leg SET amount = amount + 1 WHERE account = 'payable'",
            {"1 each transaction", "1 the whole", "3 ", "4 each unsettled"},
        ),
        (
            STRAY_LEG.format(txn="gen_random_uuid()", amount=1),
            {"1 each leg", "1 the whole"},
        ),
        (
            STRAY_LEG.format(txn="id", amount=1),
            {"1 each transaction", "1 the whole"},
        ),
        ("UPDATE ledger_leg SET n = n + 2", {"1 each transaction"}),
        ("UPDATE ledger_leg SET business_date = '2020-01-01'", {"1 each leg"}),
        (REVERSAL_OF_NOTHING, {"2 each reversal"}),
        (REVERSALS_OF_ONE.format(keys="'two'"), {"2 each reversal"}),
        ("UPDATE ledger_balance SET amount = amount - 5", {"3 ", "4 the payable"}),
        ("DELETE FROM ledger_balance", {"3 ", "4 the payable"}),
        ("DELETE FROM ledger_unsettledleg WHERE amount = -100", {"4 the payable"}),
        (
            "UPDATE ledger_unsettledleg SET business_date = '2020-01-01'",
            {"4 each unsettled"},
        ),
    ],
)
def test_a_fault_is_found(earn, connected_as, fault, found):
    earn(100, "one")
    earn(250, "two")
    assert verify() == []
    superuser = connected_as("superuser")
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(fault)
    broken = {each.invariant for each in verify()}
    assert {name for name in found if any(each.startswith(name) for each in broken)} == found
    assert len(broken) == len(found), broken


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("UPDATE ledger_txn SET reference = gen_random_uuid()", {"5 each sealed day"}),
        (
            "UPDATE ledger_txn SET effective_at = effective_at + interval '1 us'",
            {"5 each sealed day"},
        ),
        (
            "UPDATE ledger_leg SET id = gen_random_uuid() WHERE account = 'bank'",
            {"5 each sealed day"},
        ),
        (
            "UPDATE ledger_seal SET previous = 'x', digest = ledger_digest(store_id, day, 'x')",
            {"5 each seal "},
        ),
        (
            "DELETE FROM ledger_seal WHERE day = '2026-11-21'",
            {"5 each seal ", "5 nothing", "6 what is kept of a day"},
        ),
        (
            "UPDATE ledger_daybalance SET balance = balance + 1 WHERE account = 'bank'",
            {"6 what is kept of a day"},
        ),
        (
            "UPDATE ledger_daybalance SET debits = debits + 1, credits = credits + 1",
            {"6 what is kept of a day"},
        ),
        ("DELETE FROM ledger_daybalance", {"6 what is kept of a day", "6 what is kept of all"}),
        ("UPDATE ledger_platformbalance SET balance = balance + 1", {"6 what is kept of all"}),
        (
            "DELETE FROM ledger_platformbalance WHERE account = 'bank'",
            {"6 what is kept of all"},
        ),
        ("UPDATE ledger_seal SET txn_count = txn_count + 1", {"5 each sealed day"}),
        ("DELETE FROM ledger_seal", {"5 nothing", "6 what is kept of a day"}),
        (
            "DELETE FROM ledger_platformbalance; DELETE FROM ledger_seal WHERE day = '2026-11-21'",
            {"5 each seal ", "5 nothing", "6 what is kept of a day"},
        ),
        (
            "UPDATE ledger_txn SET business_date = '2026-11-20' WHERE idempotency_key = 'three'",
            {"1 each leg", "5 each sealed day", "5 nothing"},
        ),
    ],
)
def test_a_fault_in_what_is_closed_is_found(store_id, connected_as, transactional_db, fault, found):
    for key, day in (("one", DAY), ("two", DAY), ("three", NEXT)):
        post(
            store_id=store_id,
            key=key,
            kind=Kind.PSP_SETTLEMENT,
            business_date=day,
            legs=[Leg(Account.BANK, 5), Leg(Account.PSP_CLEARING, -5)],
        )
    close_day(day=NEXT)
    seal_store(store_id=store_id)
    age_closings(connected_as)
    assert roll_up()
    assert verify() == []
    superuser = connected_as("superuser")
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(fault)
    broken = {each.invariant for each in verify()}
    assert {name for name in found if any(each.startswith(name) for each in broken)} == found
    assert len(broken) == len(found), broken


@pytest.mark.parametrize(
    ("guard", "fault", "invariant"),
    [
        (
            "ALTER TABLE ledger_txn DROP CONSTRAINT ledger_txn_once_per_key",
            "UPDATE ledger_txn SET idempotency_key = 'one'",
            "2 each key was used once",
        ),
        (
            "DROP INDEX ledger_txn_reversed_once",
            REVERSALS_OF_ONE.format(keys="'two', 'three'"),
            "2 each reversal undoes exactly one transaction, once",
        ),
    ],
)
def test_a_fault_that_an_index_rules_out_is_found(earn, connected_as, guard, fault, invariant):
    for key, amount in (("one", 100), ("two", -100), ("three", -100)):
        earn(amount, key)
    superuser = connected_as("superuser")
    superuser.execute("SET session_replication_role = replica")
    with superuser.transaction(force_rollback=True):
        superuser.execute(guard)
        assert superuser.execute(INVARIANTS[invariant]).fetchall() == []
        superuser.execute(fault)
        assert len(superuser.execute(INVARIANTS[invariant]).fetchall()) == 1
    assert verify() == []


def test_what_is_kept_is_read_once_and_not_once_a_day(store_id, earn, connected_as):
    """Or the time that years of books take would grow with the square of their days."""
    days = [DAY - timedelta(days=ago) for ago in range(6, 0, -1)]
    for day in days:
        earn(100, str(day), day)
        close_day(day=day)
    seal_store(store_id=store_id)
    age_closings(connected_as)
    with connection.cursor() as cursor:
        for day in days:
            cursor.execute("SELECT ledger_roll_up(%s)", [day])
        assert PlatformBalance.objects.count() == 2 * len(days)
        assert verify() == []
        for invariant, query in INVARIANTS.items():
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query)
            (plan,) = cursor.fetchone()
            for node in nodes(plan[0]["Plan"]):
                if node.get("Relation Name") in {"ledger_daybalance", "ledger_seal"}:
                    assert node["Actual Loops"] <= 1, (invariant, node)


@pytest.mark.django_db
def test_the_command_answers_by_its_exit_code(earn, capsys):
    earn(100)
    call_command("verify_ledger")
    assert "sound: 13 invariants hold" in capsys.readouterr().out


def test_the_command_names_what_is_broken(earn, connected_as, store_id, capsys):
    earn(100)
    connected_as("superuser").execute("UPDATE ledger_balance SET amount = -90")
    with pytest.raises(SystemExit) as exit_:
        call_command("verify_ledger")
    assert exit_.value.code == 1
    assert (
        f"3 the stored balance is the sum of the legs: store {store_id}, payable, "
        "stored -90, legs -100"
    ) in capsys.readouterr().err
