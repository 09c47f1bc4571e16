import uuid
from concurrent.futures import ThreadPoolExecutor

from tests.bank.process import Bank, link, new_tr


def new_id() -> str:
    return str(uuid.uuid4())


def paid(bank: Bank, payer: str, amount: str = "250.00") -> str:
    return str(bank.pay(link(new_tr(), amount), payer)["payment_id"])


def test_a_refund_brings_the_money_back_once_per_id(bank: Bank, payer: str):
    body = {"refund_id": new_id(), "payment_id": paid(bank, payer), "amount": 100_00, "note": "x"}
    first, again = bank.post("/v1/refunds", **body), bank.post("/v1/refunds", **body)

    assert first.status_code == 200
    assert (first.json()["status"], first.json()["code"]) == ("SUCCESS", "00")
    assert len(first.json()["rrn"]) == 12
    assert again.json() == first.json()
    assert bank.get(f"/v1/refunds/{body['refund_id']}").json() == first.json()
    assert bank.balance(payer) == 50_000_00 - 150_00


def test_a_refund_id_with_another_body_is_a_conflict(bank: Bank, payer: str):
    payment_id, other = paid(bank, payer), paid(bank, payer)
    body = {"refund_id": new_id(), "payment_id": payment_id, "amount": 100_00, "note": "x"}
    bank.post("/v1/refunds", **body)
    for change in ({"amount": 100_01}, {"note": "y"}, {"payment_id": other}):
        answer = bank.post("/v1/refunds", **body | change)
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "key_reused"
    assert bank.balance(payer) == 50_000_00 - 500_00 + 100_00


def test_refunds_never_exceed_the_payment(bank: Bank, payer: str):
    payment_id = paid(bank, payer)
    bank.post("/v1/refunds", refund_id=new_id(), payment_id=payment_id, amount=200_00)
    answer = bank.post("/v1/refunds", refund_id=new_id(), payment_id=payment_id, amount=50_01)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "refund_exceeds_payment"
    assert bank.balance(payer) == 50_000_00 - 50_00


def test_refunds_at_the_same_moment_share_one_payment(bank: Bank, payer: str):
    payment_id = paid(bank, payer)
    same = new_id()

    def refund(refund_id: str) -> int:
        body = {"refund_id": refund_id, "payment_id": payment_id, "amount": 100_00}
        return bank.post("/v1/refunds", **body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(refund, [same] * 8)) == {200}
        assert bank.balance(payer) == 50_000_00 - 150_00
        statuses = list(pool.map(refund, [new_id() for _ in range(8)]))
    assert sorted(statuses) == [200] + [422] * 7
    assert bank.balance(payer) == 50_000_00 - 50_00


def test_only_a_successful_payment_is_refunded(bank: Bank, payer: str):
    failed = bank.pay(link(new_tr()), payer, pin="0000")["payment_id"]
    answer = bank.post("/v1/refunds", refund_id=new_id(), payment_id=failed, amount=1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "payment_not_successful")
    answer = bank.post("/v1/refunds", refund_id=new_id(), payment_id="NKB" + "0" * 32, amount=1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "payment_unknown")
    assert bank.get(f"/v1/refunds/{new_id()}").status_code == 404


def test_a_pending_refund_moves_nothing_until_it_ends(bank: Bank, payer: str, eventually):
    payment_id, refund_id = paid(bank, payer), new_id()
    bank.next("refund_pending", match=refund_id, seconds=3)
    body = {"refund_id": refund_id, "payment_id": payment_id, "amount": 250_00}
    assert bank.post("/v1/refunds", **body).json()["status"] == "PENDING"
    assert bank.balance(payer) == 50_000_00 - 250_00
    # Its share is spoken for already.
    more = bank.post("/v1/refunds", refund_id=new_id(), payment_id=payment_id, amount=1)
    assert more.status_code == 422
    eventually(lambda: bank.get(f"/v1/refunds/{refund_id}").json()["status"] == "SUCCESS")
    assert bank.balance(payer) == 50_000_00


def test_a_failed_refund_leaves_the_payment_free_for_another(bank: Bank, payer: str):
    payment_id, refund_id = paid(bank, payer), new_id()
    bank.next("refund_failed", match=refund_id)
    body = {"refund_id": refund_id, "payment_id": payment_id, "amount": 250_00}
    failed = bank.post("/v1/refunds", **body).json()
    assert (failed["status"], failed["code"]) == ("FAILED", "U30")
    assert bank.post("/v1/refunds", **body).json() == failed
    assert bank.balance(payer) == 50_000_00 - 250_00
    assert bank.post("/v1/refunds", **body | {"refund_id": new_id()}).json()["status"] == "SUCCESS"
    assert bank.balance(payer) == 50_000_00


def test_a_payout_reaches_the_shop_once_per_id(bank: Bank):
    shop = bank.open_payer(0)
    body = {"payout_id": new_id(), "vpa": shop, "amount": 1_234_56, "note": "settlement"}
    first, again = bank.post("/v1/payouts", **body), bank.post("/v1/payouts", **body)
    assert (first.json()["status"], first.json()["code"]) == ("SUCCESS", "00")
    assert len(first.json()["utr"]) != 12
    assert again.json() == first.json()
    assert bank.get(f"/v1/payouts/{body['payout_id']}").json() == first.json()
    for change in ({"amount": 1}, {"vpa": "other@okbank"}, {"note": ""}):
        assert bank.post("/v1/payouts", **body | change).status_code == 409
    assert bank.balance(shop) == 1_234_56


def test_payouts_at_the_same_moment_with_one_id_pay_once(bank: Bank):
    shop = bank.open_payer(0)
    body = {"payout_id": new_id(), "vpa": shop, "amount": 100, "note": ""}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bank.post("/v1/payouts", **body), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["utr"] for answer in answers}) == 1
    assert bank.balance(shop) == 100


def test_a_payout_that_cannot_be_made_is_kept_as_failed(bank: Bank):
    for vpa, amount, code in [
        ("no vpa at all", 100, "ZH"),
        ("ghost@nkbank", 100, "ZH"),
        ("shop@okbank", 10**12, "Z9"),
    ]:
        payout_id = new_id()
        answer = bank.post("/v1/payouts", payout_id=payout_id, vpa=vpa, amount=amount).json()
        assert (answer["status"], answer["code"]) == ("FAILED", code)
        assert bank.get(f"/v1/payouts/{payout_id}").json() == answer


def test_a_sent_payout_that_fails_comes_back(bank: Bank, eventually):
    shop, payout_id = bank.open_payer(0), new_id()
    bank.next("payout_pending", match=payout_id, seconds=1, then="U30")
    sent = bank.post("/v1/payouts", payout_id=payout_id, vpa=shop, amount=100).json()
    assert sent["status"] == "SENT"
    failed = eventually(
        lambda: (told := bank.get(f"/v1/payouts/{payout_id}").json())["status"] == "FAILED" and told
    )
    assert (failed["code"], failed["utr"]) == ("U30", sent["utr"])
    assert bank.balance(shop) == 0


def test_a_failed_payout_may_be_processed_after_all(bank: Bank, eventually):
    shop, payout_id = bank.open_payer(0), new_id()
    bank.next("payout_failed_then_success", match=payout_id, seconds=1)
    failed = bank.post("/v1/payouts", payout_id=payout_id, vpa=shop, amount=100).json()
    assert failed["status"] == "FAILED"
    eventually(lambda: bank.get(f"/v1/payouts/{payout_id}").json()["status"] == "SUCCESS")
    assert bank.balance(shop) == 100


def test_a_bad_body_names_the_field(bank: Bank):
    good = {"payout_id": new_id(), "vpa": "shop@okbank", "amount": 100, "note": ""}
    for change in (
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.0},
        {"amount": "100"},
        {"amount": True},
        {"payout_id": ""},
        {"payout_id": 7},
        {"vpa": None},
        {"note": "\x00"},
        {"note": "x" * 256},
    ):
        answer = bank.post("/v1/payouts", **good | change)
        assert answer.status_code == 400, change
        assert answer.json()["error"]["field"] == next(iter(change))
    assert bank.get(f"/v1/payouts/{good['payout_id']}").status_code == 404


def test_payments_refunds_and_payouts_at_once_do_not_block_one_another(bank: Bank):
    payers = [bank.open_payer() for _ in range(4)]
    payment_ids = [paid(bank, payer) for payer in payers]

    def act(number: int) -> int:
        payer = payers[number % 4]
        if number % 3 == 0:
            body = {"uri": link(new_tr(), "1.00"), "payer_vpa": payer, "pin": "1234"}
            return bank.post("/v1/pay", **body).status_code
        if number % 3 == 1:
            body = {"refund_id": new_id(), "payment_id": payment_ids[number % 4], "amount": 100}
            return bank.post("/v1/refunds", **body).status_code
        body = {"payout_id": new_id(), "vpa": payer, "amount": 100}
        return bank.post("/v1/payouts", **body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(act, range(96))) == {200}
    # 32 rupees paid, 32 refunded and 32 paid out, one each.
    assert sum(bank.balance(payer) for payer in payers) == 4 * (50_000_00 - 250_00) + 32_00
