"""A khata is paid back by UPI through the simulated bank: less is owed, and the shop is owed the money."""

import pytest

from marketplace.core.clock import business_date
from marketplace.core.models import OutboxEntry
from payments.khata import services
from payments.khata.models import KhataEntry
from payments.khata.selectors import owed_by
from payments.settlement.selectors import statement
from payments.settlement.services import settle_store
from payments.upi.models import Purpose, Receipt
from payments.upi.services import intent_uri, start_attempt
from tests.factories import make_store
from tests.upi.words import balances

pytestmark = pytest.mark.django_db(transaction=True)

OWNER = "person:owner"


@pytest.fixture
def khata(transactional_db):
    khata = services.open_khata(
        store_id=make_store().pk, phone="9811111111", name="Asha", limit=1_000_00, actor=OWNER
    )
    services.charge(
        store_id=khata.store_id,
        khata_id=khata.pk,
        kind="carried",
        amount=500_00,
        key="old",
        actor=OWNER,
    )
    return khata


@pytest.fixture
def payer(live_bank):
    return live_bank.open_payer(5_000_00)


@pytest.fixture
def pay(live_bank, khata, payer, eventually):
    def pay(amount):
        attempt = start_attempt(
            store_id=khata.store_id, purpose=Purpose.KHATA, reference=khata.pk, amount=amount
        )
        live_bank.pay(intent_uri(attempt), payer)
        eventually(lambda: Receipt.objects.filter(attempt=attempt).exists())
        return Receipt.objects.get(attempt=attempt)

    return pay


def test_a_part_is_paid_back_and_settled_to_the_shop_whole(khata, pay):
    assert pay(200_00).outcome == "applied"
    assert owed_by(khata) == 300_00
    assert balances(khata.store_id) == {
        "psp_clearing": 200_00,
        "payable": -200_00,
        "khata": 300_00,
        "khata_contra": -300_00,
    }
    entry = KhataEntry.objects.get(kind="upi")
    assert (entry.amount, entry.after, entry.actor) == (-200_00, 300_00, "bank")
    assert OutboxEntry.objects.filter(event="khata.paid").count() == 1
    settlement = settle_store(store_id=khata.store_id, upto=business_date())
    told = statement(settlement)
    assert (told.totals.khata, told.totals.gross, told.totals.other, told.totals.net) == (
        200_00,
        0,
        0,
        200_00,
    )
    assert pay(300_00).outcome == "applied"
    assert owed_by(khata) == 0


def test_what_is_not_owed_any_more_goes_back(live_bank, khata, pay, payer, deliver_due):
    services.pay_back_cash(
        store_id=khata.store_id, khata_id=khata.pk, amount=400_00, key="cash", actor=OWNER
    )
    receipt = pay(500_00)
    assert (receipt.outcome, receipt.reason) == ("returned", "more than is owed")
    while deliver_due():
        pass
    assert live_bank.balance(payer) == 5_000_00
    assert owed_by(khata) == 100_00
    assert balances(khata.store_id) == {"khata": 100_00, "khata_contra": -100_00}


def test_money_for_a_closed_khata_goes_back(khata, pay):
    services.pay_back_cash(
        store_id=khata.store_id, khata_id=khata.pk, amount=500_00, key="cash", actor=OWNER
    )
    services.close_khata(store_id=khata.store_id, khata_id=khata.pk)
    assert pay(100_00).reason == "khata is closed"
    assert not KhataEntry.objects.filter(kind="upi").exists()
