"""What the bank's file and our books do not agree on is settled by a posting, and then they agree."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models import F

from marketplace.core.clock import INDIA, travel
from marketplace.core.errors import InvalidInput
from payments.ledger.models import Txn
from payments.upi.models import Difference, Receipt, ReconciledDay, Refund
from payments.upi.services import (
    intent_uri,
    return_receipt,
    settle_difference,
)
from payments.upi.services.differences import CannotSettle, SettledOtherwise
from payments.upi.services.reconciliation import direction_of, reconcile
from payments.upi.tasks import poll_due
from tests.upi.words import balances

pytestmark = pytest.mark.django_db(transaction=True)

Settled = Difference.Settled
CLERK = uuid4()


def today():
    return datetime.now(UTC).astimezone(INDIA).date()


def settled(difference, how, **asked):
    return settle_difference(
        difference_id=difference.pk, how=how, by=CLERK, note="asked the bank", **asked
    )


def of(reference):
    return Difference.objects.filter(bank_reference=reference)


@pytest.fixture
def paid(bank, ask_for, eventually):
    """The receipt of ₹499.50 that its customer has paid."""
    attempt = ask_for(49_950)
    bank.pay(intent_uri(attempt), bank.open_payer())
    eventually(lambda: Receipt.objects.filter(attempt=attempt).exists())
    return Receipt.objects.get(attempt=attempt)


@pytest.fixture
def missing(bank, paid):
    """The bank's file lacks the receipt, which is its last line."""
    bank.next("reconciliation_row_missing", operation="reconciliation")
    reconcile(day=today())
    return of(paid.payment_id).get()


@pytest.fixture
def stray(bank):
    """₹75 that a payer sent us for nothing of ours; the file shows it."""
    payer = bank.open_payer(100_00)
    uri = f"upi://pay?pa=nukkad@nkbank&pn=Nukkad&tr=POSTER{uuid4().hex[:8]}&am=75.00&cu=INR"
    payment_id = bank.pay(uri, payer)["payment_id"]
    reconcile(day=today())
    return of(payment_id).get(), payer


def test_a_difference_once_booked_is_none_any_more(bank, missing, store_id):
    assert (missing.kind, missing.ours, missing.missing) == ("not_at_bank", 49_950, -49_950)
    settled(missing, Settled.BOOKED)
    assert balances(store_id) == {"customer_deposit": -49_950, "bank_differences": 49_950}
    bank.next("reconciliation_row_missing", operation="reconciliation")
    reconcile(day=today())
    row = of(missing.bank_reference).get()
    assert (row.settled, row.settled_by, row.note) == ("booked", CLERK, "asked the bank")
    assert Txn.objects.get(kind="bank_correction").reference == missing.pk


def test_a_file_that_brings_it_after_all_opens_it_again_the_other_way(bank, missing, store_id):
    settled(missing, Settled.BOOKED)
    reconcile(day=today())
    again = of(missing.bank_reference).get(settled="")
    assert (again.kind, again.ours, again.theirs) == ("not_ours", None, 49_950)
    settled(again, Settled.BOOKED, store_id=store_id)
    assert balances(store_id) == {"psp_clearing": 49_950, "customer_deposit": -49_950}
    reconcile(day=today())
    assert not of(missing.bank_reference).filter(settled="").exists()


def test_a_file_put_right_settles_it_by_itself(bank, missing, store_id):
    reconcile(day=today())
    row = of(missing.bank_reference).get()
    assert (row.settled, row.settled_by) == ("agrees", None)
    assert "bank_differences" not in balances(store_id)


def test_a_stray_payment_is_taken_in_and_sent_back(bank, stray, store_id, deliver_due):
    difference, payer = stray
    assert (difference.kind, difference.theirs) == ("not_ours", 75_00)
    settled(difference, Settled.TAKEN_IN, store_id=store_id)
    receipt = Receipt.objects.get(payment_id=difference.bank_reference)
    assert (receipt.outcome, receipt.amount, receipt.payer_vpa) == ("unapplied", 75_00, payer)
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}
    reconcile(day=today())
    assert of(difference.bank_reference).get().settled == "taken_in"

    refunds = {
        return_receipt(store_id=store_id, receipt_id=receipt.pk, reason="not for an order")
        for _ in range(2)
    }
    assert refunds == {Refund.objects.get()}
    while deliver_due():
        pass
    assert balances(store_id) == {}
    assert bank.balance(payer) == 100_00
    reconcile(day=today())
    assert not of(Refund.objects.get().bank_id).exists()


def test_a_refund_of_stray_money_that_failed_for_good_is_sent_again(
    bank, stray, store_id, deliver_due
):
    difference, payer = stray
    settled(difference, Settled.TAKEN_IN, store_id=store_id)
    receipt = Receipt.objects.get()
    bank.next("refund_failed", count=4)
    return_receipt(store_id=store_id, receipt_id=receipt.pk, reason="not for an order")
    for days in range(6):
        with travel(days=days):
            while deliver_due():
                pass
            poll_due()
    refund = Refund.objects.get()
    receipt.refresh_from_db()
    assert (refund.state, receipt.outcome, receipt.refunded) == ("failed", "unapplied", 0)
    bank.post("/control/clear")
    again = return_receipt(store_id=store_id, receipt_id=receipt.pk, reason="not for an order")
    assert again is not None
    assert again.pk == refund.pk
    while deliver_due():
        pass
    assert bank.balance(payer) == 100_00


def test_a_paisa_off_is_booked_to_the_paisa(bank, paid, store_id):
    first = bank.get("/v1/reconciliation", date=str(today())).text.splitlines()[1].split(",")
    # the file's first line is the one that is off, and may be another test's payment
    Receipt.objects.filter(pk=paid.pk).update(payment_id=first[6], amount=int(first[3]))
    bank.next("reconciliation_off_by_one", operation="reconciliation")
    reconcile(day=today())
    difference = of(first[6]).get()
    assert (difference.kind, difference.missing) == ("amount", 1)
    settled(difference, Settled.BOOKED)
    assert balances(store_id)["bank_differences"] == -1
    bank.next("reconciliation_off_by_one", operation="reconciliation")
    reconcile(day=today())
    assert not of(first[6]).filter(settled="").exists()


def test_a_line_that_the_bank_has_on_the_next_day_settles_both(bank, paid, store_id):
    yesterday = today() - timedelta(days=1)
    Receipt.objects.filter(pk=paid.pk).update(completed_at=F("completed_at") - timedelta(days=1))
    reconcile(day=yesterday)
    assert of(paid.payment_id).get().kind == "not_at_bank"
    reconcile(day=today())
    for _ in range(2):
        assert set(of(paid.payment_id).values_list("day", "kind", "settled")) == {
            (yesterday, "not_at_bank", "other_day"),
            (today(), "not_ours", "other_day"),
        }
        reconcile(day=yesterday)
        reconcile(day=today())
    assert balances(store_id) == {"psp_clearing": 49_950, "customer_deposit": -49_950}


def test_what_a_refund_took_too_much_may_be_the_shops(bank, paid, store_id, deliver_due):
    """A payout or refund that the bank has made and we know nothing of takes money out."""
    lost = Difference.objects.create(
        day=today(), kind="not_ours", movement="payout", bank_reference="settle:x", theirs=500
    )
    settled(lost, Settled.SHOP, store_id=store_id)
    assert balances(store_id) == {
        "psp_clearing": 49_950 - 500,
        "customer_deposit": -49_950,
        "payable": 500,
    }


def test_the_day_says_what_is_left_between_the_file_and_our_books(bank, missing, stray):
    reconcile(day=today())
    bank.next("reconciliation_row_extra", operation="reconciliation")
    reconcile(day=today())
    for _ in range(2):
        day = ReconciledDay.objects.get()
        still = Difference.objects.open().filter(day=today())
        assert still.count() >= 2, "the stray payment and the invented line"
        assert day.difference == sum(direction_of(each.movement) * each.missing for each in still)
        settled(of(stray[0].bank_reference).get(), Settled.BOOKED, store_id=uuid4())
    assert day.matched >= 1


@pytest.mark.parametrize(
    ("refusal", "how", "changes"),
    [
        (InvalidInput, Settled.BOOKED, {"note": "  "}),
        (CannotSettle, Settled.TAKEN_IN, {}),
        (CannotSettle, Settled.AGREES, {}),
        (CannotSettle, Settled.OTHER_DAY, {}),
    ],
)
def test_what_cannot_be_settled_so_stays_open(missing, store_id, refusal, how, changes):
    before = balances(store_id)
    asked = {"difference_id": missing.pk, "how": how, "by": CLERK, "note": "why"} | changes
    with pytest.raises(refusal):
        settle_difference(**asked)
    missing.refresh_from_db()
    assert (missing.settled, balances(store_id)) == ("", before)


def test_somebody_says_in_whose_books(stray):
    difference, _payer = stray
    with pytest.raises(InvalidInput) as refusal:
        settled(difference, Settled.TAKEN_IN)
    assert refusal.value.params["field"] == "shop"
    assert not Receipt.objects.exists()


def test_two_clerks_at_once_post_once(missing, store_id, concurrently):
    ways = [Settled.BOOKED, Settled.BOOKED, Settled.SHOP]

    def act(how):
        try:
            return settled(missing, how).settled
        except SettledOtherwise:
            return "otherwise"

    outcomes = concurrently([lambda how=how: act(how) for how in ways])
    done = Difference.objects.get(pk=missing.pk).settled
    assert sorted(outcomes) == sorted(
        [done, done, "otherwise"] if done == "booked" else [done, "otherwise", "otherwise"]
    )
    assert Txn.objects.filter(kind="bank_correction").count() == 1


def test_a_day_compared_twice_at_once_has_each_difference_once(bank, stray, concurrently):
    Difference.objects.all().delete()
    concurrently(4, lambda: reconcile(day=today()))
    assert of(stray[0].bank_reference).count() == 1
