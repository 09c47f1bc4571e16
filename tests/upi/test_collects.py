"""A payer's phone is asked for the money of an attempt: once, and its answer is a word like any other."""

from datetime import timedelta

import httpx
import pytest

from marketplace.core.clock import now, travel
from marketplace.core.errors import InvalidInput
from payments.upi import bank_client
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event, ask_bank, ask_payer
from payments.upi.services.collects import AlreadyAsked, CannotCollect, NobodyToAsk, TimeIsOver
from tests.bank.test_phone import form_of
from tests.upi.words import balances, payment_word

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def attempt(bank, ask_for):
    return ask_for(499_50)


def answer(bank, attempt, **typed):
    """What the payer does with the request on the phone."""
    address = f"{bank.url}/phone/requests/{attempt.tr}/"
    with httpx.Client(follow_redirects=True) as browser:
        browser.post(address, data=form_of(browser.get(address).text) | typed)


def ask(attempt, vpa):
    asked = ask_payer(attempt_id=attempt.pk, vpa=vpa)
    attempt.refresh_from_db()
    return asked


def told(bank, attempt):
    return bank.get(f"/v1/collects/{attempt.tr}")


def test_the_phone_asks_and_the_money_counts(bank, attempt, till, store_id, eventually):
    payer = bank.open_payer()
    ask(attempt, payer.upper())
    assert (attempt.collect_vpa, attempt.state) == (payer, "created")
    sent = told(bank, attempt).json()
    assert (sent["payer_vpa"], sent["amount"], sent["note"]) == (payer, 499_50, "Order NK-1")
    answer(bank, attempt, pin="1234", action="approve")
    eventually(lambda: PaymentAttempt.objects.filter(pk=attempt.pk, state="success").exists())
    assert till.taken == [(attempt.reference, 499_50)]
    assert balances(store_id) == {"psp_clearing": 499_50, "customer_deposit": -499_50}


def test_declined_the_attempt_has_failed_and_can_be_paid_otherwise(bank, attempt, eventually):
    ask(attempt, bank.open_payer())
    answer(bank, attempt, pin="", action="decline")
    eventually(lambda: PaymentAttempt.objects.filter(pk=attempt.pk, state="failed").exists())
    attempt.refresh_from_db()
    assert attempt.code == "ZA"
    apply_bank_event(word=payment_word(attempt))
    attempt.refresh_from_db()
    assert attempt.state == "success"


def test_left_alone_it_expires_at_the_bank_and_the_attempt_has_failed(bank, attempt, eventually):
    ask(attempt, bank.open_payer())
    bank.post("/control/finish", id=attempt.tr)
    eventually(lambda: PaymentAttempt.objects.filter(pk=attempt.pk, code="U69").exists())


def test_a_lost_webhook_is_made_good_by_asking(bank, attempt):
    bank.next("webhook_lost", match=attempt.tr)
    ask(attempt, bank.open_payer())
    answer(bank, attempt, pin="1234", action="approve")
    assert ask_bank(attempt.pk).state == "success"


@pytest.mark.parametrize(
    ("after", "asks_for", "waits"),
    [(0, 480, 600), (200, 400, 600), (420, 300, 720), (599, 300, 899)],
)
def test_the_attempt_waits_at_least_as_long_as_the_phone_asks(
    bank, attempt, after, asks_for, waits
):
    """The bank's clock is the wall's: what it was given is the request's own length."""
    start = attempt.created_at
    with travel(to=start + timedelta(seconds=after)):
        ask(attempt, bank.open_payer())
    sent = told(bank, attempt).json()
    made, over = (bank_client.moment(sent, name) for name in ("created_at", "expires_at"))
    assert abs((over - made).total_seconds() - asks_for) <= 1
    assert abs((attempt.expires_at - start).total_seconds() - waits) <= 1


@pytest.mark.parametrize(
    "vpa", ["", "asha", "a@nkbank", "asha@", "asha@n", "asha@nk bank", "as ha@nkbank", "asha@ok1"]
)
def test_what_is_no_upi_id_is_not_asked(bank, attempt, vpa):
    with pytest.raises(InvalidInput):
        ask(attempt, vpa)
    assert told(bank, attempt).status_code == 404


def test_an_upi_id_that_nobody_has_can_be_put_right(bank, attempt):
    with pytest.raises(NobodyToAsk, match="nobody@nkbank"):
        ask(attempt, "nobody@nkbank")
    attempt.refresh_from_db()
    assert attempt.collect_vpa == ""
    payer = bank.open_payer()
    assert ask(attempt, payer).collect_vpa == payer


def test_one_phone_is_asked_once(bank, attempt):
    payer, other = bank.open_payer(), bank.open_payer()
    for _ in range(2):
        ask(attempt, payer)
    with pytest.raises(AlreadyAsked, match=payer):
        ask(attempt, other)
    assert told(bank, attempt).json()["payer_vpa"] == payer


def test_two_phones_at_once_one_is_asked(bank, attempt, concurrently):
    payers = [bank.open_payer(), bank.open_payer()]
    outcomes = concurrently(
        [
            lambda vpa=vpa: ask_payer(attempt_id=attempt.pk, vpa=vpa).collect_vpa
            for vpa in [*payers, *payers]
        ]
    )
    attempt.refresh_from_db()
    assert set(outcomes) == {attempt.collect_vpa, "already_asked"}
    assert told(bank, attempt).json()["payer_vpa"] == attempt.collect_vpa


def test_a_request_whose_answer_never_comes_is_asked_about_not_sent_again(
    bank, attempt, monkeypatch
):
    monkeypatch.setattr(bank_client, "TIMEOUT", 1)
    bank_client._http.cache_clear()
    bank.next("api_timeout_after_commit", operation="collect", match=attempt.tr, seconds=3)
    payer = bank.open_payer()
    asked = ask(attempt, payer)
    bank_client._http.cache_clear()
    assert asked.collect_vpa == payer
    assert told(bank, attempt).json()["status"] == "PENDING"


def test_a_bank_that_is_down_has_asked_nobody(bank, attempt):
    bank.next("api_5xx", operation="collect", match=attempt.tr)
    payer = bank.open_payer()
    with pytest.raises(CannotCollect):
        ask(attempt, payer)
    attempt.refresh_from_db()
    assert attempt.collect_vpa == ""
    assert ask(attempt, payer).collect_vpa == payer


def test_a_bank_that_says_nothing_at_all_leaves_it_open_whether_it_asked(bank, attempt):
    bank.next("api_timeout_after_commit", operation="collect", match=attempt.tr, seconds=0)
    bank.next("api_5xx", operation="query", match=attempt.tr)
    payer = bank.open_payer()
    with pytest.raises(CannotCollect):
        ask(attempt, payer)
    attempt.refresh_from_db()
    assert attempt.collect_vpa == payer
    with pytest.raises(AlreadyAsked):
        ask(attempt, bank.open_payer())
    assert ask(attempt, payer).collect_vpa == payer


def test_a_paid_attempt_asks_nobody(bank, attempt):
    apply_bank_event(word=payment_word(attempt))
    with pytest.raises(TimeIsOver):
        ask(attempt, bank.open_payer())


def test_an_attempt_whose_time_is_up_asks_nobody(bank, attempt):
    with travel(to=now() + timedelta(seconds=601)), pytest.raises(TimeIsOver):
        ask(attempt, bank.open_payer())
    assert told(bank, attempt).status_code == 404
