"""History cannot be changed, by the application, by the owner, or by the superuser."""

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from marketplace.core.ids import uuid7
from payments.ledger.models import Balance, Txn, UnsettledLeg
from payments.ledger.models import Leg as LegRow

TABLES = {
    "ledger_txn": Txn,
    "ledger_leg": LegRow,
    "ledger_balance": Balance,
    "ledger_unsettledleg": UnsettledLeg,
}


def contents():
    return {name: list(model.objects.order_by("pk").values()) for name, model in TABLES.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET store_id = gen_random_uuid()",
        "DELETE FROM {}",
        "TRUNCATE {} CASCADE",
        "INSERT INTO {} SELECT * FROM {}",
        "SELECT * FROM {} FOR UPDATE",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
    ],
)
def test_the_application_can_only_read(earn, table, statement):
    earn(100)
    before = contents()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.replace("{}", table))
    assert contents() == before


@pytest.mark.django_db
def test_the_posting_function_is_the_owners_and_nobody_elses_to_run(earn):
    earn(100)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosecdef, proconfig, pg_get_userbyid(proowner),"
            "       has_function_privilege('nukkad_app', oid, 'EXECUTE'),"
            "       has_function_privilege('public', oid, 'EXECUTE')"
            "  FROM pg_proc WHERE proname IN ('ledger_post', 'ledger_lock_payable') ORDER BY 1"
        )
        found = cursor.fetchall()
    assert found == [
        (name, True, ["search_path=pg_catalog, pg_temp"], "nukkad_owner", True, False)
        for name in ("ledger_lock_payable", "ledger_post")
    ]


@pytest.mark.parametrize("who", ["owner", "superuser"])
@pytest.mark.parametrize("table", ["ledger_txn", "ledger_leg"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_nobody_changes_history(earn, connected_as, who, table, statement):
    earn(100)
    before = contents()
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="history"):
        connected_as(who).execute(statement.replace("{}", table))
    assert contents() == before


def insert_txn(cursor, txn_id, legs, leg_count=2):
    """As the owner, behind the back of ledger_post: `legs` are lists of rows, one per statement."""
    store_id = uuid7()
    cursor.execute(
        "INSERT INTO ledger_txn (id, store_id, idempotency_key, request_hash, kind, business_date,"
        " effective_at, posted_at, leg_count)"
        " VALUES (%s, %s, 'by hand', '', 'capture', '2026-11-21', now(), now(), %s)",
        [txn_id, store_id, leg_count],
    )
    for statement in legs:
        insert_legs(cursor, store_id, txn_id, statement)
    return store_id


def insert_legs(cursor, store_id, txn_id, rows):
    values = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(rows))
    flat = [
        value
        for n, account, amount in rows
        for value in (uuid7(), store_id, txn_id, n, account, amount)
    ]
    cursor.execute(
        f"INSERT INTO ledger_leg (id, store_id, txn_id, n, account, amount) VALUES {values}", flat
    )


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [[(1, "bank", 5), (2, "payable", -4)]],
        [[(1, "bank", 5)], [(2, "payable", -5)]],
        [[(1, "bank", 5), (3, "payable", -5)]],
        [[(1, "bank", 5), (2, "payable", -5), (3, "bank", 5), (4, "payable", -5)]],
        [[(1, "bank", 5), (2, "payable", -5)], [(3, "bank", 5), (4, "payable", -5)]],
    ],
)
def test_not_even_the_owner_writes_a_transaction_that_is_not_whole(connected_as, legs):
    owner = connected_as("owner")
    with pytest.raises(psycopg.errors.IntegrityError), owner.transaction():
        insert_txn(owner, uuid7(), legs)
    assert not Txn.objects.exists()
    assert not LegRow.objects.exists()


def test_nobody_adds_legs_to_a_transaction_that_stands(connected_as):
    owner, txn_id = connected_as("owner"), uuid7()
    whole = [(1, "bank", 5), (2, "payable", -5)]
    with owner.transaction():
        store_id = insert_txn(owner, txn_id, [whole])
    for other_store, other_txn, rows in [
        (store_id, txn_id, [(3, "bank", 5), (4, "payable", -5)]),
        (store_id, txn_id, whole),
        (uuid7(), txn_id, whole),
        (store_id, uuid7(), whole),
    ]:
        with pytest.raises(psycopg.errors.IntegrityError):
            insert_legs(owner, other_store, other_txn, rows)
    assert LegRow.objects.count() == 2
