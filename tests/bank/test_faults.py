import random
import re
import uuid

import httpx
import pytest

from tests.bank.process import Bank, Ear, link, listening, new_tr, running_bank
from tests.servers import Servers

DECLINES = ["ZA", "U69", "Z9", "Z8", "Z7", "Z6", "ZM", "U16", "RB", "96", "U09"]


@pytest.mark.parametrize("code", DECLINES)
def test_the_switch_makes_the_next_payment_fail_with_a_code(bank: Bank, payer: str, code):
    bank.next(code, match=(tr := new_tr()))
    assert bank.pay(link(tr), payer)["code"] == code
    assert bank.pay(link(tr), payer)["code"] == "00"
    assert bank.balance(payer) == 50_000_00 - 250_00


def test_every_outcome_of_a_payment_has_its_magic_amount(bank: Bank):
    """The list of the control page: codes as they are, and what ends later or otherwise."""
    page = bank.get("/control/").text
    listed = dict(re.findall(r"<code>₹9,900\.(\d\d) (\w+)</code>", page))
    assert sorted(listed) == [f"{n:02}" for n in range(1, 26)]
    later = {
        "pending": ("PENDING", "01"),
        "deemed_then_success": ("DEEMED", "RB"),
        "deemed_then_reversed": ("DEEMED", "RB"),
        "failed_then_success": ("FAILED", "U67"),
        "wrong_amount": ("SUCCESS", "00"),
    }
    for paise, outcome in listed.items():
        told = bank.pay(link(new_tr(), f"9900.{paise}"), bank.open_payer())
        assert (told["status"], told["code"]) == later.get(outcome, ("FAILED", outcome))
    assert {"ZA", "U69", "Z9", "Z8", "Z7", "Z6", "ZM", "RB", "96", "U16", "U48", *later} <= set(
        listed.values()
    )


def test_the_mix_is_read_and_replaced(servers: Servers, tmp_path):
    mix = {"seed": "7", "rate": 0.5, "kinds": ["U16", "webhook_lost"]}
    with (
        listening() as ear,
        running_bank(servers, name="bank_plan", webhook_url=ear.url, log=tmp_path / "log") as bank,
    ):
        url = f"{bank.url}/bank/faults"
        assert bank.get("/bank/faults").json() == {"seed": "", "rate": 0, "kinds": []}
        assert bank.http.put(url, json=mix).json() == mix
        assert bank.get("/bank/faults").json() == mix
        assert bank.http.put(url, json=mix | {"rate": 2}).status_code == 400
        assert bank.get("/bank/faults").json() == mix


def test_a_count_lasts_that_many_operations(bank: Bank, payer: str):
    bank.next("U16", match=(tr := new_tr()), count=2)
    assert [bank.pay(link(tr), payer)["code"] for _ in range(3)] == ["U16", "U16", "00"]


def test_switches_of_one_side_queue_and_of_different_sides_combine(
    bank: Bank, payer: str, ear: Ear, eventually
):
    tr = new_tr()
    bank.next("Z7", match=tr)
    bank.next("U16", match=tr)
    bank.next("webhook_duplicate", match=tr, times=2)
    assert [bank.pay(link(tr), payer)["code"] for _ in range(3)] == ["Z7", "U16", "00"]
    heard = eventually(lambda: len(ear.about(tr)) == 4 and ear.about(tr))
    assert sorted(one.json["data"]["code"] for one in heard) == ["00", "U16", "Z7", "Z7"]


@pytest.mark.parametrize(
    ("outcome", "before", "after", "left"),
    [
        ("pending", ("PENDING", "01", 0), ("SUCCESS", "00"), 250_00),
        ("deemed_then_success", ("DEEMED", "RB", 250_00), ("SUCCESS", "00"), 250_00),
        ("deemed_then_reversed", ("DEEMED", "RB", 250_00), ("FAILED", "21"), 0),
        ("failed_then_success", ("FAILED", "U67", 0), ("SUCCESS", "00"), 250_00),
    ],
)
def test_a_payment_may_end_later(
    bank: Bank, payer: str, ear: Ear, eventually, outcome, before, after, left
):
    bank.next(outcome, match=(tr := new_tr()), seconds=3)
    first = bank.pay(link(tr), payer)
    assert (first["status"], first["code"]) == before[:2]
    assert bank.balance(payer) == 50_000_00 - before[2]
    eventually(lambda: bank.paid(tr)[0]["code"] == after[1])
    assert bank.paid(tr)[0]["status"] == after[0]
    assert bank.balance(payer) == 50_000_00 - left
    types = eventually(lambda: len(ear.about(tr)) == 2 and {h.json["type"] for h in ear.about(tr)})
    assert types == {f"payment.{before[0].lower()}", f"payment.{after[0].lower()}"}


def test_an_open_payment_can_be_ended_by_hand(bank: Bank, payer: str):
    bank.next("pending", match=(tr := new_tr()), seconds=3600)
    payment_id = bank.pay(link(tr), payer)["payment_id"]
    assert bank.post("/control/finish", id=payment_id, then="U30").json()["code"] == "U30"
    # What is over stays as it is.
    assert bank.post("/control/finish", id=payment_id, then="success").json()["code"] == "U30"
    assert bank.balance(payer) == 50_000_00


def test_the_wrong_amount_is_what_moves(bank: Bank, payer: str):
    bank.next("wrong_amount", match=(tr := new_tr()), delta=-1)
    assert bank.pay(link(tr), payer)["amount"] == 249_99
    assert bank.balance(payer) == 50_000_00 - 249_99


def test_a_timeout_after_commit_is_resolved_by_asking_again(bank: Bank):
    body = {"payout_id": str(uuid.uuid4()), "vpa": bank.open_payer(0), "amount": 100, "note": ""}
    bank.next("api_timeout_after_commit", match=body["payout_id"], seconds=4)
    with pytest.raises(httpx.ReadTimeout):
        bank.http.post(f"{bank.url}/v1/payouts", json=body, timeout=2)
    assert bank.get(f"/v1/payouts/{body['payout_id']}").json()["status"] == "SUCCESS"
    assert bank.post("/v1/payouts", **body).json()["status"] == "SUCCESS"
    assert bank.balance(body["vpa"]) == 100


@pytest.mark.parametrize(("outcome", "status"), [("api_5xx", 503), ("rate_limited", 429)])
def test_a_bank_that_is_down_has_done_nothing(bank: Bank, outcome, status):
    body = {"payout_id": str(uuid.uuid4()), "vpa": bank.open_payer(0), "amount": 100, "note": ""}
    bank.next(outcome, match=body["payout_id"], operation="payout")
    assert bank.post("/v1/payouts", **body).status_code == status
    assert bank.get(f"/v1/payouts/{body['payout_id']}").status_code == 404
    assert bank.post("/v1/payouts", **body).json()["status"] == "SUCCESS"


def test_a_query_may_be_stale(bank: Bank, payer: str):
    bank.pay(link(tr := new_tr()), payer)
    bank.next("stale_pending", match=tr)
    assert [bank.paid(tr)[0]["status"] for _ in range(2)] == ["PENDING", "SUCCESS"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outcome": "explode"}, "outcome"),
        ({}, "outcome"),
        ({"outcome": "ZA", "operation": "refund"}, "operation"),
        ({"outcome": "ZA", "count": 0}, "count"),
        ({"outcome": "pending", "then": "never"}, "then"),
        ({"outcome": "webhook_delayed", "seconds": "1"}, "seconds"),
    ],
)
def test_a_switch_that_makes_no_sense_is_refused(bank: Bank, body, field):
    answer = bank.post("/control/next", **body)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


def test_the_same_seed_replays_the_same_faults_in_any_order(servers: Servers, tmp_path):
    trs = [new_tr() for _ in range(60)]
    payouts = [str(uuid.uuid4()) for _ in range(40)]
    mix = {
        "seed": 7,
        "rate": 0.5,
        "kinds": [*DECLINES, "deemed_then_reversed", "payout_failed", "api_5xx", "webhook_lost"],
    }

    def run(bank: Bank, order: int, **mix) -> dict[str, object]:
        assert bank.post("/control/faults", **mix).status_code == 200
        payer = bank.open_payer()
        jobs = [*trs, *payouts]
        random.Random(order).shuffle(jobs)
        seen: dict[str, object] = {}
        for job in jobs:
            if job in payouts:
                body = {"payout_id": job, "vpa": "shop@okbank", "amount": 1}
                answers = [bank.post("/v1/payouts", **body) for _ in range(2)]
                seen[job] = [(a.status_code, a.json().get("status")) for a in answers]
            else:
                seen[job] = bank.pay(link(job, "1.00"), payer)["code"]
        return seen

    with listening() as ear:
        outcomes = []
        for order in (1, 2):
            name = f"test_bank_{uuid.uuid4().hex[:8]}"
            log = tmp_path / f"{order}.log"
            with running_bank(servers, name=name, webhook_url=ear.url, log=log) as bank:
                outcomes.append(run(bank, order, **mix))
    assert outcomes[0] == outcomes[1]
    codes = [outcomes[0][tr] for tr in trs]
    assert 15 <= sum(code != "00" for code in codes) <= 45
    answers = [outcomes[0][payout] for payout in payouts]
    # A planned 503 strikes once: the second try gets through.
    assert [(503, None), (200, "SUCCESS")] in answers
    assert [(200, "FAILED"), (200, "FAILED")] in answers
    assert [(200, "SUCCESS"), (200, "SUCCESS")] in answers


def test_a_mix_that_makes_no_sense_is_refused(bank: Bank):
    for body in ({"rate": 2, "kinds": ["ZA"]}, {"rate": 0.1, "kinds": ["x"]}, {"rate": 0.1}):
        assert bank.post("/control/faults", seed=1, **body).status_code == 400


def test_an_outage_hits_the_merchant_and_not_the_payers_phone(bank: Bank, payer: str):
    bank.next("api_5xx", match=(tr := new_tr()))
    assert bank.pay(link(tr), payer)["status"] == "SUCCESS"
    assert [bank.get("/v1/payments", tr=tr).status_code for _ in range(2)] == [503, 200]
    bank.next("api_5xx", match=tr, operation="payment")
    body = {"uri": link(tr), "payer_vpa": payer, "pin": "1234"}
    assert bank.post("/v1/pay", **body).status_code == 503
