"""Why a shop is paid what it is paid: every paisa of a settlement, from the ledger's own legs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from marketplace.core.money import in_rupees
from payments.ledger.models import PERSONAL_ACCOUNTS, Account, Kind, Leg
from payments.settlement.models import Payout, Settlement
from payments.upi.services.reconciliation import Book, Entry

# Which column of a statement the other side of a payable leg explains.
_COLUMNS = {
    Account.CUSTOMER_DEPOSIT: "gross",
    Account.COMMISSION: "commission",
    Account.GST_ON_COMMISSION: "gst_on_commission",
    Account.TDS_PAYABLE: "tds",
    Account.TCS_PAYABLE: "tcs",
    Account.DELIVERY_FEE: "delivery_fee",
    Account.ROUNDING: "rounding",
    Account.REFUND_IN_TRANSIT: "refunds",
    Account.DISPUTE_HOLD: "disputes",
    Account.UNAPPLIED_RECEIPTS: "counter_qr",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Paise as the shop sees them: what it earns is positive, what is taken off is negative.

    `net` is the sum of all the others: `gross` sales, less what we, the State and customers get,
    less the cash and the debts on khata that the shop holds already; `other` is what none of these explains.
    """

    gross: int = 0
    commission: int = 0
    gst_on_commission: int = 0
    tds: int = 0
    tcs: int = 0
    delivery_fee: int = 0
    rounding: int = 0
    cash_set_off: int = 0
    refunds: int = 0
    disputes: int = 0
    khata: int = 0
    counter_qr: int = 0
    other: int = 0
    net: int = 0


AMOUNTS = tuple(field.name for field in fields(Amounts))


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One business fact; `reference` is the order, or whatever else it was about."""

    business_date: date
    at: datetime
    kind: str
    reference: UUID | None
    txn_id: UUID
    amounts: Amounts

    @property
    def kind_label(self) -> str:
        return str(Kind(self.kind).label)


@dataclass(frozen=True, slots=True)
class Statement:
    """A settlement explained: its rows, their totals, and the payouts that brought the money."""

    settlement: Settlement
    rows: Sequence[StatementRow]
    totals: Amounts
    payouts: Sequence[Payout]


def statement(settlement: Settlement) -> Statement:
    """Explain a settlement; three statements of SQL. The totals' `net` is the settlement's."""
    txn_ids = settlement.items.values("leg__txn_id")
    by_txn: dict[UUID, list[Leg]] = defaultdict(list)
    legs = (
        Leg.objects.filter(store_id=settlement.store_id, txn_id__in=txn_ids)
        .select_related("txn")
        .order_by("txn__business_date", "txn__effective_at", "txn_id", "n")
    )
    for leg in legs:
        by_txn[leg.txn_id].append(leg)
    rows = [_row(each) for each in by_txn.values()]
    totals = {name: sum(getattr(row.amounts, name) for row in rows) for name in AMOUNTS}
    return Statement(
        settlement=settlement,
        rows=rows,
        totals=Amounts(**totals),
        payouts=list(settlement.payouts.order_by("n")),
    )


def _row(legs: Sequence[Leg]) -> StatementRow:
    """One transaction. Its legs sum to zero, so what is not payable adds up to the shop's net.

    Cash that the shop took, or credit that it gave, is a sale set off at once; what it made good of
    that is a refund that it need not hold for us any more.
    """
    txn = legs[0].txn
    returned = txn.kind in (Kind.CASH_GOODS_RETURNED, Kind.KHATA_GOODS_RETURNED)
    cash_in, cash_out = ("cash_set_off", "refunds") if returned else ("gross", "cash_set_off")
    amounts: dict[str, int] = defaultdict(int)
    for leg in legs:
        if leg.account in PERSONAL_ACCOUNTS:
            continue  # the shop's own book
        if leg.account == Account.PAYABLE:
            amounts["net"] -= leg.amount
        elif txn.kind == Kind.KHATA_PAID_BY_UPI:
            amounts["khata"] += leg.amount
        elif txn.kind == Kind.REFUND_MADE_GOOD:
            amounts["disputes"] += leg.amount
        elif leg.account == Account.CASH_WITH_STORE:
            amounts[cash_in if leg.amount > 0 else cash_out] += leg.amount
        else:
            amounts[_COLUMNS.get(Account(leg.account), "other")] += leg.amount
    return StatementRow(
        business_date=txn.business_date,
        at=txn.effective_at,
        kind=txn.kind,
        reference=txn.reference,
        txn_id=txn.pk,
        amounts=Amounts(**amounts),
    )


def statement_table(
    told: Statement, *, names: Mapping[UUID, str] | None = None
) -> Iterator[list[object]]:
    """The statement as a table in rupees with two decimals, totals last.

    `names` are what people call the references, such as order numbers.
    """
    yield ["date", "kind", "reference", *AMOUNTS]
    for row in told.rows:
        name = (names or {}).get(row.reference) if row.reference else None
        yield [row.business_date, row.kind, name or row.reference or "", *_in_rupees(row.amounts)]
    yield ["", "total", told.settlement.utr, *_in_rupees(told.totals)]


def _in_rupees(amounts: Amounts) -> list[str]:
    return [in_rupees(getattr(amounts, name)) for name in AMOUNTS]


def _payouts(start: datetime, end: datetime) -> dict[str, Entry]:
    """Payouts that left us in these hours, less those whose money came back in them."""
    sums: dict[str, int] = defaultdict(int)
    stores: dict[str, UUID] = {}
    for row in Payout.objects.filter(sent_at__gte=start, sent_at__lt=end):
        sums[row.payout_id] += row.amount
        stores[row.payout_id] = row.store_id
    came_back = Payout.objects.filter(
        state=Payout.State.FAILED,
        sent_at__isnull=False,
        completed_at__gte=start,
        completed_at__lt=end,
    )
    for row in came_back:
        sums[row.payout_id] -= row.amount
        stores[row.payout_id] = row.store_id
    return {key: Entry(amount, stores[key]) for key, amount in sums.items() if amount}


PAYOUT_BOOK = Book("payout", "payout_id", {"payout": 1, "payout_return": -1}, -1, _payouts)
