"""Plain SQL to and from models, for the few paths where building a query costs more than running it.

A query of the ORM is put together anew each time; what stands here has one text per place in the
code, so that PostgreSQL plans it once for each connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import orjson
from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Write:
    """An INSERT, UPDATE or DELETE without RETURNING, to be sent together with others."""

    sql: str
    params: tuple[Any, ...]


def insert(rows: Sequence[models.Model]) -> Write:
    """New rows of one model: one text and one parameter, however many.

    Fields are taken as they stand on the instances; the database checks them as always.
    """
    sql, columns, values = _insertion(type(rows[0]))
    written = [dict(zip(columns, values(row), strict=True)) for row in rows]
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return Write(sql, (orjson.dumps(written, default=str).decode(),))


def write_together(*writes: Write) -> list[int]:
    """Send writes to different tables as one statement, and say how many rows each has touched.

    None of them sees what another one does.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(tuple(write.sql for write in writes)),
            [param for write in writes for param in write.params],
        )
        return list(cursor.fetchone())


@cache
def select_list(model: type[models.Model], alias: str, *only: str) -> str:
    """The columns of a model under an alias, all or only these, in the order that `load` reads."""
    return ", ".join(
        f"{alias}.{connection.ops.quote_name(str(field.column))}" for field in _fields(model, only)
    )


def load(model: type[Row], values: Sequence[object], *only: str) -> Row:
    """The instance whose columns `select_list` has named."""
    names, converted = _readers(model, only)
    if converted:
        values = list(values)
        for n, convert in converted:
            values[n] = convert(values[n], None, connection)
    return model.from_db(connection.alias, names, values)


def width(model: type[models.Model], *only: str) -> int:
    """How many columns `select_list` names."""
    return len(_fields(model, only))


@cache
def _statement(parts: tuple[str, ...]) -> str:
    steps = ",\n".join(f"w{n} AS ({part} RETURNING 1)" for n, part in enumerate(parts))
    counts = ", ".join(f"(SELECT count(*) FROM w{n})" for n in range(len(parts)))
    return f"WITH {steps}\nSELECT {counts}"


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[str], Any]:
    quote = connection.ops.quote_name
    fields = model._meta.concrete_fields
    table, names = quote(model._meta.db_table), [str(field.column) for field in fields]
    columns = ", ".join(map(quote, names))
    sql = (
        f"INSERT INTO {table} ({columns})"
        f" SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)"
    )
    return sql, names, attrgetter(*(field.attname for field in fields))


@cache
def _fields(model: type[models.Model], only: tuple[str, ...]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not only or field.attname in only]


@cache
def _readers(
    model: type[models.Model], only: tuple[str, ...]
) -> tuple[list[str], list[tuple[int, Any]]]:
    fields = _fields(model, only)
    converted = [
        (n, field.from_db_value)
        for n, field in enumerate(fields)
        if hasattr(field, "from_db_value")
    ]
    return [field.attname for field in fields], converted
