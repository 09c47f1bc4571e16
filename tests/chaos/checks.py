"""After the kills: is everything done, and is it what was promised?"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tests.chaos.load import Client
from tests.chaos.running import Running
from tests.invariants import broken_invariants
from tests.money.facts import read_facts
from tests.money.model import differences
from tests.money.ten import broken_of_the_ten, history

# What `tests.chaos.shops open` says.
Opened = dict[str, Any]

STILL_OWED = """
    SELECT (SELECT count(*) FROM core_outboxentry WHERE done_at IS NULL AND dead_at IS NULL
            AND (attempts > 0 OR due_at < now() + interval '1 minute'))
         + (SELECT count(*) FROM upi_refund WHERE state IN ('started', 'pending'))
         + (SELECT count(*) FROM upi_bankevent WHERE applied_at IS NULL)
"""
SOLD = """
    SELECT l.id, l.on_hand, coalesce(sum(n.packed), 0)
    FROM inventory_listing l
    LEFT JOIN (orders_orderline n JOIN orders_order o ON o.id = n.order_id
               AND o.state IN ('packed', 'out_for_delivery', 'delivered'))
        ON n.listing_id = l.id
    WHERE l.id = ANY(%s)
    GROUP BY l.id HAVING l.on_hand <> %s - coalesce(sum(n.packed), 0)
"""
OURS = """
    SELECT 'payment', payment_id, amount FROM upi_receipt
    UNION ALL
    SELECT 'refund', replace(id::text, '-', '') || CASE WHEN tries > 1 THEN '-' || tries ELSE '' END,
           amount
    FROM upi_refund WHERE state = 'done'
"""
THE_BANKS = """
    SELECT 'payment', payment_id, amount FROM bank_payment WHERE status = 'SUCCESS'
    UNION ALL
    SELECT 'refund', refund_id, amount FROM bank_refund WHERE status = 'SUCCESS'
"""


def still_owed(product: Running) -> int:
    """How much is owed yet, after days in which the bank behaves and is asked."""
    waiting = json.loads(product.manage("rest"))
    with product.connect() as connection:
        (owed,) = connection.execute(STILL_OWED).fetchone()
    return int(owed) + len(waiting)


def broken_promises(product: Running, load: Sequence[Client], opened: Opened) -> list[str]:
    """Everything that is not as it was promised or as it must be, each account of each store among
    it."""
    desk, stock = product.desk(), opened["stock"]
    listings = [UUID(each) for mine in opened["listings"].values() for each in mine]
    with product.connect() as connection:
        broken = broken_invariants(connection, at_rest=True)
        broken += _lost(connection, load)
        for listing, on_hand, sold in connection.execute(SOLD, [listings, stock]).fetchall():
            broken.append(f"listing {listing}: {stock} at first, {sold} sold, {on_hand} left")
        ours, the_banks = _rows(connection, OURS), _rows(desk.books, THE_BANKS)
        broken += broken_of_the_ten(connection, desk)
        broken += differences(read_facts(connection, desk.books), connection)
    broken += [f"only the bank knows of {each}" for each in sorted(the_banks - ours)]
    broken += [f"the bank knows nothing of {each}" for each in sorted(ours - the_banks)]
    desk.books.close()
    return broken


def told_history(product: Running) -> str:
    """A digest of all that was ever posted."""
    with product.connect() as connection:
        return history(connection)


def _lost(connection: Any, load: Sequence[Client]) -> list[str]:
    """Acknowledged orders that are not there under the key that they were acknowledged for."""
    kept = _rows(connection, "SELECT id::text, idempotency_key, 1 FROM orders_order")
    promised = {(each.order_id, each.key, 1) for client in load for each in client.promised}
    return [f"acknowledged, but lost: {each}" for each in sorted(promised - kept)]


def _rows(connection: Any, query: str) -> set[tuple[str, str, int]]:
    return set(connection.execute(query).fetchall())
