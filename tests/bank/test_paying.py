from datetime import datetime, timedelta, timezone

import pytest

from tests.bank.process import Bank, Ear, link, new_tr


def test_a_payment_moves_the_money_and_is_found_by_its_tr(bank: Bank, payer: str):
    tr = new_tr()
    answer = bank.pay(link(tr, "250.50", tn="Order 7"), payer)

    assert bank.paid(tr) == [answer]
    assert answer["amount"] == 250_50
    assert (answer["status"], answer["code"]) == ("SUCCESS", "00")
    assert (answer["payer_vpa"], answer["payee_vpa"]) == (payer, "nukkad@nkbank")
    assert (answer["tr"], answer["note"]) == (tr, "Order 7")
    assert len(answer["payment_id"]) == 35
    assert answer["payment_id"].isalnum()
    assert answer["payment_id"].startswith("NKB")
    assert len(answer["rrn"]) == 12
    assert answer["rrn"].isdigit()
    assert datetime.fromisoformat(answer["completed_at"]).tzinfo is not None
    assert bank.balance(payer) == 50_000_00 - 250_50


def test_a_tr_nobody_paid_gives_an_empty_list(bank: Bank):
    assert bank.get("/v1/payments", tr=new_tr()).json() == {"payments": []}


def test_two_payers_may_pay_one_tr(bank: Bank, payer: str):
    tr, other = new_tr(), bank.open_payer()
    first, second = bank.pay(link(tr), payer), bank.pay(link(tr), other)
    assert [p["payment_id"] for p in bank.paid(tr)] == [
        first["payment_id"],
        second["payment_id"],
    ]
    assert {p["status"] for p in bank.paid(tr)} == {"SUCCESS"}


def test_declining_costs_nothing(bank: Bank, payer: str):
    answer = bank.pay(link(new_tr()), payer, action="decline")
    assert (answer["status"], answer["code"]) == ("FAILED", "ZA")
    assert bank.balance(payer) == 50_000_00


@pytest.mark.parametrize(
    ("amount", "rest", "code"),
    [
        ("49999.99", {"pin": "9999"}, "ZM"),
        ("50000.01", {}, "Z9"),
        ("100000.01", {}, "Z8"),
    ],
)
def test_a_broken_rule_fails_with_its_code(bank: Bank, payer: str, amount, rest, code):
    tr = new_tr()
    answer = bank.pay(link(tr, amount), payer, **rest)
    assert (answer["status"], answer["code"]) == ("FAILED", code)
    assert bank.paid(tr) == [answer]
    assert bank.balance(payer) == 50_000_00


def test_one_lakh_exactly_may_be_paid(bank: Bank):
    rich = bank.open_payer(1_00_000_00)
    assert bank.pay(link(new_tr(), "100000.00"), rich)["status"] == "SUCCESS"
    assert bank.balance(rich) == 0


def test_the_third_wrong_pin_locks_even_the_right_one(bank: Bank, payer: str):
    codes = [bank.pay(link(new_tr()), payer, pin="0000")["code"] for _ in range(3)]
    assert codes == ["ZM", "ZM", "ZM"]
    assert bank.pay(link(new_tr()), payer)["code"] == "Z6"
    assert bank.balance(payer) == 50_000_00


def test_an_expired_link_is_refused(bank: Bank, payer: str):
    now = datetime.now(timezone(timedelta(hours=5, minutes=30)))
    past, soon = now - timedelta(seconds=1), now + timedelta(minutes=5)
    assert bank.pay(link(new_tr(), QRexpire=past.isoformat()), payer)["code"] == "U69"
    assert bank.pay(link(new_tr(), QRexpire=soon.isoformat()), payer)["code"] == "00"
    # An unencoded plus sign arrives as a space and still means the same.
    plain = link(new_tr()) + "&QRexpire=" + past.isoformat()
    assert bank.pay(plain, payer)["code"] == "U69"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"pa": "nobody"}, "pa"),
        ({"pa": "a@b"}, "pa"),
        ({"am": "250"}, "am"),
        ({"am": "250.5"}, "am"),
        ({"am": "0.00"}, "am"),
        ({"am": "-1.00"}, "am"),
        ({"am": "२५०.००"}, "am"),
        ({"cu": "USD"}, "cu"),
        ({"tn": "x" * 51}, "tn"),
        ({"tr": "x" * 36}, "tr"),
        ({"QRexpire": "soon"}, "QRexpire"),
        ({"url": "javascript:alert(1)"}, "url"),
    ],
)
def test_a_link_no_bank_would_take_names_the_field(bank: Bank, payer: str, changed, field):
    given = {"tr": new_tr()} | {"amount" if k == "am" else k: v for k, v in changed.items()}
    uri = link(**given)
    answer = bank.post("/v1/pay", uri=uri, payer_vpa=payer, pin="1234")
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field
    assert bank.get("/phone/", uri=uri).status_code == 400
    assert bank.balance(payer) == 50_000_00


def test_a_field_given_twice_is_refused(bank: Bank, payer: str):
    uri = link(new_tr()) + "&am=1.00"
    answer = bank.post("/v1/pay", uri=uri, payer_vpa=payer, pin="1234")
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "am"


def test_an_unknown_payee_or_payer_is_not_found(bank: Bank, payer: str):
    for uri, who in [(link(new_tr(), pa="ghost@nkbank"), payer), (link(new_tr()), "ghost@nkbank")]:
        answer = bank.post("/v1/pay", uri=uri, payer_vpa=who, pin="1234")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"].endswith("_unknown")
    assert bank.balance(payer) == 50_000_00


def test_a_static_code_leaves_the_amount_to_the_payer(bank: Bank, payer: str, ear: Ear, eventually):
    static = link("", "", tn="Till 1")
    assert bank.post("/v1/pay", uri=static, payer_vpa=payer, pin="1234").status_code == 400
    answer = bank.pay(static, payer, amount=12345)
    assert (answer["tr"], answer["amount"]) == ("", 12345)
    assert eventually(lambda: ear.about(answer["payment_id"]))[0].json["type"] == "payment.success"


def test_an_amount_in_the_link_cannot_be_changed(bank: Bank, payer: str):
    answer = bank.post("/v1/pay", uri=link(new_tr()), payer_vpa=payer, pin="1234", amount=100)
    assert answer.status_code == 400
    assert bank.balance(payer) == 50_000_00


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/payments?tr=x"),
        ("POST", "/v1/pay"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/refunds/x"),
        ("POST", "/v1/payouts"),
        ("GET", "/v1/payouts/x"),
        ("GET", "/v1/reconciliation"),
    ],
)
def test_the_api_wants_its_key(bank: Bank, method, path):
    for key in ("", "Bearer wrong", "Bearer", "Basic bank-test-key"):
        answer = bank.http.request(method, bank.url + path, headers={"Authorization": key}, json={})
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorised"
