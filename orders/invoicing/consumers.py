"""What the outbox has this app do."""

from uuid import UUID

from marketplace.core.outbox import Payload, consumer
from orders.invoicing.commission import issue_commission_invoice
from orders.invoicing.prints import WANTED, make_wanted
from payments.settlement.models import Payout
from payments.settlement.services.payouts import PAYOUT_READY


@consumer(PAYOUT_READY, name="invoice_commission")
def invoice_commission(payload: Payload) -> None:
    """With its first payout a settlement is invoiced; later tries of it change nothing."""
    payout = Payout.objects.select_related("settlement").get(pk=UUID(payload["payout"]))
    issue_commission_invoice(payout.settlement)


@consumer(WANTED, name="print_document")
def print_document(payload: Payload) -> None:
    make_wanted(store_id=UUID(payload["store_id"]), print_id=UUID(payload["print"]))
