"""Reading the books: balances, the trial balance, statements, the rates of a day. Amounts are signed
paise.

What stood at the end of the last sealed day is kept; only what was posted since then is summed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection

from payments.ledger.models import Account, Balance, Leg, Rate

# One statement each, so that no day is sealed between what is kept and what is summed.
_OF_STORE = """
SELECT account, sum(amount) FROM (
    SELECT account, balance FROM (
        SELECT DISTINCT ON (account, party_id) account, balance FROM ledger_daybalance
        WHERE store_id = %(store)s AND day <= %(on)s {only}
        ORDER BY account, party_id, day DESC
    ) AS kept
    UNION ALL
    SELECT account, amount FROM ledger_leg
    WHERE store_id = %(store)s AND business_date <= %(on)s AND business_date > (
        SELECT coalesce(max(day), '-infinity') FROM ledger_seal
        WHERE store_id = %(store)s AND day <= %(on)s
    ) {only}
) AS stood (account, amount)
GROUP BY account
"""
_OF_PLATFORM = """
WITH kept AS (
    SELECT coalesce(max(day), '-infinity') AS day FROM ledger_platformbalance WHERE day <= %(on)s
)
SELECT account, sum(amount) FROM (
    SELECT account, balance FROM ledger_platformbalance, kept WHERE ledger_platformbalance.day = kept.day
    UNION ALL
    SELECT account, debits - credits FROM ledger_daybalance, kept
    WHERE ledger_daybalance.day > kept.day AND ledger_daybalance.day <= %(on)s
    UNION ALL
    SELECT leg.account, leg.amount FROM kept, ledger_txn AS txn
    JOIN ledger_leg AS leg ON leg.store_id = txn.store_id AND leg.txn_id = txn.id
    WHERE txn.business_date > kept.day AND txn.business_date <= %(on)s
      AND NOT EXISTS (SELECT FROM ledger_seal
                      WHERE store_id = txn.store_id AND day = txn.business_date)
) AS stood (account, amount)
GROUP BY account
"""


class NoRate(LookupError):
    """No rate of that name was in force on that day."""


@dataclass(frozen=True, slots=True)
class TaxRates:
    """What the law takes from a shop's sale, in basis points."""

    gst_on_commission_bps: int
    tds_bps: int
    tcs_bps: int


def balance(
    store_id: UUID, account: Account, *, party_id: UUID | None = None, on: date | None = None
) -> int:
    """What stands on a store's account: debit positive, credit negative.

    `on` is a business date at whose end it stood, default all that was posted; `party_id` is whose,
    on the khata accounts, default everybody's. Payable as of now is read from its stored balance.
    """
    if account == Account.PAYABLE and on is None:
        return Balance.objects.payable(store_id)
    only = "AND account = %(account)s" + " AND party_id = %(party)s" * (party_id is not None)
    sums = _sums(
        _OF_STORE.format(only=only),
        {"store": store_id, "account": account, "party": party_id, "on": on or date.max},
    )
    return sums.get(account, 0)


def trial_balance(store_id: UUID | None = None, *, on: date | None = None) -> dict[Account, int]:
    """Every account that ever moved, of one store or of all, at the end of a business date (default:
    now); the amounts sum to zero."""
    sql = _OF_PLATFORM if store_id is None else _OF_STORE.format(only="")
    sums = _sums(sql, {"store": store_id, "on": on or date.max})
    return {account: sums[account] for account in Account if account in sums}


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account over some days: what stood before, each leg with what stood after it, and what
    stood at the end. `more` if there were too many legs to list them all."""

    opening: int
    lines: Sequence[tuple[Leg, int]]
    closing: int
    more: bool


def account_statement(
    store_id: UUID, account: Account, *, first: date, last: date, most: int
) -> AccountStatement:
    """What moved on a store's account from `first` to `last`, at most so many legs."""
    opening = balance(store_id, account, on=first - timedelta(days=1))
    legs = (
        Leg.objects.of_account(store_id=store_id, account=account)
        .filter(business_date__range=(first, last))
        .select_related("txn")
        .order_by("business_date", "txn__posted_at", "txn_id", "n")[: most + 1]
    )
    listed = list(legs)[:most]
    after = list(accumulate((leg.amount for leg in listed), initial=opening))[1:]
    return AccountStatement(
        opening=opening,
        lines=list(zip(listed, after, strict=True)),
        closing=balance(store_id, account, on=last),
        more=len(legs) > most,
    )


def moved_in(account: Account, first: date, last: date) -> int:
    """By how much an account of all stores together changed from `first` to `last`: debits positive."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(leg.amount), 0) FROM ledger_txn AS txn"
            " JOIN ledger_leg AS leg ON leg.store_id = txn.store_id AND leg.txn_id = txn.id"
            " WHERE txn.business_date BETWEEN %s AND %s AND leg.account = %s",
            [first, last, account],
        )
        (amount,) = cursor.fetchone()
    return int(amount)


def _sums(sql: str, given: Mapping[str, Any]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return {account: int(total) for account, total in cursor.fetchall()}


def rate_on(name: Rate.Name, day: date) -> int:
    """The rate of that name in force on a business date, in basis points; raises NoRate."""
    found = dict(Rate.objects.in_force(day).filter(name=name).values_list("name", "bps"))
    return _pick(found, [name])[0]


def tax_rates(in_force: Mapping[str, int], *, has_pan: bool, gst_registered: bool) -> TaxRates:
    """Which of the rates in force, by name, apply to a shop's sale; raises NoRate.

    TDS is higher without a PAN; TCS is collected only from shops registered for GST.
    """
    gst_on_commission, tds, tcs = _pick(
        in_force,
        [
            Rate.Name.GST_ON_COMMISSION,
            Rate.Name.TDS if has_pan else Rate.Name.TDS_WITHOUT_PAN,
            Rate.Name.TCS if gst_registered else Rate.Name.TCS_UNREGISTERED,
        ],
    )
    return TaxRates(gst_on_commission_bps=gst_on_commission, tds_bps=tds, tcs_bps=tcs)


def _pick(in_force: Mapping[str, int], names: Sequence[Rate.Name]) -> list[int]:
    missing = [name.value for name in names if name not in in_force]
    if missing:
        raise NoRate(", ".join(missing))
    return [in_force[name] for name in names]
