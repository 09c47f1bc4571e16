"""What every account of every store must hold, worked out again from the facts alone.

None of this is the product's code, nor follows its postings one by one: each account is said from
what it means (docs/ledger.md, docs/money.md), when nothing is under way any more. So an error in a
posting, or in a rate, shows as a difference. Debits are positive, in paise.

Sources: commission on goods and GST on the commission by contract; TDS, s.194-O of the Income-tax
Act, on the gross sale; TCS, s.52 of the CGST Act, on the net taxable value; tax inside a price per
line, CGST equal to SGST; each amount rounded half up to the paisa, a cash bill to the rupee.
"""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID

from tests.money.facts import Facts, Flow, Khata, Line, Money, Order, rows

SHOPS_FAULT = {"damaged", "expired", "wrong_item"}
OVER = {"delivered", "cancelled", "rejected", "expired", "awaiting_payment"}
PACKED = {"packed", "out_for_delivery", "ready_for_pickup", "undelivered"}
WHOLE = 10_000

# (store, account, what it is about) -> paise. What it is about is an order, a khata, or for money
# paid out the store itself.
Books = dict[tuple[UUID, str, UUID], int]

LEDGER = """
    SELECT l.store_id, l.account,
           coalesce(l.party_id, CASE WHEN t.kind IN ('settlement', 'payout_confirmed', 'payout_failed')
                                     THEN t.store_id ELSE t.reference END),
           sum(l.amount)::bigint
    FROM ledger_leg l JOIN ledger_txn t ON t.store_id = l.store_id AND t.id = l.txn_id
    GROUP BY 1, 2, 3
"""
SHOWN = 6


@dataclass(frozen=True)
class Bill:
    """Goods with GST, the same without, delivery, and what brings a cash bill to the rupee."""

    goods: int
    taxable: int
    fee: int
    rounding: int


def differences(facts: Facts, product: Any) -> list[str]:
    """Each account of a store on which the ledger and the model differ, with both amounts and the
    orders and khatas that make the difference; empty when every one of them agrees."""
    model, ledger = should_hold(facts), _ledger(product)
    wrong: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for store, account, about in model.keys() | ledger.keys():
        key = (store, account, about)
        if model.get(key, 0) != ledger.get(key, 0):
            wrong[store, account].append(about)
    states = {order.id: f"{order.payment_method} {order.state}" for order in facts.orders}
    found = []
    for (store, account), abouts in sorted(wrong.items(), key=str):
        each = [
            f"{about} ({states.get(about, 'khata' if about in facts.khatas else 'store')})"
            f" {model.get((store, account, about), 0)} / {ledger.get((store, account, about), 0)}"
            for about in sorted(abouts)[:SHOWN]
        ]
        found.append(
            f"{account} of {store}: model {_sum(model, store, account)}, ledger"
            f" {_sum(ledger, store, account)}; {len(abouts)} differ: {'; '.join(each)}"
        )
    return found


def should_hold(facts: Facts) -> Books:
    """What each account holds when nothing is under way."""
    books: Books = defaultdict(int)
    for about, money in facts.money.items():
        _bank_side(books, about, money)
    for order in facts.orders:
        if order.payment_method == "upi":
            _prepaid(books, order, facts.money.get(order.id, Money(order.store)).taken)
        elif order.state == "delivered":
            _cash(books, order)
            _on_khata(books, order)
    for key, khata in facts.khatas.items():
        _khata(books, key, khata, facts.money.get(key, Money(khata.store)).taken)
    for store, amount in facts.paid_out.items():
        books[store, "psp_clearing", store] -= amount
        books[store, "payable", store] += amount
    return books


def _bank_side(books: Books, about: UUID, money: Money) -> None:
    """What the provider has of it, what lies there for nothing, and what disputes keep from the shop,
    or of money that was never the shop's from going back. What was paid for goods on its counter is
    the shop's, whole."""
    store = money.store
    for flow in (money.taken, money.stray, money.kept):
        books[store, "psp_clearing", about] += flow.came - flow.back - flow.lost
        books[store, "dispute_hold", about] -= flow.disputed
    stray = money.stray
    books[store, "unapplied_receipts", about] -= (
        stray.came - stray.back - stray.lost - stray.disputed
    )
    for flow in (money.taken, money.kept):
        books[store, "payable", about] += flow.lost + flow.disputed
    books[store, "payable", about] -= money.kept.came


def _prepaid(books: Books, order: Order, money: Flow) -> None:
    """Until the customer has the goods the money is a deposit; then the shop's, less the charges and
    what was paid back for goods that came back. A dispute takes nothing from the shop that was the
    customer's to have back anyhow."""
    books[order.store, "customer_deposit", order.id] -= _deposit(order, money)
    books[order.store, "payable", order.id] -= _made_good(order, money)
    if order.state == "delivered":
        sold = _bill(order, back=False)
        earned = sold.goods + sold.fee - _charges(books, order) - money.returned
        books[order.store, "payable", order.id] -= earned


def _deposit(order: Order, money: Flow) -> int:
    """Nothing once it is delivered or called off; once packed the bill; before that what was paid, less
    what was lost of what was owed back.

    What the bank refuses to send back, as its payer contests the payment, stays beside that.
    """
    bill = _bill(order, back=False)
    left = money.came - (money.back - money.returned) - _made_good(order, money)
    if money.disputed:
        return left - (bill.goods + bill.fee if order.state == "delivered" else 0)
    if order.state in OVER:
        return 0
    return bill.goods + bill.fee if order.state in PACKED else left


def _made_good(order: Order, money: Flow) -> int:
    """What was owed back before the customer had the goods, and they had by a dispute instead."""
    bill = _bill(order, back=False)
    if order.state in PACKED or order.state == "delivered":
        kept = bill.goods + bill.fee
    else:
        kept = 0 if order.state in OVER else order.left
    unpaid = money.came - (money.back - money.returned) - kept
    return min(money.lost, max(0, unpaid))


def _on_khata(books: Books, order: Order) -> None:
    """The shop's own debt, and its contra."""
    if order.khata is not None:
        bill = _bill(order, back=False)
        books[order.store, "khata", order.khata] += bill.goods + bill.fee
        books[order.store, "khata_contra", order.khata] -= bill.goods + bill.fee


def _cash(books: Books, order: Order) -> None:
    """The shop has the cash, or the debt, so it owes us the charges, and what rounding up brought."""
    rounding = _bill(order, back=False).rounding - _bill(order, back=True).rounding
    books[order.store, "rounding", order.id] -= rounding
    books[order.store, "payable", order.id] += _charges(books, order) + rounding


def _charges(books: Books, order: Order) -> int:
    """Put what we and the State take of a delivered order on its accounts; the sum.

    Commission and TCS are of what the customer keeps, TDS of all that was sold.
    """
    sold, back = _bill(order, back=False), _bill(order, back=True)
    commission = _share(sold.goods - back.goods, order.commission_bps)
    charges = {
        "commission": commission,
        "gst_on_commission": _share(commission, order.commission_gst_bps),
        "tds_payable": _share(sold.goods + sold.fee, order.tds_bps),
        "tcs_payable": _share(sold.taxable - back.taxable, order.tcs_bps),
    }
    for account, amount in charges.items():
        books[order.store, account, order.id] -= amount
    return sum(charges.values())


def _khata(books: Books, key: UUID, khata: Khata, money: Flow) -> None:
    """The shop's own debt beside its contra; what we were paid of it is owed to the shop, whole."""
    bought = sum(half_up(price * quantity, per) for price, per, quantity in khata.bought)
    owed = bought + khata.by_hand - money.came
    books[khata.store, "khata", key] += owed
    books[khata.store, "khata_contra", key] -= owed
    books[khata.store, "payable", key] -= money.came


def _bill(order: Order, *, back: bool) -> Bill:
    """Of what was packed, or of what came back of it; the fee comes back with the last of the goods
    when all of them came back for faults of the shop's."""
    goods = taxable = 0
    for line in order.lines:
        gross = half_up(line.price * line.packed, line.per)
        net = gross - 2 * half_up(gross * line.gst_bps, 2 * (WHOLE + line.gst_bps))
        if back:
            gross, net = (_part(whole, line) for whole in (gross, net))
        goods, taxable = goods + gross, taxable + net
    fee = order.delivery_fee
    if back and not (
        order.taken_back_for
        and set(order.taken_back_for) <= SHOPS_FAULT
        and all(line.back == line.packed for line in order.lines)
    ):
        fee = 0
    cash = order.payment_method == "cash"
    rounding = 100 * half_up(goods + fee, 100) - (goods + fee) if cash else 0
    return Bill(goods, taxable + _net_fee(order, fee), fee, rounding)


def _net_fee(order: Order, fee: int) -> int:
    """A delivery fee without the GST in it: it is taxed as the goods are that it brings (CGST Act s.8),
    those of each rate bearing their part of it by what they cost, to the paisa."""
    worth: dict[int, int] = defaultdict(int)
    for line in order.lines:
        if line.packed:
            worth[line.gst_bps] += half_up(line.price * line.packed, line.per)
    total, done, net = sum(worth.values()), 0, 0
    for bps, amount in sorted(worth.items()):
        part = half_up(fee * (done + amount), total) - half_up(fee * done, total)
        done += amount
        net += part - 2 * half_up(part * bps, 2 * (WHOLE + bps))
    return net


def _part(whole: int, line: Line) -> int:
    return half_up(whole * line.back, line.packed) if line.packed else 0


def _share(amount: int, bps: int) -> int:
    return half_up(amount * bps, WHOLE)


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number to a fraction that is not negative, a half going up."""
    return floor(Fraction(numerator, denominator) + Fraction(1, 2))


def _ledger(product: Any) -> Books:
    return {(store, account, about): held for store, account, about, held in rows(product, LEDGER)}


def _sum(books: Books, store: UUID, account: str) -> int:
    return sum(amount for key, amount in books.items() if key[:2] == (store, account))
