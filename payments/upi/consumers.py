"""What the outbox has this app do."""

from uuid import UUID

from marketplace.core.outbox import Payload, consumer
from payments.upi.services.refunds import ASKED, send_refund


@consumer(ASKED, name="send_refund", atomic=False)
def send_refund_to_bank(payload: Payload) -> None:
    send_refund(refund_id=UUID(payload["refund_id"]))
