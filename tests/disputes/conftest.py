"""A shop with a delivered order of ₹1,000 that a customer of the simulated bank has paid."""

from uuid import uuid4

import pytest


@pytest.fixture
def store(transactional_db):
    from tests.factories import make_store

    return make_store()


@pytest.fixture
def payer(live_bank):
    return live_bank.open_payer(1_000_00)


@pytest.fixture
def receipt(live_bank, store, till, payer, eventually):
    from payments.ledger.models import Account, Kind
    from payments.ledger.services import Leg, post
    from payments.upi.models import Receipt
    from payments.upi.services import intent_uri, start_attempt
    from tests.settlement.conftest import DAY

    attempt = start_attempt(
        store_id=store.pk, purpose="till", reference=uuid4(), amount=1_000_00, note="Order NK-1"
    )
    live_bank.pay(intent_uri(attempt), payer)
    eventually(lambda: Receipt.objects.filter(attempt=attempt).exists())
    post(
        store_id=store.pk,
        key=f"deliver:{attempt.reference}",
        kind=Kind.DELIVERY,
        business_date=DAY,
        legs=[Leg(Account.CUSTOMER_DEPOSIT, 1_000_00), Leg(Account.PAYABLE, -1_000_00)],
        reference=attempt.reference,
    )
    return Receipt.objects.get(attempt=attempt)


@pytest.fixture
def open_dispute(live_bank, receipt, eventually):
    """`open_dispute(amount=..., seconds=...)`: the payer contests the receipt, and we have heard."""
    from payments.disputes.models import Dispute

    def open_dispute(**rest):
        told = live_bank.post("/control/disputes", payment_id=receipt.payment_id, **rest).json()
        found = Dispute.objects.filter(dispute_id=told["dispute_id"])
        eventually(found.exists)
        return found.get()

    return open_dispute
