"""The simulated bank and this product's own webhook address, both real, for tests of money.

Anything of Django's is imported inside the fixtures: conftest.py reads this before it is set up.
"""

import os

import pytest

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def bank_server(servers, live_server, tmp_path_factory):
    """A bank of this worker's own that tells the live server what happens."""
    from tests.bank.process import running_bank

    with running_bank(
        servers,
        name=f"test_live_bank_{WORKER}",
        webhook_url=f"{live_server.url}/bank/events/",
        log=tmp_path_factory.mktemp("bank") / "bank.log",
    ) as bank:
        yield bank


@pytest.fixture
def live_bank(bank_server, settings, transactional_db):
    """The bank as our settings know it, behaving well until told otherwise."""
    from tests.bank.process import API_KEY, WEBHOOK_SECRET

    settings.BANK_URL = bank_server.url
    settings.BANK_API_KEY = API_KEY
    settings.BANK_WEBHOOK_SECRET = WEBHOOK_SECRET
    bank_server.post("/control/clear")
    return bank_server


@pytest.fixture
def till(monkeypatch):
    """A payee of our own, so that payments are tested without orders: for this test it is registered
    as an app would register itself."""
    from payments.upi import payees
    from tests.upi.words import Till

    till = Till()
    monkeypatch.setitem(payees._payees, "till", till)
    return till


@pytest.fixture
def deliver_due():
    """`deliver_due()`: do what the outbox owes, as relay and worker would; returns how many."""
    from marketplace.core import outbox

    def deliver() -> int:
        entries = outbox.claim(limit=100)
        for entry in entries:
            outbox.deliver(entry)
        return len(entries)

    return deliver
