"""What the outbox has this app do."""

from uuid import UUID

from marketplace.core.outbox import Payload, consumer
from payments.settlement.services.payouts import PAYOUT_READY, send_payout


@consumer(PAYOUT_READY, name="send_payout", atomic=False)
def send_payout_to_bank(payload: Payload) -> None:
    send_payout(payout=UUID(payload["payout"]))
