"""What has happened, as the bank and the shops tell it; nothing here is read from the ledger.

The bank's side is its own database: what it debited, gave back, paid out and took away. Ours is the
orders with what was packed and taken back at which rates, and the khatas as the shopkeepers wrote
them. Paise, base units and basis points.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

RETURNED = "goods returned"
PAYMENTS = "SELECT payment_id, tr, amount FROM bank_payment WHERE status = 'SUCCESS'"
REFUNDS = "SELECT payment_id, amount, note FROM bank_refund WHERE status = 'SUCCESS'"
PAYOUTS = "SELECT payout_id, amount FROM bank_payout WHERE status = 'SUCCESS'"
DISPUTES = "SELECT payment_id, amount, status FROM bank_dispute"
ASKED = "SELECT replace(id::text, '-', ''), store_id, reference, amount FROM upi_paymentattempt"
# Payments that name none of our links: staff took them in for a shop, or they came by its counter QR,
# and may have been for an order.
TAKEN_IN = """
    SELECT r.payment_id, r.store_id, coalesce(a.reference, r.id), coalesce(a.amount, 0)
    FROM upi_receipt r LEFT JOIN upi_paymentattempt a ON a.id = r.attempt_id
    WHERE r.attempt_id IS NULL OR r.shop_qr_id IS NOT NULL
"""
# Of those, what was for goods sold at the counter.
KEPT = "SELECT payment_id FROM upi_receipt WHERE outcome = 'kept'"
# Which payments an order or a khata took; any other was for nothing and goes back.
TAKEN = "SELECT payment_id FROM upi_receipt WHERE outcome = 'applied'"
STORES = "SELECT id FROM shops_store"
ORDERS = """
    SELECT id, store_id, state, payment_method, khata_id, delivery_fee, captured - refunded,
           commission_bps, commission_gst_bps, tds_bps, tcs_bps
    FROM orders_order
"""
LINES = """
    SELECT n.order_id, n.price, n.per, n.gst_bps, coalesce(n.packed, 0), coalesce(back.quantity, 0)
    FROM orders_orderline n
    LEFT JOIN (SELECT each.line_id, sum(each.quantity)::bigint AS quantity
               FROM orders_returnline each JOIN orders_return r ON r.id = each.goods_return_id
               WHERE r.state = 'taken' GROUP BY 1) back ON back.line_id = n.id
"""
TAKEN_BACK_FOR = "SELECT order_id, reason FROM orders_return WHERE state = 'taken'"
KHATAS = "SELECT store_id, id FROM khata_khata"
SOLD_ON_KHATA = """
    SELECT s.khata_id, n.price, n.per, n.quantity
    FROM orders_countersale s JOIN orders_countersaleline n ON n.sale_id = s.id
    WHERE s.paid_by = 'khata'
"""
# Not what was sold or ordered, nor what the bank brought: the sale, the order and the bank say those.
WRITTEN_BY_HAND = """
    SELECT khata_id, amount FROM khata_khataentry
    WHERE kind NOT IN ('sale', 'order', 'upi')
"""


@dataclass(frozen=True)
class Line:
    """`packed` base units in the bag, `back` of them returned; `per` of them cost `price`."""

    price: int
    per: int
    gst_bps: int
    packed: int
    back: int


@dataclass(frozen=True)
class Order:
    """One purchase, at the rates that were agreed with the shop and in force that day."""

    id: UUID
    store: UUID
    state: str
    payment_method: str
    khata: UUID | None
    delivery_fee: int
    # what is not owed back of what was paid; after packing that is the bill
    left: int
    commission_bps: int
    commission_gst_bps: int
    tds_bps: int
    tcs_bps: int
    lines: Sequence[Line]
    taken_back_for: Sequence[str]


@dataclass
class Flow:
    """What the bank did with some payments: `returned` is what of `back` was for goods returned,
    `disputed` is not decided yet, `lost` was taken back by the payer's bank."""

    came: int = 0
    back: int = 0
    returned: int = 0
    disputed: int = 0
    lost: int = 0


@dataclass
class Money:
    """The payments for one order or khata of a store: those it took, those for nothing, and of those
    for goods on the counter the ones that are the shop's."""

    store: UUID
    taken: Flow = field(default_factory=Flow)
    stray: Flow = field(default_factory=Flow)
    kept: Flow = field(default_factory=Flow)


@dataclass
class Khata:
    """One customer's debt to a store, but for what was paid back by UPI."""

    store: UUID
    # price, per, base units of each line
    bought: list[tuple[int, int, int]] = field(default_factory=list)
    by_hand: int = 0


@dataclass(frozen=True)
class Facts:
    """Everything that a store's accounts follow from."""

    orders: Sequence[Order]
    khatas: dict[UUID, Khata]
    # by what was paid for: an order or a khata, or nothing
    money: dict[UUID, Money]
    paid_out: dict[UUID, int]


def read_facts(product: Any, bank: Any) -> Facts:
    """Ask the databases of the product and the bank, both over a DB-API connection."""
    return Facts(
        orders=_orders(product),
        khatas=_khatas(product),
        money=_money(product, bank),
        paid_out=_paid_out(product, bank),
    )


def _orders(product: Any) -> list[Order]:
    lines: dict[UUID, list[Line]] = defaultdict(list)
    for order, *line in rows(product, LINES):
        lines[order].append(Line(*line))
    reasons: dict[UUID, list[str]] = defaultdict(list)
    for order, reason in rows(product, TAKEN_BACK_FOR):
        reasons[order].append(reason)
    return [
        Order(*order, lines=lines[order[0]], taken_back_for=reasons[order[0]])
        for order in rows(product, ORDERS)
    ]


def _khatas(product: Any) -> dict[UUID, Khata]:
    khatas = {khata: Khata(store) for store, khata in rows(product, KHATAS)}
    for khata, price, per, quantity in rows(product, SOLD_ON_KHATA):
        khatas[khata].bought.append((price, per, quantity))
    for khata, amount in rows(product, WRITTEN_BY_HAND):
        khatas[khata].by_hand += amount
    return khatas


def _money(product: Any, bank: Any) -> dict[UUID, Money]:
    """Follow each payment from the link it was made on to what it was for; others are not ours."""
    asked = {tr: told for tr, *told in rows(product, ASKED)}
    taken = {payment for (payment,) in rows(product, TAKEN)}
    kept = {payment for (payment,) in rows(product, KEPT)}
    taken_in = {payment: told for payment, *told in rows(product, TAKEN_IN)}
    money: dict[UUID, Money] = {}
    flow_of: dict[str, Flow] = {}
    for payment, tr, amount in rows(bank, PAYMENTS):
        link = asked.get(tr) or taken_in.get(payment)
        if link is None:
            continue
        store, reference, wanted = link
        assert payment not in taken or amount == wanted, f"{payment} was taken for {wanted}"
        about = money.setdefault(reference, Money(store))
        flow_of[payment] = (
            about.taken if payment in taken else about.kept if payment in kept else about.stray
        )
        flow_of[payment].came += amount
    for payment, amount, note in rows(bank, REFUNDS):
        if flow := flow_of.get(payment):
            flow.back += amount
            flow.returned += amount if note == RETURNED else 0
    for payment, amount, status in rows(bank, DISPUTES):
        if (flow := flow_of.get(payment)) and status != "WON":
            flow.lost += amount if status == "LOST" else 0
            flow.disputed += 0 if status == "LOST" else amount
    return money


def _paid_out(product: Any, bank: Any) -> dict[UUID, int]:
    """By store: a payout's id is its settlement's key, `settle:<store>:<date>:<n>`. The bank may have
    paid the shops of other tests too."""
    paid: dict[UUID, int] = {store: 0 for (store,) in rows(product, STORES)}
    for payout_id, amount in rows(bank, PAYOUTS):
        store = store_of(payout_id)
        if store in paid:
            paid[store] += amount
    return paid


def store_of(payout_id: str) -> UUID | None:
    """Whose money a payout is."""
    return UUID(payout_id.split(":")[1]) if payout_id.startswith("settle:") else None


def rows(connection: Any, query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
