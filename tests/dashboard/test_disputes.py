"""The owner sees what is disputed, contests it with what we know of the order, or gives in."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.core import outbox
from marketplace.core.clock import now
from marketplace.core.models import OutboxEntry
from marketplace.notifications.models import Message
from payments.disputes.models import Dispute
from payments.disputes.services import hear_dispute
from payments.upi.models import PaymentAttempt, Receipt
from tests.dashboard.shopkeeper import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute(store, order):
    attempt = PaymentAttempt.objects.create(
        store_id=store.pk,
        purpose="order",
        reference=order.pk,
        amount=order.total,
        expires_at=now(),
    )
    Receipt.objects.create(
        store_id=store.pk,
        attempt=attempt,
        payment_id="NKB1",
        rrn="632600000001",
        amount=order.total,
        outcome="applied",
        completed_at=now(),
    )
    hear_dispute(told(order.total))
    return Dispute.objects.get()


def told(amount, **changes):
    return {
        "dispute_id": "NKD1",
        "payment_id": "NKB1",
        "amount": amount,
        "reason": "Goods not received",
        "status": "OPEN",
        "respond_by": (now() + timedelta(days=3)).isoformat(),
    } | changes


def test_the_owner_is_called_and_led_to_it(owner, store, dispute):
    for entry in outbox.claim(limit=100):
        outbox.deliver(entry)
    sms = Message.objects.get(channel="sms", template="shop_dispute_opened")
    assert f"/dashboard/{store.pk}/disputes/{dispute.pk}/" in sms.body
    assert "disputes a payment" in text(owner.get("today"))
    assert owner.url("dispute", dispute_id=dispute.pk) in text(owner.get("disputes"))
    assert owner.url("disputes") in text(owner.get("settlements"))


def test_the_evidence_begins_with_what_we_know(owner, order, dispute):
    page = text(owner.get("dispute", dispute_id=dispute.pk))
    assert "Goods not received" in page
    assert f"Order {order.number} of" in page
    answer = owner.post("dispute", {"evidence": "Signed for."}, dispute_id=dispute.pk)
    assert answer.status_code == 302
    dispute.refresh_from_db()
    assert (dispute.answer, dispute.evidence) == ("contest", "Signed for.")
    assert dispute.answered_by == f"person:{owner.person.pk}"
    assert "Signed for." in text(owner.get("dispute", dispute_id=dispute.pk))
    assert "disputes a payment" not in text(owner.get("today"))


def test_nothing_said_is_no_answer(owner, dispute):
    answer = owner.post("dispute", {"evidence": " "}, dispute_id=dispute.pk)
    assert answer.status_code == 422
    assert not OutboxEntry.objects.filter(event="dispute.answered").exists()


def test_giving_in_is_sent_to_the_bank_once(owner, dispute):
    for _ in range(2):
        owner.post("dispute-accept", dispute_id=dispute.pk)
    dispute.refresh_from_db()
    assert dispute.answer == "accept"
    assert OutboxEntry.objects.filter(event="dispute.answered").count() == 1
    assert "You accepted it" in text(owner.get("dispute", dispute_id=dispute.pk))


@pytest.mark.parametrize(
    ("status", "words"), [("WON", "decided for you"), ("LOST", "got the money back")]
)
def test_the_decision_is_told(owner, order, dispute, status, words):
    hear_dispute(told(order.total, status=status, completed_at=now().isoformat()))
    assert words in text(owner.get("dispute", dispute_id=dispute.pk))
    for entry in outbox.claim(limit=100):
        outbox.deliver(entry)
    assert Message.objects.filter(template="shop_dispute_decided", channel="sms").count() == 1


def test_a_deadline_missed_is_said(owner, dispute):
    Dispute.objects.update(respond_by=now() - timedelta(minutes=1))
    page = text(owner.get("dispute", dispute_id=dispute.pk))
    assert "The time to answer is over." in page
    assert "<textarea" not in page
    late = owner.post("dispute", {"evidence": "late"}, dispute_id=dispute.pk, follow=True)
    assert "can no longer be answered" in text(late)


def test_money_is_for_owners_and_other_shops_see_nothing(owner, manager, dispute):
    assert manager.get("disputes").status_code == 403
    assert owner.get("dispute", dispute_id=uuid4()).status_code == 404
    Dispute.objects.update(store_id=uuid4())
    assert owner.get("dispute", dispute_id=dispute.pk).status_code == 404
    assert owner.post("dispute-accept", dispute_id=dispute.pk).status_code == 404


def test_the_list_costs_three_statements(owner, dispute, django_assert_num_queries):
    owner.get("disputes")
    with django_assert_num_queries(3):
        owner.get("disputes")
