"""Money paid to the QR on a shop's counter, whichever way the bank tells of it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.core.clock import now, travel
from payments.ledger.models import Txn
from payments.upi.models import BankEvent, PaymentAttempt, Receipt, Refund, ShopQr
from payments.upi.payees import Refund as SendBack
from payments.upi.payees import Unapplied
from payments.upi.services import (
    AlreadyDecided,
    BankWord,
    RefundTooLarge,
    apply_bank_event,
    keep_for_shop,
    retry_refund,
    return_receipt,
)
from payments.upi.tasks import keep_undecided
from tests.upi.words import balances, counter_word, payment_word

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop_qr(store_id):
    return ShopQr.objects.create(store_id=store_id, vpa="nukkad.7f3k92qa@nkbank", opened_at=now())


@pytest.fixture
def undecided(shop_qr, till):
    """₹75 that came by the QR and that nothing waits for."""
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    return Receipt.objects.get()


def keep(receipt, actor="person:gupta"):
    return keep_for_shop(store_id=receipt.store_id, receipt_id=receipt.pk, actor=actor)


def send_back(receipt):
    return return_receipt(store_id=receipt.store_id, receipt_id=receipt.pk, reason="not for us")


def test_money_that_nothing_waits_for_lies_unapplied(undecided, shop_qr, store_id):
    assert (undecided.store_id, undecided.shop_qr, undecided.attempt) == (store_id, shop_qr, None)
    assert (undecided.outcome, undecided.amount) == ("unapplied", 75_00)
    assert undecided.payer_vpa == "ravi@nkbank"
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}
    event = BankEvent.objects.get()
    assert (event.store_id, event.outcome) == (store_id, "applied")


def test_webhook_poll_and_file_tell_of_it_once(shop_qr, till, store_id):
    told = counter_word(shop_qr, 75_00)
    outcomes = [
        apply_bank_event(word=type(told)(f"{source}:1", source, told.kind, told.data, "{}"))
        for source in ("webhook", "poll", "file")
    ]
    assert outcomes == ["applied", "known", "known"]
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}


@pytest.mark.parametrize("changes", [{"status": "FAILED", "code": "ZM"}, {"status": "PENDING"}])
def test_a_payment_that_did_not_come_is_no_money(shop_qr, till, changes):
    assert apply_bank_event(word=counter_word(shop_qr, 75_00, **changes)) == "known"
    assert not Receipt.objects.exists()


def test_an_unknown_tr_on_a_known_qr_is_the_shops(shop_qr, till):
    assert apply_bank_event(word=counter_word(shop_qr, 75_00, tr="POSTER1")) == "applied"
    assert Receipt.objects.get().shop_qr == shop_qr


@pytest.mark.parametrize("vpa", ["", "nukkad@nkbank", "nukkad.other@nkbank"])
def test_money_to_no_qr_of_ours_is_an_orphan(shop_qr, till, vpa):
    assert apply_bank_event(word=counter_word(shop_qr, 75_00, payee_vpa=vpa)) == "orphan"
    assert not Receipt.objects.exists()


def test_the_same_vpa_in_capitals_is_the_same_qr(shop_qr, till):
    word = counter_word(shop_qr, 75_00, payee_vpa=shop_qr.vpa.upper())
    assert apply_bank_event(word=word) == "applied"


def test_the_one_thing_that_waits_for_just_as_much_has_it(shop_qr, till, ask_for, store_id):
    attempt = ask_for(75_00)
    till.waits = [attempt.reference]
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    receipt = Receipt.objects.get()
    assert (receipt.outcome, receipt.attempt) == ("applied", attempt)
    assert till.taken == [(attempt.reference, 75_00)]
    attempt.refresh_from_db()
    assert (attempt.state, attempt.ask_at) == ("success", None)
    assert balances(store_id) == {"psp_clearing": 75_00, "customer_deposit": -75_00}
    kinds = Txn.objects.filter(store_id=store_id).order_by("posted_at").values_list("kind")
    assert [kind for (kind,) in kinds] == ["late_receipt", "receipt_applied"]


def test_between_two_nothing_is_guessed(shop_qr, till, ask_for, store_id):
    till.waits = [ask_for(75_00).reference, ask_for(75_00).reference]
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    assert Receipt.objects.get().outcome == "unapplied"
    assert till.taken == []


@pytest.mark.parametrize("status", ["PENDING", "DEEMED"])
def test_what_is_being_paid_under_its_own_request_is_left_alone(
    shop_qr, till, ask_for, store_id, status
):
    attempt = ask_for(75_00)
    till.waits = [attempt.reference]
    apply_bank_event(word=payment_word(attempt, status=status))
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    assert Receipt.objects.get().outcome == "unapplied"
    apply_bank_event(word=payment_word(attempt))
    assert till.taken == [(attempt.reference, 75_00)]
    assert balances(store_id) == {
        "psp_clearing": 150_00,
        "customer_deposit": -75_00,
        "unapplied_receipts": -75_00,
    }


def test_a_second_payment_under_its_own_request_goes_back_at_once(shop_qr, till, ask_for, store_id):
    attempt = ask_for(75_00)
    till.waits = [attempt.reference]
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    apply_bank_event(word=payment_word(attempt))
    assert till.taken == [(attempt.reference, 75_00)]
    assert Refund.objects.get().reason == "paid twice"
    assert balances(store_id) == {
        "psp_clearing": 150_00,
        "customer_deposit": -75_00,
        "refund_in_transit": -75_00,
    }


def test_what_its_payee_will_not_have_goes_back(shop_qr, till, ask_for, store_id):
    attempt = ask_for(75_00)
    till.waits, till.answer = [attempt.reference], SendBack("out of stock")
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    receipt = Receipt.objects.get()
    assert (receipt.outcome, receipt.reason) == ("returned", "out of stock")
    assert balances(store_id) == {"psp_clearing": 75_00, "refund_in_transit": -75_00}


def test_what_its_payee_cannot_decide_is_the_owners_to_decide(shop_qr, till, ask_for, store_id):
    till.waits, till.answer = [ask_for(75_00).reference], Unapplied()
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    assert Receipt.objects.get().attempt is None
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}


def test_a_request_of_another_amount_is_not_spoilt(shop_qr, till, ask_for):
    """A payee that calls it waiting although its newest request asks for something else."""
    attempt = ask_for(80_00)
    till.waits = [attempt.reference]
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    assert Receipt.objects.get().outcome == "unapplied"
    assert PaymentAttempt.objects.get().state == "created"


def test_kept_for_the_shop_it_is_owed_whole(undecided, store_id):
    receipt = keep(undecided)
    assert (receipt.outcome, receipt.kept_by) == ("kept", "person:gupta")
    assert receipt.refundable == 0
    assert balances(store_id) == {"psp_clearing": 75_00, "payable": -75_00}
    assert Txn.objects.get(kind="receipt_kept").reference == receipt.pk


def test_kept_twice_it_counts_once(undecided, store_id):
    first = keep(undecided)
    again = keep(undecided, actor="person:other")
    assert (again.kept_at, again.kept_by) == (first.kept_at, "person:gupta")
    assert balances(store_id) == {"psp_clearing": 75_00, "payable": -75_00}


def test_sent_back_it_is_not_the_shops(undecided, store_id):
    assert send_back(undecided).amount == 75_00
    with pytest.raises(AlreadyDecided, match="sent back"):
        keep(undecided)
    assert balances(store_id) == {"psp_clearing": 75_00, "refund_in_transit": -75_00}


def test_kept_it_does_not_go_back(undecided, store_id):
    keep(undecided)
    assert send_back(undecided) is None
    assert not Refund.objects.exists()
    assert balances(store_id) == {"psp_clearing": 75_00, "payable": -75_00}


@pytest.fixture
def came_back(undecided):
    """What the owner sent back and the bank could not bring to the payer, four times."""
    refund = send_back(undecided)
    for _ in range(4):
        refund.refresh_from_db()
        told = {"refund_id": refund.bank_id, "amount": 75_00, "status": "FAILED", "code": "U30"}
        apply_bank_event(
            word=BankWord(f"refund-{refund.bank_id}", "webhook", "refund.failed", told, "{}")
        )
    undecided.refresh_from_db()
    assert (undecided.outcome, undecided.refunded) == ("unapplied", 0)
    return refund


def test_what_could_not_be_sent_back_is_for_people_and_not_the_shops_by_itself(
    undecided, came_back, store_id, settings
):
    with travel(to=undecided.received_at + settings.SHOP_QR_DECIDE_AFTER):
        keep_undecided()
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}
    assert send_back(undecided).pk == came_back.pk
    assert balances(store_id) == {"psp_clearing": 75_00, "refund_in_transit": -75_00}


def test_what_could_not_be_sent_back_is_kept_and_then_not_sent_again(
    undecided, came_back, store_id
):
    keep(undecided)
    assert send_back(undecided) is None
    with pytest.raises(RefundTooLarge):
        retry_refund(store_id=store_id, refund_id=came_back.pk)
    assert balances(store_id) == {"psp_clearing": 75_00, "payable": -75_00}


def test_only_what_came_by_a_qr_of_the_shop_is_kept(undecided, till, ask_for):
    attempt = ask_for(100)
    till.answer = Unapplied()
    apply_bank_event(word=payment_word(attempt))
    other = Receipt.objects.get(attempt=attempt)
    with pytest.raises(Receipt.DoesNotExist):
        keep(other)
    with pytest.raises(Receipt.DoesNotExist):
        keep_for_shop(store_id=uuid4(), receipt_id=undecided.pk, actor="person:x")


def test_undecided_for_a_week_it_is_the_shops(undecided, store_id, settings):
    with travel(to=undecided.received_at + settings.SHOP_QR_DECIDE_AFTER - timedelta(minutes=1)):
        keep_undecided()
    undecided.refresh_from_db()
    assert undecided.outcome == "unapplied"
    with travel(to=undecided.received_at + settings.SHOP_QR_DECIDE_AFTER):
        keep_undecided()
        keep_undecided()
    undecided.refresh_from_db()
    assert (undecided.outcome, undecided.kept_by) == ("kept", "system")
    assert balances(store_id) == {"psp_clearing": 75_00, "payable": -75_00}


def test_money_of_other_kinds_is_not_given_away(till, ask_for, store_id, settings):
    till.answer = Unapplied()
    apply_bank_event(word=payment_word(ask_for(100)))
    with travel(to=now() + settings.SHOP_QR_DECIDE_AFTER + timedelta(days=1)):
        keep_undecided()
    assert balances(store_id) == {"psp_clearing": 100, "unapplied_receipts": -100}
