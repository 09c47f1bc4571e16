"""Watches every statement and tells of those that lock rows against the order of docs/stock.md.

Two transactions that lock the same rows in the same order never wait in a circle. So each first
lock of a row is compared with what its transaction has locked before: a table further down the
order, or a later key of the same table, is an offence. So is a change of what a lock guards
(a hold, a batch, an order line) without that lock.
"""

import re
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = tuple(str(ROOT / room) + "/" for room in ("marketplace", "stores", "orders", "payments"))

# From the first lock to the last. A payment attempt comes right after its order: money that arrives
# is applied under both, and only then looks for stock.
ORDER = (
    "core_outboxentry",
    "upi_bankevent",
    "request key",
    "accounts_person",
    "upi_shopqr",
    "orders_order",
    "complaints_complaint",
    "orders_proposal",
    "khata_khata",
    "upi_paymentattempt",
    "inventory_listing",
    "shops_slotday",
    "upi_refund",
    "upi_receipt",
    "disputes_dispute",
    "ledger_balance",
    "invoicing_series",
)
RANK = {table: rank for rank, table in enumerate(ORDER)}
# What may only change under the lock of the row that its column names.
GUARDED = {
    "inventory_hold": ("listing_id", "inventory_listing"),
    "inventory_batch": ("listing_id", "inventory_listing"),
    "inventory_stockmovement": ("listing_id", "inventory_listing"),
    "orders_orderline": ("order_id", "orders_order"),
    "orders_orderevent": ("order_id", "orders_order"),
    "complaints_complaintevent": ("complaint_id", "complaints_complaint"),
}
# Functions that lock rows which their results do not show.
CALLS = {
    "request key": re.compile(r"\bpg_(try_)?advisory_xact_lock\("),
    "ledger_balance": re.compile(r"\bledger_(post|lock_payable)\("),
}
TOGETHER = re.compile(r'\bAS \(\s*(?P<verb>UPDATE|DELETE FROM)\s+"?(?P<table>\w+)"?', re.I)
WRITES = re.compile(
    r'\s*(?P<verb>UPDATE|DELETE FROM|INSERT INTO)\s+(?:ONLY\s+)?"?(?P<table>\w+)"?'
    r'(?:\s+(?:AS\s+)?"?(?P<alias>(?!SET\b|WHERE\b|USING\b|VALUES\b|SELECT\b)[a-z]\w*)"?(?=\s))?',
    re.IGNORECASE,
)
LOCKS = re.compile(r"\bFOR (?P<mode>NO KEY UPDATE|UPDATE)\b(?P<skip>.*\bSKIP LOCKED)?", re.S)


@dataclass(frozen=True)
class Offence:
    """One statement that locked against the order, and where the product sent it."""

    why: str
    where: str

    def __str__(self) -> str:
        return f"{self.why}, at {self.where}"


@dataclass
class _Held:
    """What one transaction has locked so far."""

    keys: dict[str, set[UUID]] = field(default_factory=dict)
    deepest: int = -1


class LockOrder:
    """The recorder: `offences` grows while code under `rooms` sends statements.

    A test that prepares rows by hand, without locks, is no offender.
    """

    def __init__(self, rooms: tuple[str, ...] = PRODUCT) -> None:
        self.rooms = rooms
        self.offences: list[Offence] = []
        self._held: WeakKeyDictionary[BaseDatabaseWrapper, _Held] = WeakKeyDictionary()
        self._mutex = threading.Lock()

    def begin(self, connection: BaseDatabaseWrapper) -> None:
        """Forget what was locked: the transaction that held it has ended."""
        self._held[connection] = _Held()

    def watch(
        self,
        execute: Callable[..., Any],
        sql: Any,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        """As Django's `execute_wrappers` want it."""
        text = sql if isinstance(sql, str) else ""
        connection = context["connection"]
        if not _inside(connection):
            self.begin(connection)
        for name, call in CALLS.items():
            if call.search(text):
                answer = execute(sql, params, many, context)
                self._lock_unseen(connection, name)
                return answer
        if text.startswith("WITH "):
            for step in TOGETHER.finditer(text):
                self._watch_step(connection, step["table"], params)
        if write := WRITES.match(text):
            table = write["table"]
            if (table in RANK or table in GUARDED) and not many:
                return self._watch_write(execute, text, params, many, context, write)
        elif "FOR " in text and (lock := LOCKS.search(text)):
            answer = execute(sql, params, many, context)
            self._watch_select(connection, context["cursor"].cursor.pgresult, lock)
            return answer
        return execute(sql, params, many, context)

    def _watch_select(
        self, connection: BaseDatabaseWrapper, rows: Any, lock: re.Match[str]
    ) -> None:
        ids = _ids(connection)
        for column in range(rows.nfields):
            table = ids.get((rows.ftable(column), rows.ftablecol(column)))
            if table not in RANK:
                continue
            found = _column(rows, column)
            self._lock(connection, table, found, waits=not lock["skip"])
            if lock["mode"] == "UPDATE" and not lock["skip"]:
                self._tell(f"{table} is locked FOR UPDATE, which foreign keys wait for")
            return

    def _watch_write(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
        write: re.Match[str],
    ) -> Any:
        """Have the database say which rows a write touched, then judge it."""
        connection, table = context["connection"], write["table"]
        guard, guarding = GUARDED.get(table, ("id", table))
        asked = f' RETURNING "{write["alias"] or table}"."{guard}"'
        if re.search(r"\sRETURNING\s", sql.removesuffix(asked)):
            if table in RANK:
                self._lock_unseen(connection, table)
            return execute(sql, params, many, context)
        told = sql.rstrip().rstrip(";").removesuffix(asked) + asked
        answer = execute(told, params, many, context)
        rows = context["cursor"].cursor.pgresult
        found = _column(rows, 0)
        inserts = write["verb"].upper() == "INSERT INTO"
        if table in RANK and inserts and "ON CONFLICT" not in sql:
            # Nobody else sees the new rows: they are ours, and nothing was waited for.
            self._keys(connection, table).update(found)
        elif table in RANK:
            new = set(found) - self._keys(connection, table)
            if len(new) > 1:
                self._tell(f"{len(new)} rows of {table} changed that were not locked in key order")
            self._lock(connection, table, sorted(new), waits=True)
        elif missing := set(found) - self._keys(connection, guarding):
            self._tell(f"{table} changed without the lock on {len(missing)} of {guarding}")
        return answer

    def _watch_step(self, connection: BaseDatabaseWrapper, table: str, params: Any) -> None:
        """One of several writes in a statement: the rows it names must be locked already."""
        named = {each for param in params if isinstance(param, list) for each in param}
        new = {each for each in named if isinstance(each, UUID)} - self._keys(connection, table)
        if table in RANK and new:
            self._tell(f"{len(new)} rows of {table} changed that were not locked in key order")

    def _lock_unseen(self, connection: BaseDatabaseWrapper, table: str) -> None:
        """A lock on rows that the statement does not show: only its place in the order is judged."""
        held = self._held.setdefault(connection, _Held())
        if table not in held.keys and RANK[table] < held.deepest:
            self._tell(f"{table} is locked after {ORDER[held.deepest]}")
        held.keys.setdefault(table, set())
        held.deepest = max(held.deepest, RANK[table])

    def _lock(
        self, connection: BaseDatabaseWrapper, table: str, found: Any, *, waits: bool
    ) -> None:
        held = self._held.setdefault(connection, _Held())
        known = held.keys.setdefault(table, set())
        new = [key for key in found if key not in known]
        rank = RANK[table]
        if waits and new and rank < held.deepest:
            self._tell(f"{table} is locked after {ORDER[held.deepest]}")
        if waits and new != sorted(new):
            self._tell(f"rows of {table} are locked out of key order")
        if waits and new and known and min(new) < max(known):
            self._tell(f"a row of {table} is locked after one with a later key")
        known.update(new)
        if new:
            held.deepest = max(held.deepest, rank)

    def _keys(self, connection: BaseDatabaseWrapper, table: str) -> set[UUID]:
        return self._held.setdefault(connection, _Held()).keys.setdefault(table, set())

    def _tell(self, why: str) -> None:
        frames = [each for each in traceback.extract_stack() if ".venv" not in each.filename]
        ours = [each for each in frames if each.filename != __file__]
        if not ours or not ours[-1].filename.startswith(self.rooms):
            return
        last = [each for each in ours if each.filename.startswith(self.rooms)][-3:]
        where = " < ".join(
            f"{Path(each.filename).relative_to(ROOT)}:{each.lineno} {each.name}"
            for each in reversed(last)
        )
        with self._mutex:
            self.offences.append(Offence(why, where))


@contextmanager
def watching(recorder: LockOrder) -> Iterator[LockOrder]:
    """Have the recorder see every statement of this process, on every connection, for a block."""
    enter = transaction.Atomic.__enter__

    def enter_watched(self: transaction.Atomic) -> None:
        connection = transaction.get_connection(self.using)
        if not _inside(connection):
            recorder.begin(connection)
        enter(self)

    def install(connection: BaseDatabaseWrapper, **_: object) -> None:
        if recorder.watch not in connection.execute_wrappers:
            connection.execute_wrappers.append(recorder.watch)

    transaction.Atomic.__enter__ = enter_watched  # type: ignore[method-assign]
    connection_created.connect(install, weak=False)
    for known in connections.all(initialized_only=True):
        install(known)
    try:
        yield recorder
    finally:
        transaction.Atomic.__enter__ = enter  # type: ignore[method-assign]
        connection_created.disconnect(install)
        for known in connections.all(initialized_only=True):
            if recorder.watch in known.execute_wrappers:
                known.execute_wrappers.remove(recorder.watch)


def _inside(connection: BaseDatabaseWrapper) -> bool:
    """Whether a transaction of the product's own is open: the one around a test is not."""
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _column(rows: Any, column: int) -> list[UUID]:
    return [UUID(rows.get_value(row, column).decode()) for row in range(rows.ntuples)]


_known_ids: dict[tuple[int, int], str] = {}


def _ids(connection: BaseDatabaseWrapper) -> dict[tuple[int, int], str]:
    """The `id` columns as results name them, (table's oid, column's number): the same in all clones."""
    if not _known_ids:
        rows = connection.connection.execute(
            "SELECT attrelid, attnum, relname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
            " WHERE attname = 'id' AND c.relkind = 'r'"
        )
        _known_ids.update({(oid, number): name for oid, number, name in rows})
    return _known_ids
