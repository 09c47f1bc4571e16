"""What the outbox has this app do."""

from marketplace.core.outbox import Payload, consumer
from payments.disputes.models import Dispute
from payments.disputes.services import ANSWERED, send_answer


@consumer(ANSWERED, name="send_answer", atomic=False)
def send_answer_to_bank(payload: Payload) -> None:
    send_answer(dispute=Dispute.objects.get(store_id=payload["store_id"], pk=payload["dispute"]))
