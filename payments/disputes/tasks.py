"""What beat has this app do."""

import logging
from datetime import timedelta

from celery import shared_task

from marketplace.core.clock import business_date
from payments.disputes.models import Dispute
from payments.disputes.services import send_answer, word_of_dispute
from payments.upi import bank_client
from payments.upi.bank_client import BankError
from payments.upi.services import apply_bank_event

logger = logging.getLogger(__name__)

# Webhooks are repeated for a day; this hears of what was lost all the same.
LOOK_BACK = timedelta(days=7)


@shared_task
def ask_about_disputes() -> None:
    """Hear of disputes that no webhook told of, and send answers that have not got through."""
    try:
        for told in bank_client.find_disputes(since=business_date() - LOOK_BACK):
            apply_bank_event(word=word_of_dispute(told))
        for dispute in Dispute.objects.to_send():
            send_answer(dispute=dispute)
    except BankError as error:
        logger.warning("The bank was asked about disputes in vain: %s", error)
