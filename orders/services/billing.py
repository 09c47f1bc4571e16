"""What an order costs while it changes on its way to the customer.

The caller has locked the order. Every change of the bill after placing goes through here, so that
the lines, the totals and what was captured cannot fall apart.
"""

from collections.abc import Iterable

from marketplace.core.money import apply_bps, charge, round_to_rupee, rupees, tax_inside
from orders.errors import BillTooHigh
from orders.models import Order, OrderLine
from payments.upi.services import request_refund
from stores.inventory.models import Listing
from stores.shops.models import Store

PURPOSE = "order"
# A bill that is not prepaid may come out this much over what the customer agreed to, without asking
# (goods by weight).
OVER_BPS = 1000

# What UPI lets a customer pay a shop at once, in paise (NPCI's limit for ordinary merchants).
MOST_BY_UPI = 1_00_000_00
# Nobody may take two lakh rupees or more in cash for one sale (Income-tax Act 1961, s.269ST).
MOST_IN_CASH = 2_00_000_00 - 1

LINE_BILL = ("state", "quantity", "packed", "amount", "taxable", "cgst", "sgst")
ORDER_BILL = ("items_total", "delivery_fee", "rounding", "total", "refunded")


def gst_charged(store: Store, listing: Listing) -> int:
    """The GST inside the shop's price of a listing read with its tax, in basis points.

    Only a regular taxpayer charges GST (CGST Act s.10(4), s.32): another shop's price holds none.
    """
    return (listing.gst_bps or 0) if store.tax_status == Store.TaxStatus.REGULAR else 0


def check_total(total: int, payment_method: str) -> None:
    """Raises BillTooHigh where so many paise cannot be paid at once in this way."""
    if problem := total_problem(total, payment_method):
        raise problem


def total_problem(total: int, payment_method: str) -> BillTooHigh | None:
    """Why so many paise cannot be paid at once in this way."""
    most = MOST_BY_UPI if payment_method == Order.PaymentMethod.UPI else MOST_IN_CASH
    return BillTooHigh(total=rupees(total), most=rupees(most)) if total > most else None


def bill_line(line: OrderLine) -> None:
    """Price what the line is billed for, at the price and tax it was sold at; not saved."""
    line.amount = charge(price=line.price, per=line.per, quantity=line.billed)
    tax = tax_inside(line.amount, line.gst_bps)
    line.taxable, line.cgst, line.sgst = tax.taxable, tax.cgst, tax.sgst


def bill_order(order: Order, lines: Iterable[OrderLine]) -> None:
    """Add the bill up from all lines of the order; not saved. The delivery fee stays as agreed."""
    order.items_total = sum(line.amount for line in lines)
    cash = order.payment_method == Order.PaymentMethod.CASH
    owed = order.items_total + order.delivery_fee
    order.rounding = round_to_rupee(owed) if cash else 0
    order.total = owed + order.rounding


def paid(order: Order) -> int:
    """Paise of the customer's that we have and do not owe back."""
    return order.captured - order.refunded


def most_without_asking(order: Order) -> int:
    """The highest bill, in paise, that needs no word from the customer.

    Prepaid: what was captured, for nobody is billed what they have not paid. Else a tenth over
    what was agreed, to the rupee, since loose goods are never cut to the gram.
    """
    if order.prepaid:
        return paid(order)
    most = order.agreed_total + apply_bps(order.agreed_total, OVER_BPS)
    return most // 100 * 100


def refund_surplus(order: Order, *, reason: str) -> int:
    """Owe back what a prepaid customer has paid beyond the bill; returns the paise. Not saved.

    Once per version of the order; the ledger takes it out of the customer's deposit.
    """
    surplus = paid(order) - order.total
    if not order.prepaid or surplus <= 0:
        return 0
    request_refund(
        store_id=order.store_id,
        purpose=PURPOSE,
        reference=order.pk,
        amount=surplus,
        reason=reason,
        key=f"surplus:{order.pk}:{order.version}",
    )
    order.refunded += surplus
    return surplus
