"""What a delivered order, and goods of it that come back, do to the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.core.money import round_to_rupee
from orders.models import Order, OrderLine
from payments.ledger import postings
from payments.ledger.models import Kind
from payments.ledger.postings import Charges, DeliveryTerms
from payments.ledger.services import post

_METHOD = Order.PaymentMethod
_DELIVERED = {
    _METHOD.UPI: Kind.DELIVERY,
    _METHOD.CASH: Kind.CASH_DELIVERY,
    _METHOD.KHATA: Kind.KHATA_DELIVERY,
}
_CAME_BACK = {
    _METHOD.UPI: Kind.GOODS_RETURNED,
    _METHOD.CASH: Kind.CASH_GOODS_RETURNED,
    _METHOD.KHATA: Kind.KHATA_GOODS_RETURNED,
}


@dataclass(frozen=True, slots=True)
class Returned:
    """What of a delivered order has come back so far, in paise: its goods, the delivery fee where
    that goes back too, both without GST, and what brings a cash refund to the rupee."""

    goods: int = 0
    taxable: int = 0
    delivery_fee: int = 0
    rounding: int = 0

    @property
    def total(self) -> int:
        """What the customer has been given back for it."""
        return self.goods + self.delivery_fee + self.rounding

    def __sub__(self, before: "Returned") -> "Returned":
        return Returned(
            goods=self.goods - before.goods,
            taxable=self.taxable - before.taxable,
            delivery_fee=self.delivery_fee - before.delivery_fee,
            rounding=self.rounding - before.rounding,
        )


def returned_of(order: Order, lines: Iterable[OrderLine], *, with_fee: bool) -> Returned:
    """Add up what has come back, as the order's lines say; `with_fee` when delivery is free after all.

    Every sum is a share of the line by all that came back of it, so that returns of any sizes add
    up to exactly what was billed; the same for the rupees of a cash order.
    """
    back = [line for line in lines if line.returned and line.packed]
    goods = sum(line.share(line.amount, line.returned) for line in back)
    fee, fee_taxable = (order.delivery_fee, order.fee_taxable) if with_fee else (0, 0)
    cash = order.payment_method == Order.PaymentMethod.CASH
    return Returned(
        goods=goods,
        taxable=sum(line.share(line.taxable, line.returned) for line in back) + fee_taxable,
        delivery_fee=fee,
        rounding=round_to_rupee(goods + fee) if cash else 0,
    )


def charges_of(order: Order, returned: Returned | None = None) -> Charges:
    """How what the customer paid and keeps is divided between the shop, us and the State, at the
    order's frozen rates."""
    back = returned or Returned()
    taxable = sum(order.lines.values_list("taxable", flat=True)) + order.fee_taxable
    return Charges.of(
        DeliveryTerms(
            goods=order.items_total - back.goods,
            taxable=taxable - back.taxable,
            commission_bps=order.commission_bps,
            gst_on_commission_bps=order.commission_gst_bps,
            tds_bps=order.tds_bps,
            tcs_bps=order.tcs_bps,
            delivery_fee=order.delivery_fee - back.delivery_fee,
            rounding=order.rounding - back.rounding,
        )
    )


def post_delivery(order: Order, *, on: date) -> None:
    """The money becomes the shop's on this business date; the caller has locked the order.

    Prepaid: out of the customer's deposit. Else the shop has it already, in its till or its khata,
    and owes the charges.
    """
    charges = charges_of(order)
    post(
        store_id=order.store_id,
        key=f"delivery:{order.pk}",
        kind=_DELIVERED[_METHOD(order.payment_method)],
        business_date=on,
        legs=postings.delivery(charges) if order.prepaid else postings.cash_delivery(charges),
        reference=order.pk,
    )


def post_return(
    order: Order, *, return_id: UUID, before: Returned, after: Returned, on: date
) -> None:
    """Goods came back on this business date: the shop is not charged for them any more.

    A prepaid order's refund is posted where it is asked for; another's was the shop's to make good.
    """
    undo = postings.goods_returned if order.prepaid else postings.cash_goods_returned
    legs = undo(charges_of(order, before), charges_of(order, after))
    if any(leg.amount for leg in legs):
        post(
            store_id=order.store_id,
            key=f"return:{return_id}",
            kind=_CAME_BACK[_METHOD(order.payment_method)],
            business_date=on,
            legs=legs,
            reference=order.pk,
        )
