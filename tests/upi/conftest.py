"""A payee of our own, so that payments are tested without orders.

Models are imported inside the fixtures: this file is read before Django is set up.
"""

from uuid import uuid4

import pytest


@pytest.fixture
def till(monkeypatch):
    from payments.upi import payees
    from tests.upi.words import Till

    till = Till()
    monkeypatch.setitem(payees._payees, "till", till)
    return till


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


@pytest.fixture(scope="session")
def bank_server(servers, live_server, tmp_path_factory):
    """The simulated bank, telling the live server what happens."""
    import os

    from tests.bank.process import running_bank

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with running_bank(
        servers,
        name=f"test_paybank_{worker}",
        webhook_url=f"{live_server.url}/bank/events/",
        log=tmp_path_factory.mktemp("bank") / "bank.log",
    ) as bank:
        yield bank


@pytest.fixture
def bank(bank_server, settings, transactional_db):
    """The bank as our settings know it, behaving well until told otherwise."""
    from tests.bank.process import API_KEY, WEBHOOK_SECRET

    settings.BANK_URL = bank_server.url
    settings.BANK_API_KEY = API_KEY
    settings.BANK_WEBHOOK_SECRET = WEBHOOK_SECRET
    bank_server.post("/control/clear")
    return bank_server


@pytest.fixture
def deliver_due():
    """Do what the outbox owes, as relay and worker would; returns how many entries there were."""
    from marketplace.core import outbox

    def deliver():
        entries = outbox.claim(limit=100)
        for entry in entries:
            outbox.deliver(entry)
        return len(entries)

    return deliver
