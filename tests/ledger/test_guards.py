"""History cannot be changed, by the application, by the owner, or by the superuser."""

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import F, ProtectedError

from marketplace.core.ids import uuid7
from payments.ledger.closing import close_day, seal_store
from payments.ledger.models import (
    Balance,
    Closing,
    DayBalance,
    PlatformBalance,
    Seal,
    Txn,
    UnsettledLeg,
)
from payments.ledger.models import Leg as LegRow
from tests.ledger.conftest import DAY

TABLES = {
    "ledger_txn": Txn,
    "ledger_leg": LegRow,
    "ledger_balance": Balance,
    "ledger_unsettledleg": UnsettledLeg,
    "ledger_closing": Closing,
    "ledger_seal": Seal,
    "ledger_daybalance": DayBalance,
    "ledger_platformbalance": PlatformBalance,
}
WRITERS = [
    "ledger_close",
    "ledger_lock_payable",
    "ledger_post",
    "ledger_roll_up",
    "ledger_seal_store",
]


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
        "INSERT INTO {} DEFAULT VALUES",
        "SELECT * FROM {} FOR UPDATE",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
    ],
)
def test_the_application_can_only_read(earn, store_id, table, statement):
    earn(100)
    close_day(day=DAY)
    seal_store(store_id=store_id)
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
            "  FROM pg_proc WHERE proname = ANY (%s) ORDER BY 1",
            [WRITERS],
        )
        found = cursor.fetchall()
    assert found == [
        (name, True, ["search_path=pg_catalog, pg_temp"], "nukkad_owner", True, False)
        for name in WRITERS
    ]


@pytest.mark.parametrize("who", ["owner", "superuser"])
@pytest.mark.parametrize("table", sorted(TABLES.keys() - {"ledger_balance", "ledger_unsettledleg"}))
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {column} = {column}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_nobody_changes_history(earn, store_id, connected_as, who, table, statement):
    earn(100)
    close_day(day=DAY)
    seal_store(store_id=store_id)
    statement = statement.replace("{column}", TABLES[table]._meta.pk.column)
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
    values = ", ".join(["(%s, %s, %s, %s, '2026-11-21', %s, %s)"] * len(rows))
    flat = [
        value
        for n, account, amount in rows
        for value in (uuid7(), store_id, txn_id, n, account, amount)
    ]
    cursor.execute(
        "INSERT INTO ledger_leg (id, store_id, txn_id, n, business_date, account, amount)"
        f" VALUES {values}",
        flat,
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


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES.values())
def test_the_orm_has_no_way_to_change_the_books(earn, store_id, model):
    earn(100)
    close_day(day=DAY)
    seal_store(store_id=store_id)
    before = contents()
    row = model.objects.first() or model(pk=uuid7())
    for write in (
        row.save,
        row.delete,
        lambda: model.objects.create(pk=row.pk),
        lambda: model.objects.all().delete(),
        lambda: model.objects.update(**{model._meta.pk.name: F(model._meta.pk.name)}),
        lambda: model.objects.bulk_create([model()]),
        lambda: list(model.objects.select_for_update()),
    ):
        with pytest.raises((ProgrammingError, ProtectedError)), transaction.atomic():
            write()
    assert contents() == before
