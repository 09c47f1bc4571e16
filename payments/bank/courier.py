"""The courier: one thread that finishes what is due and sends webhooks.

Everything it works on is a row with a `due_at`, so a kill -9 loses nothing. It runs in every server
process, but only the holder of an advisory lock works; when that process dies PostgreSQL frees the
lock with its connection and another takes over.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from payments.bank.models import Collect, Dispute, Payment, Payout, Refund, WebhookDelivery
from payments.bank.services import (
    decide_dispute,
    expire_collect,
    finish_payment,
    finish_payout,
    finish_refund,
)
from payments.bank.webhooks import record_answer, request_of, something_due

log = logging.getLogger(__name__)

LOCK = 0x4E4B42  # "NKB"
BATCH = 32
SENDERS = 8


class Courier(threading.Thread):
    _started = threading.Lock()

    def __init__(self) -> None:
        super().__init__(name="courier", daemon=True)
        self.http = httpx.Client(timeout=5, follow_redirects=False, trust_env=False)
        self.senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="courier-sender")

    @classmethod
    def start_once(cls) -> None:
        """Start the courier of this process, unless it runs already."""
        if cls._started.acquire(blocking=False):
            cls().start()

    def run(self) -> None:
        while True:
            try:
                with psycopg.connect(settings.BANK_DATABASE_URL, autocommit=True) as session:
                    self._lead(session)
            except (psycopg.Error, DatabaseError) as error:
                log.warning("The courier lost the database and tries again: %s", error)
            except Exception:
                log.exception("The courier failed and tries again")
            connection.close()
            self._pause(1)

    def _lead(self, session: psycopg.Connection[Any]) -> None:
        while not self._holds_lock(session):
            self._pause(1)
        log.info("The courier of this process is in charge")
        while True:
            session.execute("SELECT 1")  # raises when the lock went with its connection
            if not self.work():
                self._pause(0.5)

    @staticmethod
    def _holds_lock(session: psycopg.Connection[Any]) -> bool:
        row = session.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        return row is not None and bool(row[0])

    def _pause(self, seconds: float) -> None:
        something_due.wait(seconds)
        something_due.clear()

    def work(self) -> int:
        """Do what is due now; how many rows that was."""
        return self._finish() + self._send()

    def _finish(self) -> int:
        now = timezone.now()
        done = 0
        for payment in Payment.objects.filter(due_at__lte=now).order_by("due_at")[:BATCH]:
            finish_payment(payment_id=payment.payment_id, code=payment.then)
            done += 1
        for refund in Refund.objects.filter(due_at__lte=now).order_by("due_at")[:BATCH]:
            finish_refund(refund_id=refund.refund_id, code=refund.then)
            done += 1
        for payout in Payout.objects.filter(due_at__lte=now).order_by("due_at")[:BATCH]:
            finish_payout(payout_id=payout.payout_id, code=payout.then)
            done += 1
        for dispute in Dispute.objects.filter(due_at__lte=now).order_by("due_at")[:BATCH]:
            decide_dispute(dispute_id=dispute.dispute_id, won=False)
            done += 1
        over = Collect.objects.filter(status=Collect.Status.PENDING, expires_at__lte=now)
        for collect in over.order_by("expires_at")[:BATCH]:
            expire_collect(tr=collect.tr)
            done += 1
        return done

    def _send(self) -> int:
        due = list(
            WebhookDelivery.objects.select_related("event")
            .filter(
                due_at__lte=timezone.now(),
                done_at__isnull=True,
                gave_up_at__isnull=True,
            )
            .order_by("due_at")[:BATCH]
        )
        # The senders only speak HTTP; the rows stay with this thread and its one connection.
        for delivery, (status, error) in zip(due, self.senders.map(self._post, due), strict=True):
            record_answer(delivery=delivery, status=status, error=error)
        return len(due)

    def _post(self, delivery: WebhookDelivery) -> tuple[int | None, str]:
        body, headers = request_of(delivery)
        try:
            answer = self.http.post(settings.NUKKAD_WEBHOOK_URL, content=body, headers=headers)
        except httpx.HTTPError as error:
            return None, f"{type(error).__name__}: {error}"
        return answer.status_code, "" if answer.is_success else answer.text[:200]
