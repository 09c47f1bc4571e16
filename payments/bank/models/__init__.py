"""The bank's books. Amounts are paise; statuses and types are the words its HTTP API speaks."""

from payments.bank.models.accounts import Account, Alias
from payments.bank.models.collects import Collect
from payments.bank.models.disputes import Dispute
from payments.bank.models.faults import Fault, FaultPlan, Switch
from payments.bank.models.operations import Payment, Payout, Refund, Scheduled
from payments.bank.models.transfers import Transfer
from payments.bank.models.webhooks import WebhookDelivery, WebhookEvent

__all__ = [
    "Account",
    "Alias",
    "Collect",
    "Dispute",
    "Fault",
    "FaultPlan",
    "Payment",
    "Payout",
    "Refund",
    "Scheduled",
    "Switch",
    "Transfer",
    "WebhookDelivery",
    "WebhookEvent",
]
