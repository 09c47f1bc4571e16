"""Proof that the books are right: each invariant as a query for what breaks it.

Numbers are those of docs/ledger.md. In a sound ledger every query returns nothing.
"""

from dataclasses import dataclass

from django.db import connection

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, and the row that shows it."""

    invariant: str
    where: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.where}"


INVARIANTS = {
    "1 each transaction has its legs, numbered, and they sum to zero": """
        SELECT 'store ' || t.store_id || ', transaction ' || t.id || ', ' || count(l.id)
            || ' legs of ' || t.leg_count || ', sum ' || coalesce(sum(l.amount), 0)
        FROM ledger_txn t LEFT JOIN ledger_leg l ON l.store_id = t.store_id AND l.txn_id = t.id
        GROUP BY t.store_id, t.id, t.leg_count
        HAVING count(l.id) <> t.leg_count OR coalesce(sum(l.amount), 0) <> 0
            OR min(l.n) <> 1 OR max(l.n) <> t.leg_count
    """,
    "1 each leg belongs to a transaction of its store": """
        SELECT 'store ' || l.store_id || ', leg ' || l.id
        FROM ledger_leg l
        WHERE NOT EXISTS (
            SELECT FROM ledger_txn t WHERE t.id = l.txn_id AND t.store_id = l.store_id
                AND t.business_date = l.business_date)
    """,
    "1 the whole ledger sums to zero": """
        SELECT 'sum ' || sum(amount) FROM ledger_leg HAVING sum(amount) <> 0
    """,
    "2 each key was used once": """
        SELECT 'store ' || store_id || ', key ' || idempotency_key
        FROM ledger_txn GROUP BY store_id, idempotency_key HAVING count(*) > 1
    """,
    "2 each reversal undoes exactly one transaction, once": """
        SELECT 'store ' || r.store_id || ', transaction ' || r.reverses
        FROM ledger_txn r
        WHERE r.reverses IS NOT NULL AND (
            NOT EXISTS (SELECT FROM ledger_txn t WHERE t.store_id = r.store_id AND t.id = r.reverses)
            OR EXISTS (
                SELECT FROM ledger_leg l
                WHERE l.store_id = r.store_id AND l.txn_id IN (r.id, r.reverses)
                GROUP BY l.account, l.party_id HAVING sum(l.amount) <> 0)
        )
        UNION ALL
        SELECT 'store ' || store_id || ', transaction ' || reverses
        FROM ledger_txn WHERE reverses IS NOT NULL
        GROUP BY store_id, reverses HAVING count(*) > 1
    """,
    "3 the stored balance is the sum of the legs": """
        SELECT 'store ' || store_id || ', ' || account || coalesce(' of ' || nullif(party_id, ''), '')
            || ', stored ' || coalesce(b.amount, 0) || ', legs ' || coalesce(l.amount, 0)
        FROM (SELECT store_id, account, coalesce(party_id::text, '') AS party_id,
                     sum(amount) AS amount
              FROM ledger_balance GROUP BY 1, 2, 3) b
        FULL JOIN (SELECT store_id, account, coalesce(party_id::text, '') AS party_id,
                          sum(amount) AS amount
                   FROM ledger_leg WHERE account IN ('payable', 'khata') GROUP BY 1, 2, 3) l
            USING (store_id, account, party_id)
        WHERE coalesce(b.amount, 0) <> coalesce(l.amount, 0)
    """,
    "4 the payable balance is the sum of the unsettled legs": """
        SELECT 'store ' || store_id
            || ', payable ' || coalesce(b.amount, 0) || ', unsettled ' || coalesce(u.amount, 0)
        FROM (SELECT store_id, sum(amount) AS amount FROM ledger_balance
              WHERE account = 'payable' GROUP BY 1) b
        FULL JOIN (SELECT store_id, sum(amount) AS amount
                   FROM ledger_unsettledleg GROUP BY 1) u USING (store_id)
        WHERE coalesce(b.amount, 0) <> coalesce(u.amount, 0)
    """,
    "4 each unsettled leg is a payable leg as posted": """
        SELECT 'store ' || u.store_id || ', leg ' || u.leg_id
        FROM ledger_unsettledleg u
        LEFT JOIN ledger_leg l ON l.id = u.leg_id AND l.store_id = u.store_id
            AND l.account = 'payable' AND l.amount = u.amount
        LEFT JOIN ledger_txn t ON t.id = l.txn_id AND t.business_date = u.business_date
        WHERE t.id IS NULL
    """,
    "5 each sealed day is as it was sealed": """
        SELECT 'store ' || store_id || ', day ' || day
        FROM ledger_seal s
        WHERE digest <> ledger_digest(store_id, day, previous) OR txn_count <> (
            SELECT count(*) FROM ledger_txn t
            WHERE t.store_id = s.store_id AND t.business_date = s.day)
    """,
    "5 each seal continues the one before": """
        SELECT 'store ' || store_id || ', day ' || day
        FROM (SELECT store_id, day, previous, coalesce(
                  lag(digest) OVER (PARTITION BY store_id ORDER BY day), '') AS before
              FROM ledger_seal) chain
        WHERE previous <> before
    """,
    "5 nothing is posted to a sealed or rolled-up day": """
        SELECT 'store ' || store_id || ', day ' || posted.day
        FROM (SELECT store_id, business_date AS day FROM ledger_txn GROUP BY 1, 2) posted
        LEFT JOIN ledger_seal s USING (store_id, day)
        LEFT JOIN (SELECT store_id, max(day) AS day FROM ledger_seal GROUP BY 1) sealed
            USING (store_id)
        WHERE s.id IS NULL AND (
            posted.day < sealed.day
            OR posted.day <= (SELECT max(day) FROM ledger_platformbalance))
    """,
    "6 what is kept of a day is the sum of its legs": """
        SELECT 'store ' || store_id || ', day ' || day || ', ' || account
            || coalesce(' of ' || nullif(party_id, ''), '')
        FROM (SELECT store_id, day, account, coalesce(party_id::text, '') AS party_id, debits, credits,
                     balance
              FROM ledger_daybalance) kept
        FULL JOIN (
            SELECT l.store_id, business_date AS day, account, coalesce(party_id::text, '') AS party_id,
                coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debits,
                coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS credits,
                sum(sum(amount)) OVER (PARTITION BY l.store_id, account, party_id
                                       ORDER BY business_date) AS balance
            FROM ledger_leg l JOIN ledger_seal s ON s.store_id = l.store_id AND s.day = business_date
            GROUP BY l.store_id, business_date, account, party_id) legs
            USING (store_id, day, account, party_id)
        WHERE (kept.debits, kept.credits, kept.balance)
            IS DISTINCT FROM (legs.debits, legs.credits, legs.balance)
    """,
    "6 what is kept of all stores is the sum of what is kept of each": """
        SELECT 'day ' || day || ', ' || account
        FROM (
            SELECT day, account, bool_or(kept) AS kept, coalesce(sum(balance), 0) AS balance,
                sum(sum(moved)) OVER (PARTITION BY account ORDER BY day) AS stands
            FROM (
                SELECT day, account, debits - credits AS moved, false AS kept, 0 AS balance
                FROM ledger_daybalance
                UNION ALL
                SELECT day, account, 0, true, balance
                FROM (SELECT DISTINCT day FROM ledger_platformbalance) days
                CROSS JOIN (SELECT account FROM ledger_daybalance
                            UNION SELECT account FROM ledger_platformbalance) accounts
                LEFT JOIN ledger_platformbalance USING (day, account)
            ) AS both_sides
            GROUP BY day, account
        ) AS each_day
        WHERE kept AND balance <> stands
    """,
}


def verify() -> list[Broken]:
    """Every invariant of the ledger that is broken, at most 20 rows each; empty when all is well.

    One statement, so one snapshot: postings going on meanwhile cannot look like a fault.
    """
    # Materialized, since a sound ledger is read to its end: under a LIMIT alone the planner takes
    # slow ways through it that would come upon twenty faults early.
    checks = " UNION ALL ".join(
        f"(WITH found (broken) AS MATERIALIZED ({query}) SELECT %s, broken FROM found LIMIT {SHOWN})"
        for query in INVARIANTS.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(checks, list(INVARIANTS))
        return [Broken(invariant, where) for invariant, where in cursor.fetchall()]
