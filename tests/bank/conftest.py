import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank.process import Bank, Ear, listening, running_bank
from tests.servers import Servers

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def ear() -> Iterator[Ear]:
    with listening() as ear:
        yield ear


@pytest.fixture(scope="session")
def bank(servers: Servers, ear: Ear, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """One bank for the whole run: tests keep to payers, tr and ids of their own."""
    log: Path = tmp_path_factory.mktemp("bank") / "bank.log"
    name = f"test_bank_{WORKER}"
    with running_bank(servers, name=name, webhook_url=ear.url, log=log) as bank:
        yield bank


@pytest.fixture
def payer(bank: Bank) -> str:
    return bank.open_payer()
