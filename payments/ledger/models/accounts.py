from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.TextChoices):
    """The accounts that every store has; what is ours in the deal stands here too, per store."""

    PSP_CLEARING = "psp_clearing", _("money at the payment provider")
    UNAPPLIED_RECEIPTS = "unapplied_receipts", _("receipts not yet applied")
    CUSTOMER_DEPOSIT = "customer_deposit", _("customers' deposits")
    PAYABLE = "payable", _("owed to the shop")
    COMMISSION = "commission", _("commission")
    GST_ON_COMMISSION = "gst_on_commission", _("GST on commission")
    TCS_PAYABLE = "tcs_payable", _("TCS collected")
    TDS_PAYABLE = "tds_payable", _("TDS withheld")
    DELIVERY_FEE = "delivery_fee", _("delivery fees")
    PROMO_EXPENSE = "promo_expense", _("promotions paid by the platform")
    REFUND_IN_TRANSIT = "refund_in_transit", _("refunds on their way")
    DISPUTE_HOLD = "dispute_hold", _("held for disputes")
    PAYOUT_IN_TRANSIT = "payout_in_transit", _("payouts on their way")
    BANK = "bank", _("bank")
    ROUNDING = "rounding", _("rounding of cash bills")
    BANK_DIFFERENCES = "bank_differences", _("differences with the bank")
    CASH_WITH_STORE = "cash_with_store", _("cash held by the shop")
    KHATA = "khata", _("khata: owed to the shop by a customer")
    KHATA_CONTRA = "khata_contra", _("khata, contra")

    @property
    def is_debit(self) -> bool:
        """Whether the account normally stands in debit: assets and expenses do."""
        return self in _DEBIT_ACCOUNTS


_DEBIT_ACCOUNTS = frozenset(
    {
        Account.PSP_CLEARING,
        Account.PROMO_EXPENSE,
        Account.BANK,
        Account.CASH_WITH_STORE,
        Account.KHATA,
    }
)
# These are kept per customer: each of their legs names whose.
PERSONAL_ACCOUNTS = (Account.KHATA, Account.KHATA_CONTRA)


class Kind(models.TextChoices):
    """The business facts that are posted."""

    CAPTURE = "capture", _("payment received")
    DELIVERY = "delivery", _("order delivered")
    CASH_DELIVERY = "cash_delivery", _("cash order delivered")
    KHATA_DELIVERY = "khata_delivery", _("order on khata delivered")
    GOODS_RETURNED = "goods_returned", _("goods returned")
    CASH_GOODS_RETURNED = "cash_goods_returned", _("goods returned, paid back in cash")
    KHATA_GOODS_RETURNED = "khata_goods_returned", _("goods returned, taken off the khata")
    REFUND_STARTED = "refund_started", _("refund started")
    REFUND_DONE = "refund_done", _("refund paid")
    REFUND_FAILED = "refund_failed", _("refund failed")
    REFUND_MADE_GOOD = "refund_made_good", _("dispute lost, refund made good by it")
    LATE_RECEIPT = "late_receipt", _("late or unexpected payment received")
    RECEIPT_APPLIED = "receipt_applied", _("receipt applied to its order")
    RECEIPT_KEPT = "receipt_kept", _("paid to the counter QR, for the shop")
    SETTLEMENT = "settlement", _("settlement")
    PAYOUT_CONFIRMED = "payout_confirmed", _("payout confirmed")
    PAYOUT_FAILED = "payout_failed", _("payout failed")
    PSP_SETTLEMENT = "psp_settlement", _("provider paid into the bank")
    KHATA_CHARGED = "khata_charged", _("bought on khata")
    KHATA_PAID_BACK = "khata_paid_back", _("khata paid back")
    KHATA_PAID_BY_UPI = "khata_paid_by_upi", _("khata paid back by UPI")
    DISPUTE_OPENED = "dispute_opened", _("payment disputed, money held")
    DISPUTE_WON = "dispute_won", _("dispute won")
    DISPUTE_LOST = "dispute_lost", _("dispute lost")
    BANK_CORRECTION = "bank_correction", _("difference with the bank corrected")
    REVERSAL = "reversal", _("reversal")
