"""What each business fact does to the accounts: pure functions from paise to balanced legs.

Debits are positive, credits negative. Amounts passed in are never negative, in paise; whatever is
built sums to zero. Pass the result to `services.post`.
"""

from dataclasses import dataclass
from uuid import UUID

from marketplace.core.money import apply_bps
from payments.ledger.models import Account
from payments.ledger.services import Leg

Legs = list[Leg]

# What a difference with the bank is booked to.
CORRECTABLE = frozenset({Account.PAYABLE, Account.BANK_DIFFERENCES})
# What a refund or a failed refund can come from and go back to.
REFUNDABLE = frozenset({Account.CUSTOMER_DEPOSIT, Account.PAYABLE, Account.UNAPPLIED_RECEIPTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTerms:
    """What was delivered and at which rates, as snapshotted on the order.

    `goods` is the sum of the lines with GST; `delivery_fee` is what the customer pays for delivery;
    `taxable` is what the shop sells without GST, so a delivery of its own too; `rounding` is what
    a cash bill was rounded by, up or down. Rates are in basis points.
    """

    goods: int
    taxable: int
    commission_bps: int
    gst_on_commission_bps: int
    tds_bps: int
    tcs_bps: int
    delivery_fee: int = 0
    delivered_by_shop: bool = True
    rounding: int = 0

    def __post_init__(self) -> None:
        if min(self.taxable, self.goods, self.delivery_fee, self.total) < 0 or (
            self.taxable > self.sales
        ):
            raise ValueError(f"Not an order's amounts: {self}")

    @property
    def total(self) -> int:
        """What the customer pays."""
        return self.goods + self.delivery_fee + self.rounding

    @property
    def sales(self) -> int:
        """What the shop sells through us: its goods and, when it delivers itself, the delivery."""
        return self.goods + (self.delivery_fee if self.delivered_by_shop else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """How the total of a delivered order is divided, in paise; the parts sum to the total.

    `payable` is what is left for the shop before cash that it already holds. It may be negative.
    """

    total: int
    payable: int
    commission: int
    gst_on_commission: int
    tds: int
    tcs: int
    delivery_fee: int
    rounding: int

    @classmethod
    def of(cls, terms: DeliveryTerms) -> "Charges":
        """Work out the charges, each rounded half up to the paisa.

        Commission on the goods, and GST on the commission; TDS on the gross sales (Income-tax Act,
        s.194-O); TCS on the net value of taxable supplies (CGST Act, s.52).
        """
        commission = apply_bps(terms.goods, terms.commission_bps)
        gst_on_commission = apply_bps(commission, terms.gst_on_commission_bps)
        tds = apply_bps(terms.sales, terms.tds_bps)
        tcs = apply_bps(terms.taxable, terms.tcs_bps)
        return cls(
            total=terms.total,
            payable=terms.sales - commission - gst_on_commission - tds - tcs,
            commission=commission,
            gst_on_commission=gst_on_commission,
            tds=tds,
            tcs=tcs,
            delivery_fee=0 if terms.delivered_by_shop else terms.delivery_fee,
            rounding=terms.rounding,
        )

    def credits(self) -> Legs:
        """Each part on its account; they sum to minus the total."""
        return [
            Leg(Account.PAYABLE, -self.payable),
            Leg(Account.COMMISSION, -self.commission),
            Leg(Account.GST_ON_COMMISSION, -self.gst_on_commission),
            Leg(Account.TDS_PAYABLE, -self.tds),
            Leg(Account.TCS_PAYABLE, -self.tcs),
            Leg(Account.DELIVERY_FEE, -self.delivery_fee),
            Leg(Account.ROUNDING, -self.rounding),
        ]


def capture(amount: int) -> Legs:
    """The customer's payment arrived; until delivery it is the customer's deposit."""
    return _move(amount, debit=Account.PSP_CLEARING, credit=Account.CUSTOMER_DEPOSIT)


def delivery(charges: Charges) -> Legs:
    """A prepaid order was delivered: the deposit is earned and divided."""
    return [Leg(Account.CUSTOMER_DEPOSIT, charges.total), *charges.credits()]


def cash_delivery(charges: Charges) -> Legs:
    """A cash order was delivered: the shop earned its part, but holds the whole total already.

    The cash is set off against the payable at once, so that only what the shop owes us in charges
    is left there. An order on khata is the same to us: the shop holds the debt instead.
    """
    return [
        Leg(Account.CASH_WITH_STORE, charges.total),
        *charges.credits(),
        *_move(charges.total, debit=Account.PAYABLE, credit=Account.CASH_WITH_STORE),
    ]


def goods_returned(before: Charges, after: Charges) -> Legs:
    """Goods of a prepaid order came back: the shop gets back what was taken off for them.

    `before` and `after` divide what the customer had kept until then and keeps now, so returns of
    any sizes undo the charges to the paisa. What the customer gets is a refund out of the payable,
    posted by itself. TDS stays withheld: s.194-O takes it of the gross sale when that is credited,
    and a return later does not undo it; the shop claims it in its income-tax return.
    """
    undone = _undone(before, after)
    return [*undone, Leg(Account.PAYABLE, -sum(leg.amount for leg in undone))]


def cash_goods_returned(before: Charges, after: Charges) -> Legs:
    """Goods of a cash order came back, and the shop paid the customer out of its own till.

    `cash_delivery` the other way round: the sale is undone against the cash that the shop held for
    it, and as it holds that no longer, the set-off is undone too. TDS as in `goods_returned`.
    """
    undone = _undone(before, after)
    paid_back = before.total - after.total
    return [
        Leg(Account.PAYABLE, paid_back - sum(leg.amount for leg in undone)),
        *undone,
        Leg(Account.CASH_WITH_STORE, -paid_back),
        *_move(paid_back, debit=Account.CASH_WITH_STORE, credit=Account.PAYABLE),
    ]


def refund_started(amount: int, *, source: Account) -> Legs:
    """Money is on its way back to the customer, out of a deposit, a payable or a stray receipt."""
    return _move(amount, debit=_refundable(source), credit=Account.REFUND_IN_TRANSIT)


def refund_done(amount: int) -> Legs:
    """The provider paid the refund."""
    return _move(amount, debit=Account.REFUND_IN_TRANSIT, credit=Account.PSP_CLEARING)


def refund_failed(amount: int, *, source: Account) -> Legs:
    """The refund did not go through; the money is back where it came from."""
    return _move(amount, debit=Account.REFUND_IN_TRANSIT, credit=_refundable(source))


def refund_made_good(amount: int) -> Legs:
    """A refund owed out of the deposit was had by a dispute that the shop lost: the shop has it again."""
    return _move(amount, debit=Account.CUSTOMER_DEPOSIT, credit=Account.PAYABLE)


def late_receipt(amount: int) -> Legs:
    """Money came that no open order waits for: late, twice, or of the wrong amount."""
    return _move(amount, debit=Account.PSP_CLEARING, credit=Account.UNAPPLIED_RECEIPTS)


def apply_unapplied(amount: int) -> Legs:
    """A stray receipt found its order after all."""
    return _move(amount, debit=Account.UNAPPLIED_RECEIPTS, credit=Account.CUSTOMER_DEPOSIT)


def receipt_kept(amount: int) -> Legs:
    """Money paid to the QR on the shop's counter is the shop's: whole, as we only collected it."""
    return _move(amount, debit=Account.UNAPPLIED_RECEIPTS, credit=Account.PAYABLE)


def settlement(net: int) -> Legs:
    """The shop's unsettled legs, `net` paise in its favour, become one payout."""
    return _move(net, debit=Account.PAYABLE, credit=Account.PAYOUT_IN_TRANSIT)


def payout_confirmed(amount: int, *, paid_from: Account = Account.BANK) -> Legs:
    """The payout reached the shop, out of our bank account or straight out of clearing."""
    if paid_from not in {Account.BANK, Account.PSP_CLEARING}:
        raise ValueError(f"No payout is paid from {paid_from}.")
    return _move(amount, debit=Account.PAYOUT_IN_TRANSIT, credit=paid_from)


def payout_failed(amount: int) -> Legs:
    """The payout did not go through; the shop is owed the money again, in its next settlement."""
    return _move(amount, debit=Account.PAYOUT_IN_TRANSIT, credit=Account.PAYABLE)


def psp_settlement(amount: int) -> Legs:
    """The provider paid what it had collected into our bank account."""
    return _move(amount, debit=Account.BANK, credit=Account.PSP_CLEARING)


def khata(amount: int, *, party_id: UUID) -> Legs:
    """A customer owes the shop `amount` paise more, or less if negative: the shop's own debt, which
    stands against its contra and is never part of what we pay out."""
    return [
        Leg(Account.KHATA, amount, party_id),
        Leg(Account.KHATA_CONTRA, -amount, party_id),
    ]


def khata_paid_by_upi(amount: int, *, party_id: UUID) -> Legs:
    """A customer paid a debt back to us: it is less by that, and we owe the shop the money."""
    return [
        *_move(amount, debit=Account.CUSTOMER_DEPOSIT, credit=Account.PAYABLE),
        *khata(-amount, party_id=party_id),
    ]


def dispute_opened(amount: int, *, source: Account) -> Legs:
    """A payer contests a payment: what is at stake is kept back, from the shop or of a stray receipt."""
    return _move(amount, debit=_refundable(source), credit=Account.DISPUTE_HOLD)


def dispute_won(amount: int, *, source: Account) -> Legs:
    """The payment stands; the money is back where it was kept back from."""
    return _move(amount, debit=Account.DISPUTE_HOLD, credit=_refundable(source))


def dispute_lost(amount: int) -> Legs:
    """The payer's bank took the money back from the provider."""
    return _move(amount, debit=Account.DISPUTE_HOLD, credit=Account.PSP_CLEARING)


def bank_correction(amount: int, *, against: Account) -> Legs:
    """The provider has collected `amount` paise more for us than our books say, or less if negative."""
    if against not in CORRECTABLE:
        raise ValueError(f"No difference with the bank is booked to {against}.")
    return [Leg(Account.PSP_CLEARING, amount), Leg(against, -amount)]


def _undone(before: Charges, after: Charges) -> Legs:
    """Debit each account but the payable and TDS with what it had been credited too much."""
    return [
        Leg(Account.COMMISSION, before.commission - after.commission),
        Leg(Account.GST_ON_COMMISSION, before.gst_on_commission - after.gst_on_commission),
        Leg(Account.TCS_PAYABLE, before.tcs - after.tcs),
        Leg(Account.DELIVERY_FEE, before.delivery_fee - after.delivery_fee),
        Leg(Account.ROUNDING, before.rounding - after.rounding),
    ]


def _move(amount: int, *, debit: Account, credit: Account) -> Legs:
    if amount < 0:
        raise ValueError(f"{amount} paise cannot move from {credit} to {debit}.")
    return [Leg(debit, amount), Leg(credit, -amount)]


def _refundable(source: Account) -> Account:
    if source not in REFUNDABLE:
        raise ValueError(f"No refund is paid out of {source}.")
    return source
