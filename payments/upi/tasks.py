"""What beat has this app do: hear what was missed, ask what is owed an answer, compare the books."""

import json
import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings

from marketplace.core.clock import business_date, now
from marketplace.core.errors import DomainError
from payments.upi.bank_client import BankError
from payments.upi.models import BankEvent
from payments.upi.services.attempts import ask_bank, claim_attempts_to_ask, word_of_payment
from payments.upi.services.events import BankWord, apply_bank_event
from payments.upi.services.reconciliation import reconcile
from payments.upi.services.refunds import claim_refunds_to_ask, send_refund
from payments.upi.services.shop_qrs import keep_for_shop, overdue_receipts, unheard_payments

logger = logging.getLogger(__name__)

BATCH = 100
# A word that could not be acted upon for this long is for people to look at.
SWEEP_FOR = timedelta(days=7)


@shared_task
def poll_due() -> None:
    """Act on recorded words, then ask about payments and refunds of which nothing was heard.

    The first silence of the bank ends the round: what was claimed comes due again by itself.
    """
    sweep_events()
    try:
        for attempt_id in claim_attempts_to_ask(limit=BATCH):
            ask_bank(attempt_id)
        for refund_id in claim_refunds_to_ask(limit=BATCH):
            send_refund(refund_id=refund_id)
    except BankError as error:
        logger.warning("The bank was asked in vain: %s", error)


def sweep_events() -> int:
    """Act on what a webhook could only write down; returns how many were acted upon."""
    done = 0
    for event in BankEvent.objects.waiting().filter(received_at__gt=now() - SWEEP_FOR)[:BATCH]:
        try:
            apply_bank_event(
                word=BankWord(
                    event_id=event.event_id,
                    source=event.source,
                    kind=event.kind,
                    data=json.loads(event.body)["data"],
                    body=event.body,
                )
            )
            done += 1
        except Exception:
            logger.exception("The bank event %s still waits.", event.event_id)
    return done


@shared_task
def ask_about_shop_qrs() -> None:
    """Hear of money that came to counter QRs and that no webhook told us of."""
    try:
        payments = unheard_payments(since=now() - settings.SHOP_QR_ASK_BACK)
    except BankError as error:
        logger.warning("The bank was asked in vain: %s", error)
        return
    for payment in payments:
        apply_bank_event(word=word_of_payment(payment, source=BankEvent.Source.POLL))


@shared_task
def keep_undecided() -> None:
    """Give the shops what came to their counter QRs and no owner has decided about for a week."""
    for store_id, receipt_id in overdue_receipts(limit=BATCH):
        try:
            keep_for_shop(store_id=store_id, receipt_id=receipt_id, actor="system")
        except DomainError as error:
            logger.warning("The receipt %s waits for the next hour: %s", receipt_id, error)


@shared_task
def reconcile_yesterday() -> None:
    """Compare yesterday's books with the bank's file."""
    try:
        reconcile(day=business_date() - timedelta(days=1))
    except BankError as error:
        logger.warning("The bank's file could not be had: %s", error)
