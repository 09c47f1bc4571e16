"""The day's file: every rupee in and out of the merchant's account, one row each."""

import csv
import io
from datetime import date
from typing import Any

from payments.bank.faults import Drawn
from payments.bank.models import Transfer
from payments.bank.upi import IST, new_payment_id, new_rrn, timestamp

COLUMNS = [
    "at",
    "type",
    "direction",
    "amount",
    "reference",
    "tr",
    "payment_id",
    "refund_id",
    "payout_id",
    "dispute_id",
    "rrn",
    "utr",
    "counterparty_vpa",
    "payee_vpa",
]


def reconciliation_file(*, day: date, drawn: Drawn) -> str:
    """The CSV of one Indian calendar day, with the fault that was drawn worked in.

    `amount` is paise; `direction` is in or out as the merchant sees it; `reference` is the
    merchant's own id: tr, refund_id or payout_id, or the bank's dispute_id. `payee_vpa` is which of
    the merchant's UPI IDs was paid.
    """
    transfers = Transfer.objects.of_merchant_on(day).select_related(
        "debit", "credit", "payment", "refund__payment", "payout", "dispute__payment"
    )
    rows = [_row(transfer) for transfer in transfers]
    if drawn.outcome == "reconciliation_row_missing":
        rows = rows[:-1]
    elif drawn.outcome == "reconciliation_row_extra":
        rows.append(_invented(day))
    elif drawn.outcome == "reconciliation_off_by_one" and rows:
        rows[0]["amount"] += 1
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _row(transfer: Transfer) -> dict[str, Any]:
    incoming = transfer.credit.kind == "merchant"
    row: dict[str, Any] = {
        "at": timestamp(transfer.at.astimezone(IST)),
        "type": transfer.kind,
        "direction": "in" if incoming else "out",
        "amount": transfer.amount,
    }
    if transfer.payment:
        payment = transfer.payment
        row |= {
            "reference": payment.tr,
            "tr": payment.tr,
            "payment_id": payment.payment_id,
            "rrn": payment.rrn,
            "counterparty_vpa": payment.payer_id,
            "payee_vpa": payment.payee_vpa,
        }
    elif transfer.refund:
        refund = transfer.refund
        row |= {
            "reference": refund.refund_id,
            "tr": refund.payment.tr,
            "payment_id": refund.payment_id,
            "refund_id": refund.refund_id,
            "rrn": refund.rrn,
            "counterparty_vpa": refund.payment.payer_id,
        }
    elif transfer.dispute:
        dispute = transfer.dispute
        row |= {
            "reference": dispute.dispute_id,
            "tr": dispute.payment.tr,
            "payment_id": dispute.payment_id,
            "dispute_id": dispute.dispute_id,
            "counterparty_vpa": dispute.payment.payer_id,
        }
    elif transfer.payout:
        payout = transfer.payout
        row |= {
            "reference": payout.payout_id,
            "payout_id": payout.payout_id,
            "utr": payout.utr,
            "counterparty_vpa": payout.vpa,
        }
    return row


def _invented(day: date) -> dict[str, Any]:
    return {
        "at": f"{day}T23:59:59.000+05:30",
        "type": "payment",
        "direction": "in",
        "amount": 12345,
        "payment_id": new_payment_id(),
        "rrn": new_rrn(),
        "counterparty_vpa": "nobody@nkbank",
    }
