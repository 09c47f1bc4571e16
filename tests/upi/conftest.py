"""A payee of our own, so that payments are tested without orders.

Models are imported inside the fixtures: this file is read before Django is set up.
"""

from uuid import uuid4

import pytest


@pytest.fixture
def store_id():
    return uuid4()


@pytest.fixture
def ask_for(till, store_id):
    """`ask_for(paise)`: an attempt for a new reference of the till."""
    from payments.upi.services import start_attempt

    def ask(amount):
        return start_attempt(
            store_id=store_id, purpose="till", reference=uuid4(), amount=amount, note="Order NK-1"
        )

    return ask


@pytest.fixture
def bank(live_bank):
    return live_bank
