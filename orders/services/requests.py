"""A request to buy happens once, however often it is sent: its key stands on the order itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from django.db import OperationalError, connection

from marketplace.accounts.errors import AccountClosed
from marketplace.core.locks import not_had
from marketplace.core.rows import load, select_list
from orders.errors import KeyReused, RequestInFlight, UnknownStore
from orders.models import CounterSale, Order
from stores.shops.models import Store


@dataclass(frozen=True, slots=True)
class Opening:
    """What is read before anything is locked: the shop, the rates of the day in basis points, and
    the order that the same request has already made."""

    store: Store
    rates: Mapping[str, int]
    earlier: Order | None


def open_request(order: Order, on: date) -> Opening:
    """Begin a purchase, in the caller's transaction; one statement, unless the key was used before.

    While the same key is at work in another transaction this one waits for it; the buyer cannot be
    erased until it ends. Raises UnknownStore, KeyReused, AccountClosed, and RequestInFlight when that
    takes longer than `lock_timeout`.
    """
    row, mine = _read(order, on)
    if not mine:
        take_turns("order", order)
        row, _ = _read(order, on)
    is_known, *row = row
    if order.person_id is not None and not is_known:
        raise AccountClosed
    earlier_id, rates, *store = row
    earlier = find_earlier(order) if earlier_id else None
    return Opening(load(Store, store), rates or {}, earlier)


def find_earlier(order: Order) -> Order | None:
    """What the request of this unsaved order has already bought. Raises KeyReused."""
    earlier = (
        Order.objects.of_store(order.store_id)
        .filter(actor=order.actor, idempotency_key=order.idempotency_key)
        .first()
    )
    if earlier is not None and earlier.request_hash != order.request_hash:
        raise KeyReused
    return earlier


def _read(order: Order, on: date) -> tuple[list[Any], bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            _opening_sql(),
            [
                _lock_number("order", order),
                order.person_id,
                order.actor,
                order.idempotency_key,
                on,
                on,
                order.store_id,
            ],
        )
        row = cursor.fetchone()
    if row is None:
        raise UnknownStore
    mine, *rest = row
    return rest, mine


def take_turns(kind: str, request: Order | CounterSale) -> None:
    """Let twins of this unsaved request wait until the caller's transaction ends. Raises
    RequestInFlight when one is at work for longer than `lock_timeout`."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_number(kind, request)])
        except OperationalError as error:
            if not_had(error):
                raise RequestInFlight from error
            raise


def _lock_number(kind: str, request: Order | CounterSale) -> int:
    """The name of this request among the database's advisory locks."""
    name = f"{kind} {request.store_id} {request.actor} {request.idempotency_key}"
    return int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)


@cache
def _opening_sql() -> str:
    return f"""
    SELECT pg_try_advisory_xact_lock(%s),
           (SELECT true FROM accounts_person WHERE id = %s AND erased_at IS NULL FOR SHARE),
           (SELECT id FROM orders_order
            WHERE store_id = store.id AND actor = %s AND idempotency_key = %s),
           (SELECT json_object_agg(name, bps) FROM ledger_rate
            WHERE valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)),
           {select_list(Store, "store")}
    FROM shops_store AS store
    WHERE store.id = %s
    """
