"""A shop's counter QR with the simulated bank over HTTP."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from marketplace.core.clock import INDIA, travel
from payments.upi import bank_client
from payments.upi.models import Difference, Receipt, ShopQr
from payments.upi.services import make_shop_qr, return_receipt, shop_qr_uri
from payments.upi.services.reconciliation import reconcile
from payments.upi.tasks import ask_about_shop_qrs
from tests.upi.words import balances

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop_qr(bank, store_id):
    return make_shop_qr(store_id=store_id, name="Gupta Kirana")


def pay(bank, shop_qr, payer, amount=75_00):
    return bank.pay(shop_qr_uri(shop_qr, name="Gupta Kirana"), payer, amount=amount)


def test_the_qr_is_an_alias_of_our_own_account(bank, shop_qr):
    told = bank.get(f"/v1/aliases/{shop_qr.vpa}").json()
    assert (told["account_vpa"], told["name"]) == ("nukkad@nkbank", "Gupta Kirana")
    assert shop_qr.vpa.startswith("nukkad.")
    assert shop_qr.vpa.endswith("@nkbank")


def test_a_bank_that_is_down_leaves_it_to_be_told_the_next_time(bank, store_id):
    bank.next("api_5xx", operation="query")
    with pytest.raises(bank_client.BankUnavailable):
        make_shop_qr(store_id=store_id, name="Gupta Kirana")
    made = ShopQr.objects.get()
    assert made.opened_at is None
    again = make_shop_qr(store_id=store_id, name="Gupta Kirana")
    assert (again.vpa, again.opened_at is None) == (made.vpa, False)
    assert bank.get(f"/v1/aliases/{made.vpa}").status_code == 200


def test_the_bank_is_not_asked_inside_a_transaction(bank, store_id):
    with transaction.atomic(), pytest.raises(RuntimeError):
        make_shop_qr(store_id=store_id, name="Gupta Kirana")


def test_a_payment_at_the_counter_is_told_by_webhook(bank, shop_qr, store_id, eventually):
    payer = bank.open_payer()
    paid = pay(bank, shop_qr, payer)
    receipt = eventually(lambda: Receipt.objects.filter(store_id=store_id).first())
    assert (receipt.payment_id, receipt.rrn) == (paid["payment_id"], paid["rrn"])
    assert (receipt.shop_qr, receipt.payer_vpa, receipt.amount) == (shop_qr, payer, 75_00)
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}


def test_a_lost_webhook_is_made_good_by_asking(bank, shop_qr, store_id):
    bank.next("webhook_lost", operation="payment")
    paid = pay(bank, shop_qr, bank.open_payer())
    for _ in range(2):
        ask_about_shop_qrs()
    receipt = Receipt.objects.get(store_id=store_id)
    assert receipt.payment_id == paid["payment_id"]
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}


def test_what_is_older_than_an_hour_is_left_to_the_file(bank, shop_qr, store_id, settings):
    bank.next("webhook_lost", operation="payment")
    pay(bank, shop_qr, bank.open_payer())
    with travel(seconds=settings.SHOP_QR_ASK_BACK.total_seconds() + 5):
        ask_about_shop_qrs()
    assert not Receipt.objects.filter(store_id=store_id).exists()


def test_the_file_brings_what_nobody_told_and_then_nothing_differs(bank, shop_qr, store_id):
    bank.next("webhook_lost", operation="payment")
    paid = pay(bank, shop_qr, bank.open_payer())
    today = datetime.now(UTC).astimezone(INDIA).date()
    reconcile(day=today)
    assert Receipt.objects.get(store_id=store_id).payment_id == paid["payment_id"]
    assert not Difference.objects.filter(bank_reference=paid["payment_id"]).exists()
    reconcile(day=today)
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}


def test_sent_back_it_reaches_the_payer(bank, shop_qr, store_id, eventually, deliver_due):
    payer = bank.open_payer(100_00)
    pay(bank, shop_qr, payer)
    receipt = eventually(lambda: Receipt.objects.filter(store_id=store_id).first())
    return_receipt(store_id=store_id, receipt_id=receipt.pk, reason="not for us")
    deliver_due()
    assert bank.balance(payer) == 100_00
    assert balances(store_id) == {}
