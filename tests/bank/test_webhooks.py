import hashlib
import hmac
import json
import time
import uuid

import psycopg
import pytest

from marketplace.local.programs import free_port, kill_group
from tests.bank.process import (
    WEBHOOK_SECRET,
    Bank,
    Ear,
    Heard,
    environment,
    link,
    listening,
    new_tr,
    own_database,
    serving,
)
from tests.servers import Servers


def truly_signed(heard: Heard) -> bool:
    at = heard.headers["x-bank-timestamp"]
    signed = hmac.new(WEBHOOK_SECRET.encode(), f"{at}.".encode() + heard.body, hashlib.sha256)
    return hmac.compare_digest(heard.headers["x-bank-signature"], f"sha256={signed.hexdigest()}")


def nothing_more(ear: Ear, subject: str, count: int) -> bool:
    """Whether, after two seconds of waiting, exactly `count` webhooks came."""
    time.sleep(2)
    return len(ear.about(subject)) == count


def test_a_payment_is_told_with_a_signature(bank: Bank, payer: str, ear: Ear, eventually):
    began = int(time.time())
    payment = bank.pay(link(tr := new_tr()), payer)
    [heard] = eventually(lambda: ear.about(tr))
    assert truly_signed(heard)
    assert began <= int(heard.headers["x-bank-timestamp"]) <= time.time()
    assert heard.json["type"] == "payment.success"
    assert heard.json["data"] == payment
    assert heard.json["event_id"] == heard.headers["x-bank-event-id"]
    assert set(heard.json) == {"event_id", "type", "created_at", "data"}


def test_every_ending_has_its_event(bank: Bank, payer: str, ear: Ear, eventually):
    bank.pay(link(declined := new_tr()), payer, action="decline")
    payment = bank.pay(link(new_tr()), payer)
    refund_id, payout_id = str(uuid.uuid4()), str(uuid.uuid4())
    bank.post("/v1/refunds", refund_id=refund_id, payment_id=payment["payment_id"], amount=1)
    bank.post("/v1/payouts", payout_id=payout_id, vpa="no vpa", amount=1)
    told = {
        subject: eventually(lambda subject=subject: ear.about(subject))[0].json["type"]
        for subject in (declined, refund_id, payout_id)
    }
    assert list(told.values()) == ["payment.failed", "refund.success", "payout.failed"]


def test_a_webhook_is_sent_again_until_it_is_heard(bank: Bank, payer: str, ear: Ear, eventually):
    tr = new_tr()
    answers = iter([500, 404])
    was = ear.answer
    ear.answer = lambda heard: next(answers, 204) if tr in heard.body.decode() else 204
    try:
        bank.pay(link(tr), payer)
        heard = eventually(lambda: len(ear.about(tr)) == 3 and ear.about(tr))
    finally:
        ear.answer = was
    assert len({one.body for one in heard}) == 1
    assert all(truly_signed(one) for one in heard)


def test_a_lost_webhook_can_be_asked_for_again(bank: Bank, payer: str, ear: Ear, eventually):
    bank.next("webhook_lost", match=(tr := new_tr()))
    payment = bank.pay(link(tr), payer)
    assert nothing_more(ear, tr, 0)
    assert bank.paid(tr)[0]["status"] == "SUCCESS"
    page = bank.get("/").text
    event_id = page[: page.index(payment["payment_id"], page.index("<h2>Webhooks"))]
    assert "lost" in event_id
    row = page[page.index(payment["payment_id"], page.index("<h2>Webhooks")) :]
    path = row[row.index("/control/webhooks/") : row.index("/resend") + len("/resend")]
    assert bank.post(path).status_code == 200
    assert truly_signed(eventually(lambda: ear.about(tr))[0])


def test_a_duplicated_webhook_comes_with_one_event_id(bank: Bank, payer: str, ear: Ear, eventually):
    bank.next("webhook_duplicate", match=(tr := new_tr()), times=4)
    bank.pay(link(tr), payer)
    heard = eventually(lambda: len(ear.about(tr)) == 4 and ear.about(tr))
    assert len({one.headers["x-bank-event-id"] for one in heard}) == 1


def test_a_delayed_webhook_is_overtaken(bank: Bank, payer: str, ear: Ear, eventually):
    late, early = new_tr(), new_tr()
    bank.next("webhook_delayed", match=late, seconds=5)
    bank.pay(link(late), payer)
    bank.pay(link(early), payer)
    eventually(lambda: ear.about(early))
    assert ear.about(late) == []
    assert eventually(lambda: ear.about(late))


@pytest.mark.parametrize("flaw", ["bad_signature", "altered_body", "old_secret", "stale_timestamp"])
def test_a_forged_webhook_is_sent_once_and_not_repeated(
    bank: Bank, payer: str, ear: Ear, eventually, flaw
):
    tr = new_tr()
    was = ear.answer
    ear.answer = lambda heard: 400 if tr in heard.body.decode() else 204
    try:
        bank.next(f"webhook_{flaw}", match=tr)
        bank.pay(link(tr), payer)
        [heard] = eventually(lambda: ear.about(tr))
        time.sleep(2.5)
        assert len(ear.about(tr)) == 1
    finally:
        ear.answer = was
    stale = time.time() - int(heard.headers["x-bank-timestamp"]) > 3500
    assert (truly_signed(heard), stale) == (flaw == "stale_timestamp", flaw == "stale_timestamp")
    assert heard.json["data"]["amount"] == (251_00 if flaw == "altered_body" else 250_00)


def test_the_webhook_may_come_before_the_answer(bank: Bank, ear: Ear):
    payout_id = str(uuid.uuid4())
    bank.next("webhook_before_response", match=payout_id)
    bank.post("/v1/payouts", payout_id=payout_id, vpa="shop@okbank", amount=1)
    assert [heard.json["type"] for heard in ear.about(payout_id)] == ["payout.success"]


def test_nothing_is_lost_when_the_bank_is_killed_and_two_servers_send_each_event_once(
    servers: Servers, tmp_path, eventually
):
    with (
        own_database(servers, f"test_bank_{uuid.uuid4().hex[:8]}") as database_url,
        listening() as ear,
    ):
        ear.answer = lambda heard: 503
        settings = environment(database_url=database_url, port=free_port(), webhook_url=ear.url)
        trs = [new_tr() for _ in range(5)]
        with serving(settings, log=tmp_path / "first.log") as bank:
            payer = bank.open_payer()
            bank.next("pending", match=trs[0], seconds=3)
            for tr in trs:
                bank.pay(link(tr), payer)
            eventually(lambda: len(ear.heard) >= 5)
            kill_group(bank.process.pid)
        ear.heard.clear()
        ear.answer = lambda heard: 204

        other = settings | {"BANK_URL": f"http://127.0.0.1:{free_port()}"}
        with (
            serving(settings, log=tmp_path / "second.log") as one,
            serving(other, log=tmp_path / "third.log") as two,
        ):
            for tr in trs[1:]:
                eventually(lambda tr=tr: ear.about(tr))
            eventually(lambda: "payment.success" in {h.json["type"] for h in ear.about(trs[0])})
            more = [new_tr() for _ in range(10)]
            for number, tr in enumerate(more):
                (one, two)[number % 2].pay(link(tr), payer)
            eventually(lambda: all(ear.about(tr) for tr in more))
            time.sleep(1)
            # The leader dies; the other takes the lock over and goes on sending.
            leader, left = (
                (one, two) if "in charge" in (tmp_path / "second.log").read_text() else (two, one)
            )
            kill_group(leader.process.pid)
            left.pay(link(last := new_tr()), payer)
            eventually(lambda: ear.about(last))
            counts = [len(ear.about(tr)) for tr in [*trs, *more, last]]
        assert counts == [2] + [1] * 15

        with psycopg.connect(database_url) as connection:
            off = connection.execute(
                """SELECT a.vpa FROM bank_account a WHERE a.balance <>
                   (SELECT coalesce(sum(amount), 0) FROM bank_transfer WHERE credit_id = a.vpa)
                 - (SELECT coalesce(sum(amount), 0) FROM bank_transfer WHERE debit_id = a.vpa)"""
            ).fetchall()
            assert off == []
            total = connection.execute("SELECT sum(balance) FROM bank_account").fetchone()
            assert total is not None
            assert total[0] == 0


def test_the_body_is_json_with_hindi_as_it_was_written(
    bank: Bank, payer: str, ear: Ear, eventually
):
    bank.pay(link(tr := new_tr(), tn="आटा 5 किलो"), payer)
    heard = eventually(lambda: ear.about(tr))[0]
    assert json.loads(heard.body)["data"]["note"] == "आटा 5 किलो"
    assert truly_signed(heard)
