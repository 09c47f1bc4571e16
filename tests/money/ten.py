"""The ten invariants that every fault test ends with, and which query stands for each.

Most are queries of tests/invariants.py and payments/ledger/verify.py, named here by their beginning;
what those cannot ask, since it takes the bank's books as well, is asked here. That history is the
same after a restart is seen by tests/chaos, which restarts.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.money.desk import Desk
from tests.money.facts import ASKED, PAYMENTS, STORES, TAKEN_IN, rows, store_of

INDIA = timedelta(hours=5, minutes=30)
# Each invariant of the ten, and the queries that would show it broken.
STANDS_FOR: Mapping[str, Sequence[str]] = {
    "1 each transaction and the whole sum to zero, none is legless": (
        "1 each transaction has its legs",
        "1 each leg belongs to a transaction",
        "1 the whole ledger sums to zero",
    ),
    "2 each acknowledged key exists once": ("2 each key was used once", "9 one order per key"),
    "3 stored balances are sums of legs, no limit is crossed": (
        "3 the stored balance is the sum",
        "29 a khata's lines are its legs",
        "of_limits",
    ),
    "4 a payable leg is in one settlement at most; nets and queue add up": (
        "4 the payable balance is the sum",
        "4 each unsettled leg is a payable leg",
        "of_settlements",
    ),
    "5 no more goes back than came": ("28 no more goes back of a payment than came",),
    "6 every success is applied or sent back, once; nothing is left unapplied": ("of_successes",),
    "7 no order called off holds money, no paid one lacks stock": (
        "6 no order without stock",
        "14 a called-off order has given everything back",
        "15 a prepaid order is paid",
    ),
    "8 clearing is what the bank's file says": ("26 what the provider holds", "of_the_file"),
    "9 every effect is published and applied once": (
        "18 a receipt's refunds",
        "19 one message per reader",
        "20 no effect was given up",
        "21 nothing is still owed",
        "of_effects",
    ),
    "10 history stays as it was": (
        "5 each sealed day is as it was sealed",
        "5 each seal continues the one before",
    ),
}
OF_LIMITS = """
    SELECT 'khata ' || k.id || ' owes ' || b.amount || ' of at most ' || k."limit"
    FROM ledger_balance b JOIN khata_khata k ON k.id = b.party_id
    WHERE b.account = 'khata' AND b.amount NOT BETWEEN 0 AND k."limit"
"""
OF_SETTLEMENTS = """
    SELECT 'settlement ' || s.key || ', net ' || s.net || ', items ' || coalesce(i.sum, 0)
    FROM settlement_settlement s
    LEFT JOIN (SELECT settlement_id, sum(amount) AS sum FROM settlement_settlementitem
               GROUP BY 1) i ON i.settlement_id = s.id
    WHERE s.net <> coalesce(i.sum, 0)
    UNION ALL
    SELECT 'leg ' || l.id || ' of ' || t.kind
    FROM ledger_leg l
    JOIN ledger_txn t ON t.store_id = l.store_id AND t.id = l.txn_id
    LEFT JOIN settlement_settlementitem i ON i.leg_id = l.id
    LEFT JOIN ledger_unsettledleg u ON u.leg_id = l.id
    WHERE l.account = 'payable' AND t.kind <> 'settlement'
        AND (i.leg_id IS NULL) = (u.leg_id IS NULL)
"""
OF_EFFECTS = """
    SELECT event || ' for ' || consumer || ': ' || last_error
    FROM core_outboxentry WHERE done_at IS NULL
"""
RECEIPTS = "SELECT payment_id, amount, outcome FROM upi_receipt"
# Money for nothing that its payer has contested is for the payer's bank to send back, or to leave.
CONTESTED = "SELECT payment_id FROM bank_dispute WHERE status <> 'WON'"
CLEARING = "SELECT coalesce(sum(amount), 0) FROM ledger_leg WHERE account = 'psp_clearing'"
HISTORY = """
    SELECT encode(sha256(convert_to(coalesce(string_agg(told, E'\\n' ORDER BY told), ''), 'UTF8')), 'hex')
    FROM (SELECT l::text || t::text AS told FROM ledger_leg l
          JOIN ledger_txn t ON t.store_id = l.store_id AND t.id = l.txn_id) AS history
"""

SHOWN = 10


def broken_of_the_ten(product: Any, desk: Desk) -> list[str]:
    """What the ten ask beyond the queries of tests/invariants.py; empty when all is well."""
    return [
        f"{promise}: {told}"
        for promise, names in STANDS_FOR.items()
        for name in names
        if name in ASKED_HERE
        for told in ASKED_HERE[name](product, desk)[:SHOWN]
    ]


def history(product: Any) -> str:
    """A digest of every transaction and leg there is."""
    return str(rows(product, HISTORY)[0][0])


def _of_successes(product: Any, desk: Desk) -> list[str]:
    asked, taken_in = _ours(product)
    came = {
        (payment, amount)
        for payment, tr, amount in rows(desk.books, PAYMENTS)
        if tr in asked or payment in taken_in
    }
    known = {(payment, amount): outcome for payment, amount, outcome in rows(product, RECEIPTS)}
    broken = [f"only the bank knows of {each}" for each in sorted(came - known.keys())]
    broken += [f"the bank knows nothing of {each}" for each in sorted(known.keys() - came)]
    contested = {payment for (payment,) in rows(desk.books, CONTESTED)}
    left = [each for each, outcome in known.items() if outcome == "unapplied"]
    return broken + [f"{each} is unapplied" for each in left if each[0] not in contested]


def _of_the_file(product: Any, desk: Desk) -> list[str]:
    """The files of the days on which the bank was asked, without what is none of this product's."""
    asked, taken_in = _ours(product)
    stores = {store for (store,) in rows(product, STORES)}
    today = (datetime.now(UTC) + INDIA).date()
    net = 0
    for day in (today - timedelta(days=1), today):
        for row in csv.DictReader(io.StringIO(desk.file(day))):
            payment_is_ours = row["tr"] in asked or row["payment_id"] in taken_in
            if payment_is_ours or store_of(row["payout_id"]) in stores:
                net += int(row["amount"]) * (1 if row["direction"] == "in" else -1)
    clearing = rows(product, CLEARING)[0][0]
    return [] if net == clearing else [f"the file comes to {net}, our books to {clearing}"]


def _ours(product: Any) -> tuple[set[str], set[str]]:
    """The links that this product has made, and the payments on none of them that it has taken in."""
    asked = {tr for tr, *_ in rows(product, ASKED)}
    return asked, {payment for payment, *_ in rows(product, TAKEN_IN)}


# By the names under which STANDS_FOR lists them.
ASKED_HERE: Mapping[str, Callable[[Any, Desk], list[str]]] = {
    "of_limits": lambda product, desk: [told for (told,) in rows(product, OF_LIMITS)],
    "of_settlements": lambda product, desk: [told for (told,) in rows(product, OF_SETTLEMENTS)],
    "of_successes": _of_successes,
    "of_the_file": _of_the_file,
    "of_effects": lambda product, desk: [told for (told,) in rows(product, OF_EFFECTS)],
}
