"""Each fault, put there by a superuser who switched the guards off, is found and named."""

import pytest
from django.core.management import call_command

from payments.ledger.verify import verify

STRAY_LEG = (
    "INSERT INTO ledger_leg (id, store_id, txn_id, n, business_date, account, amount)"
    " SELECT gen_random_uuid(), store_id, {txn}, 9, business_date, 'bank', {amount}"
    " FROM ledger_txn LIMIT 1"
)
REVERSAL_OF_NOTHING = (
    "UPDATE ledger_txn SET kind = 'reversal', reverses = gen_random_uuid()"
    " WHERE idempotency_key = 'one'"
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
        (REVERSAL_OF_NOTHING, {"2 each reversal"}),
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
