"""A store's books, posted to with as little typing as the fact needs.

Models are imported where they are used: pytest may read this file before Django is set up.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from marketplace.core.ids import uuid7
from marketplace.local.postgres import OWNER, SUPERUSER
from tests.servers import Servers

DAY = date(2026, 11, 21)
NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)
Connect = Callable[[str], psycopg.Connection[tuple[object, ...]]]


@pytest.fixture
def store_id() -> UUID:
    return uuid7()


@pytest.fixture
def earn(store_id: UUID) -> Callable[..., UUID]:
    """`earn(amount, key)`: the store earned this, out of a customer's deposit."""

    from payments.ledger.models import Account, Kind
    from payments.ledger.services import Leg, post

    def post_earning(amount: int, key: str = "earned", day: date = DAY) -> UUID:
        return post(
            store_id=store_id,
            key=key,
            kind=Kind.DELIVERY,
            business_date=day,
            legs=[Leg(Account.CUSTOMER_DEPOSIT, amount), Leg(Account.PAYABLE, -amount)],
        )

    return post_earning


@pytest.fixture
def connected_as(servers: Servers, transactional_db: None) -> Iterator[Connect]:
    """`connected_as("owner" | "superuser")`: a connection of that role to this test's database."""
    from django.db import connection

    opened: list[psycopg.Connection[tuple[object, ...]]] = []
    roles = {"owner": OWNER, "superuser": SUPERUSER}

    def connect(who: str) -> psycopg.Connection[tuple[object, ...]]:
        name = str(connection.settings_dict["NAME"])
        opened.append(psycopg.connect(servers.postgres.url(roles[who], name), autocommit=True))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def age_closings(connected_as: Connect) -> None:
    """Let every day have been closed for more than a day: only its trigger stands in the way."""
    superuser = connected_as("superuser")
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("UPDATE ledger_closing SET closed_at = closed_at - interval '25 hours'")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan as EXPLAIN (FORMAT JSON) tells it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)
