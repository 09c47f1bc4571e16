"""A payer contests a payment at the bank."""

from tests.bank.process import Bank, Ear, link, new_tr


def paid(bank: Bank, payer: str) -> str:
    return str(bank.pay(link(new_tr(), "250.00"), payer)["payment_id"])


def disputed(bank: Bank, payer: str, **rest: object) -> dict[str, object]:
    answer = bank.post("/control/disputes", payment_id=paid(bank, payer), **rest)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def statuses(ear: Ear, dispute: dict[str, object]) -> list[str]:
    return [one.json["data"]["status"] for one in ear.about(str(dispute["dispute_id"]))]


def test_evidence_is_taken_once_and_the_bank_decides(bank: Bank, ear: Ear, payer: str, eventually):
    dispute = disputed(bank, payer)
    assert (dispute["amount"], dispute["status"]) == (250_00, "OPEN")
    url = f"/v1/disputes/{dispute['dispute_id']}/evidence"
    first, again = (bank.post(url, evidence="delivered to her") for _ in range(2))
    assert first.json()["status"] == "CONTESTED"
    assert again.json() == first.json()
    assert bank.post(url, evidence="something else").status_code == 409
    decided = bank.post(f"/control/disputes/{dispute['dispute_id']}", outcome="won")
    assert decided.json()["status"] == "WON"
    eventually(lambda: sorted(statuses(ear, dispute)) == ["CONTESTED", "OPEN", "WON"])
    assert bank.balance(payer) == 50_000_00 - 250_00


def test_what_is_lost_goes_back_to_the_payer_and_stands_in_the_file(bank: Bank, payer: str):
    dispute = disputed(bank, payer, amount=100_00)
    lost = bank.post(f"/v1/disputes/{dispute['dispute_id']}/accept").json()
    assert lost["status"] == "LOST"
    assert bank.post(f"/v1/disputes/{dispute['dispute_id']}/accept").json() == lost
    assert bank.balance(payer) == 50_000_00 - 150_00
    rows = bank.get("/v1/reconciliation").text.splitlines()
    (row,) = [row for row in rows if str(dispute["dispute_id"]) in row]
    assert ",chargeback,out,10000," in row


def test_a_missed_deadline_loses(bank: Bank, payer: str, eventually):
    dispute = disputed(bank, payer, seconds=0)
    eventually(lambda: bank.balance(payer) == 50_000_00)
    late = bank.post(f"/v1/disputes/{dispute['dispute_id']}/evidence", evidence="too late")
    assert (late.status_code, late.json()["error"]["code"]) == (422, "dispute_closed")


def test_what_is_disputed_cannot_be_refunded_nor_disputed_again(bank: Bank, payer: str):
    dispute = disputed(bank, payer, amount=200_00)
    body = {"payment_id": dispute["payment_id"], "amount": 50_01}
    assert bank.post("/v1/refunds", refund_id=new_tr(), **body).status_code == 422
    assert bank.post("/control/disputes", **body).status_code == 422
    bank.post(f"/control/disputes/{dispute['dispute_id']}", outcome="won")
    assert bank.post("/v1/refunds", refund_id=new_tr(), **body).status_code == 200


def test_disputes_are_listed_since_a_day(bank: Bank, payer: str):
    dispute = disputed(bank, payer)
    for since, found in (("2020-01-01", True), ("2099-01-01", True)):
        told = bank.get("/v1/disputes", since=since).json()["disputes"]
        assert (dispute["dispute_id"] in [each["dispute_id"] for each in told]) is found
    bank.post(f"/control/disputes/{dispute['dispute_id']}", outcome="lost")
    told = bank.get("/v1/disputes", since="2099-01-01").json()["disputes"]
    assert dispute["dispute_id"] not in [each["dispute_id"] for each in told]
    assert bank.get("/v1/disputes", since="yesterday").status_code == 400


def test_only_a_successful_payment_to_the_merchant_is_disputed(bank: Bank, payer: str):
    assert bank.post("/control/disputes", payment_id="NKB0").status_code == 404
    declined = bank.pay(link(new_tr(), "250.00"), payer, action="decline")["payment_id"]
    assert bank.post("/control/disputes", payment_id=declined).status_code == 422
    assert bank.post("/control/disputes/NKD0", outcome="won").status_code == 404
