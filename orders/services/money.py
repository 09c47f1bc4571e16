"""What a delivered order does to the ledger."""

from datetime import date

from django.db.models import Sum

from orders.models import Order
from payments.ledger.models import Kind
from payments.ledger.postings import Charges, DeliveryTerms, cash_delivery, delivery
from payments.ledger.services import post


def charges_of(order: Order) -> Charges:
    """How the order's total is divided between the shop, us and the State, at its frozen rates."""
    taxable = order.lines.aggregate(taxable=Sum("taxable"))["taxable"]
    return Charges.of(
        DeliveryTerms(
            goods=order.items_total,
            taxable=taxable,
            commission_bps=order.commission_bps,
            gst_on_commission_bps=order.commission_gst_bps,
            tds_bps=order.tds_bps,
            tcs_bps=order.tcs_bps,
            delivery_fee=order.delivery_fee,
            rounding=order.rounding,
        )
    )


def post_delivery(order: Order, *, on: date) -> None:
    """The money becomes the shop's on this business date; the caller has locked the order.

    Prepaid: out of the customer's deposit. Cash: the shop has it already and owes the charges.
    """
    charges = charges_of(order)
    prepaid = order.payment_method == Order.PaymentMethod.UPI
    post(
        store_id=order.store_id,
        key=f"delivery:{order.pk}",
        kind=Kind.DELIVERY if prepaid else Kind.CASH_DELIVERY,
        business_date=on,
        legs=delivery(charges) if prepaid else cash_delivery(charges),
        reference=order.pk,
    )
